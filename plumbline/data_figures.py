"""Data figures: what the examples look like: target, columns, missing values, splits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from plumbline import figures, gallery, panels, relation_figures
from plumbline.examples import Column
from plumbline.figures import PALE, SOFT, SPLIT_COLORS, Drawing, Row
from plumbline.groups import Groups, Positions
from plumbline.selection import rank_columns
from plumbline.variables import Data, Variable


def draw_all(data: Data, n_columns: int, n_examples: int) -> Iterator[tuple[str, Drawing]]:
    """Every data figure that has something to show, by its name.

    `n_columns` columns at most are drawn one by one, `n_examples` points in a scatter plot.
    """
    ranking = rank_columns(data.examples, data.splits["train"], data.predicted, data.examples.shown)
    ranked = [column for column, _ in ranking]
    drawings = {
        "target": draw_target(data),
        "splits": draw_splits(data),
        "strongest": relation_figures.draw_strongest(ranking, data.predicted.name),
        "distributions": draw_distributions(data, ranked[:n_columns]),
        "against": relation_figures.draw_against(data, ranked[:n_columns], n_examples),
        "line": relation_figures.draw_line(data, n_examples),
        "plane": relation_figures.draw_plane(data, n_examples),
        "correlations": relation_figures.draw_correlations(data, ranked),
        "missing": draw_missing(data),
        **dict(gallery.draw_all(data)),
    }
    return ((name, drawing) for name, drawing in drawings.items() if drawing is not None and drawing[1])


def draw_target(data: Data) -> Drawing:
    """How the target is distributed: bars of classes, or a histogram with the quartiles marked."""
    target = data.target()
    n_classes = 1 if target.positions is not None else target.values.n_unique()
    figure, (axes,) = figures.new(2.8 if target.positions is not None else 0.27 * min(n_classes, 21) + 1.2)
    if target.positions is None:
        rows = panels.value_bars(axes, target.values, limit=20)
        axes.set_xlabel("examples")
    else:
        rows = panels.histogram(axes, target.positions)
        axes.set(xlabel=target.title, ylabel="examples")
        _mark_quartiles(axes, target.positions)
    axes.set_title(f"Target: {target.title}")
    return figure, rows


def _mark_quartiles(axes: Axes, positions: Positions) -> None:
    ordered = np.sort(positions[~np.isnan(positions)])
    for share, name in ((0.25, "25 %"), (0.5, "median"), (0.75, "75 %")):
        cut = ordered[round(share * (len(ordered) - 1))]
        place = figures.place(axes.xaxis, np.array([cut]))[0]
        axes.axvline(place, color=figures.INK, linewidth=1, linestyle=figures.DASHED)
        axes.text(place, 0.99, f" {name}", transform=axes.get_xaxis_transform(), va="top", fontsize=8, color=SOFT)


def draw_distributions(data: Data, columns: list[Column]) -> Drawing:
    """One panel per column, drawn as its type draws values."""
    rows: list[Row] = []
    figure, panes = figures.grid(len(columns))
    for column, axes in zip(columns, panes, strict=True):
        variable = data.variable(column)
        axes.set_title(variable.title)
        if variable.values.null_count() == len(variable.values):
            panels.empty(axes, "every value is missing")
            continue
        rows += [{"column": column.name, **row} for row in variable.type.draw(axes, variable.values)]
    target = figures.printable(data.predicted.name)
    figure.suptitle(f"The columns that say most about {target}", x=0.01, ha="left")
    return figure, rows


def draw_missing(data: Data, most: int = 40) -> Drawing:
    """Share of missing values per column and split; drawn are the columns that have some, the most missing first."""
    rows = [row for column in data.examples.features for row in _missing(data, column)]
    sizes = {name: len(chosen) for name, chosen in data.splits.items() if len(chosen)}
    shares = np.array([row["share"] for row in rows], dtype=np.float64).reshape(-1, len(sizes))
    order = [int(place) for place in np.argsort(-shares.max(axis=1), kind="stable") if shares[place].any()][:most]
    figure, (axes,) = figures.new(0.34 * len(order) + 1.1 if order else 0.7)
    axes.set_title("Missing values")
    if not order:
        axes.set_axis_off()
        axes.text(0, 0.4, "No value is missing.", transform=axes.transAxes)
        return figure, rows
    for step, name in enumerate(sizes):
        panels.grouped_bars(axes, shares[order, step], step, len(sizes), SPLIT_COLORS[name], name)
    panels.label_rows(axes, [data.examples.features[place].name for place in order])
    figures.percent(axes.xaxis)
    axes.set_xlabel("share of the split's examples")
    axes.legend(loc="lower right", ncols=3)
    return figure, rows


def _missing(data: Data, column: Column) -> Iterator[Row]:
    values = data.examples.read(data.examples.key(column) if column.is_content else column.name)
    for name, chosen in data.splits.items():
        if len(chosen):
            count = values.gather(chosen).null_count()
            yield {"column": column.name, "split": name, "count": count, "share": count / len(chosen)}


def draw_splits(data: Data) -> Drawing:
    """Sizes of the splits, how many examples are in none, and how the target is distributed in each."""
    sizes = {name: len(chosen) for name, chosen in data.splits.items()}
    if left_out := data.examples.n_rows - sum(sizes.values()):
        sizes["none"] = left_out
    figure, (left, right) = figures.new(3.2, columns=2, width_ratios=(1, 1.6))
    panels.bars(left, list(sizes), list(sizes.values()), [SPLIT_COLORS.get(name, PALE) for name in sizes])
    left.set_title("Examples per split")
    target = data.target()
    right.set_title(f"{target.title} in each split")
    rows: list[Row] = [{"split": name, "measure": "examples", "value": size} for name, size in sizes.items()]
    return figure, rows + _compare_target(right, data, target)


def _compare_target(axes: Axes, data: Data, target: Variable) -> list[Row]:
    kept = {name: chosen for name, chosen in data.splits.items() if len(chosen)}
    if target.positions is None:
        return _compare_classes(axes, target.groups(10), kept)
    return _compare_quantiles(axes, target.positions, kept)


def _compare_classes(axes: Axes, classes: Groups, kept: dict[str, npt.NDArray[np.int64]]) -> list[Row]:
    rows: list[Row] = []
    for step, (name, chosen) in enumerate(kept.items()):
        shares = np.bincount(classes.codes[chosen], minlength=len(classes.labels)) / len(chosen)
        panels.grouped_bars(axes, shares, step, len(kept), SPLIT_COLORS[name], name)
        found = zip(classes.labels, shares.tolist(), strict=True)
        rows += [{"split": name, "measure": f"share: {label}", "value": value} for label, value in found]
    panels.label_rows(axes, classes.labels)
    figures.percent(axes.xaxis)
    return rows


def _compare_quantiles(axes: Axes, positions: Positions, kept: dict[str, npt.NDArray[np.int64]]) -> list[Row]:
    codes = np.full(len(positions), -1)
    for code, chosen in enumerate(kept.values()):
        codes[chosen] = code
    found = panels.boxes(axes, positions, Groups(codes, tuple(kept), len(kept)), [SPLIT_COLORS[name] for name in kept])
    return [{"split": row["x"], "measure": row["group"], "value": row["y"]} for row in found]

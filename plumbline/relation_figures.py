"""Relation figures: what the columns say about the target and about each other, seen in the training examples only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plumbline import figures, groups, panels
from plumbline.examples import Column
from plumbline.figures import BLUE, DIVERGING, SPLIT_COLORS, Drawing, Floats, Row
from plumbline.groups import Positions
from plumbline.selection import Scored
from plumbline.variables import Data, Variable

MOST_CLASSES = 6  # told apart by colour


def draw_strongest(ranking: Scored, target: str, most: int = 30) -> Drawing:
    """How much each column alone says about the target."""
    shown = ranking[:most]
    figure, (axes,) = figures.new(max(1.8, 0.25 * len(shown) + 1.1))
    axes.barh(range(len(shown)), [score for _, score in shown], height=0.72, color=BLUE)
    panels.label_rows(axes, [column.name for column, _ in shown])
    axes.set_xlabel("mutual information with the target, nats (training examples)")
    axes.set_title(f"What each column alone says about {figures.printable(target)}")
    return figure, [{"column": column.name, "type": column.type, "score": score} for column, score in ranking]


def draw_against(data: Data, columns: list[Column], most: int) -> Drawing:
    """The target against each of the columns, one panel each; `most` points in a scatter plot."""
    target = data.target("train")
    figure, panes = figures.grid(len(columns))
    rows: list[Row] = []
    for column, axes in zip(columns, panes, strict=True):
        variable = data.variable(column, "train")
        axes.set_title(variable.title)
        rows += [{"column": column.name, **row} for row in _draw_pair(axes, variable, target, most)]
    if target.positions is None:
        figures.legend(figure, target.groups(MOST_CLASSES))
    figure.suptitle(f"{target.title} against the columns (training examples)", x=0.01, ha="left")
    return figure, rows


def _draw_pair(axes: Axes, variable: Variable, target: Variable, most: int) -> list[Row]:
    if variable.values.null_count() == len(variable.values):
        return panels.empty(axes, "every value is missing")
    if variable.positions is None:
        found = variable.groups(8)
        if target.positions is None:
            return panels.stacked_shares(axes, found, target.groups(MOST_CLASSES))
        return panels.boxes(axes, target.positions, found)
    if target.positions is None:
        return _draw_classes(axes, variable.positions, target)
    return panels.scatter_with_trend(axes, variable.positions, target.positions, most)


def _draw_classes(axes: Axes, positions: Positions, target: Variable) -> list[Row]:
    classes = target.groups(MOST_CLASSES)
    if len(classes.labels) <= 4:
        return panels.histograms_by_class(axes, positions, classes)
    return panels.boxes(axes, positions, classes, figures.colors(classes))


def draw_correlations(data: Data, columns: list[Column], most: int = 30, n_examples: int = 50_000) -> Drawing | None:
    """Spearman's rank correlation of the target and up to 30 columns that have an order; None without such columns.

    A target of two classes counts as 0 and 1, one of more classes is left out. Computed from at most 50,000 training
    examples, evenly spaced; ranks are taken among a column's known values.
    """
    target, found = data.target("train"), list(islice(_with_order(data, columns), most + 1))
    if not found:
        return None
    if target.positions is not None:
        found.insert(0, (target.name, target.positions))
    elif len((classes := target.groups(3)).labels) == 2:
        found.insert(0, (f"{target.name}: {classes.labels[1]}", classes.codes.astype(np.float64)))
    names = [name for name, _ in found[: most + 1]]
    chosen = figures.evenly(len(target.values), n_examples)
    ranks = [groups.ranks(positions[chosen]) for _, positions in found[: most + 1]]
    table = np.array([[correlate(one, other) for other in ranks] for one in ranks])
    return _draw_heatmap(names, table), [
        {"column": one, "other": other, "correlation": float(value) if np.isfinite(value) else None}
        for one, line in zip(names, table, strict=True)
        for other, value in zip(names, line, strict=True)
    ]


def _with_order(data: Data, columns: list[Column]) -> Iterator[tuple[str, Positions]]:
    """Yield name and positions in train of each column that has an order; not of a measure that never changes."""
    for column in columns:
        positions = data.variable(column, "train").positions
        if positions is not None and not (column.role == "measure" and len(np.unique(positions)) == 1):
            yield column.name, positions


def correlate(one: Floats, other: Floats) -> float:
    """Pearson's correlation of two columns of ranks (N,) where both are known; NaN where one is constant."""
    known = ~np.isnan(one) & ~np.isnan(other)
    x, y = (column[known] - np.mean(column[known]) if known.any() else np.zeros(1) for column in (one, other))
    scale = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / scale if scale else float("nan")


def _draw_heatmap(names: list[str], table: Floats) -> Figure:
    n = len(names)
    figure, (axes,) = figures.new(size := min(9.0, max(3.6, 0.42 * n + 1.6)), width=size + 1.4)
    image = axes.imshow(np.ma.masked_invalid(table), cmap=DIVERGING, vmin=-1, vmax=1)
    figures.matrix(axes, names, slanted=True)
    if n <= 12:
        for y, x in np.argwhere(np.isfinite(table)):
            color = "white" if abs(table[y, x]) > 0.6 else figures.INK
            axes.text(x, y, figures.signed(table[y, x]), ha="center", va="center", fontsize=8, color=color)
    bar = figure.colorbar(image, ax=axes, shrink=0.8, aspect=30, label="Spearman, training examples")
    bar.outline.set_visible(False)
    axes.set_title("Rank correlation")
    return figure


def draw_plane(data: Data, most: int) -> Drawing | None:
    """The examples in the plane of their two features, coloured by class; None unless there are two with an order."""
    target, places = data.target(), _places(data)
    if len(places) != 2 or target.positions is not None:
        return None
    (x_name, x), (y_name, y) = places
    shown, classes = figures.evenly(len(x), most), target.groups(MOST_CLASSES)
    figure, (axes,) = figures.new(5.6, width=6.8)
    for code, color in enumerate(figures.colors(classes)):
        inside = shown[classes.codes[shown] == code]
        _scatter(axes, x[inside], y[inside], color)
    axes.set(xlabel=x_name, ylabel=y_name, title=f"{target.title} in the plane of the two columns")
    figures.legend(figure, classes)
    return figure, _points(x[shown], y[shown], np.array(classes.labels)[classes.codes[shown]])


def draw_line(data: Data, most: int) -> Drawing | None:
    """The target over the only feature, coloured by split; None unless both have an order."""
    target, places = data.target(), _places(data)
    if len(places) != 1 or target.positions is None:
        return None
    ((name, x),), y = places, target.positions
    figure, (axes,) = figures.new(4.5)
    rows: list[Row] = []
    for split, chosen in data.splits.items():
        shown = chosen[figures.evenly(len(chosen), most)]
        _scatter(axes, x[shown], y[shown], SPLIT_COLORS[split], split)
        rows += _points(x[shown], y[shown], np.full(len(shown), split))
    axes.set(xlabel=name, ylabel=target.title, title=f"{target.title} over {name}")
    axes.legend()
    return figure, rows


def _places(data: Data) -> list[tuple[str, Positions]]:
    """Title and positions of the one or two features; empty where there are more, or one has no order."""
    columns = data.examples.features
    if data.examples.contents:
        return []
    features = [data.variable(column) for column in columns] if len(columns) <= 2 else []
    found = [(feature.title, feature.positions) for feature in features if feature.positions is not None]
    return found if len(found) == len(columns) else []


def _scatter(axes: Axes, x: Positions, y: Positions, color: str, label: str | None = None) -> None:
    places = figures.place(axes.xaxis, x), figures.place(axes.yaxis, y)
    axes.scatter(*places, s=15, color=color, alpha=0.75, linewidths=0, label=label)


def _points(x: Positions, y: Positions, of: npt.NDArray[np.str_]) -> list[Row]:
    places = zip(figures.plain(x), figures.plain(y), of.tolist(), strict=True)
    return [{"x": left, "y": up, "group": name} for left, up, name in places]

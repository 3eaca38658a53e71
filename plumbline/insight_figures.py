"""Insight figures: what the model looks at, how it answers along a column, and where it is worse."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from plumbline import figures, panels
from plumbline.conclusions import ENOUGH
from plumbline.dependence import Curve
from plumbline.figures import BLUE, DASHED, INK, PALE, PALETTE, RED, SOFT, Drawing, Row
from plumbline.insight import Insight

_MOST_BARS, _MOST_SLICES, _MOST_LINES = 20, 10, 40


def draw_all(insight: Insight) -> Iterator[tuple[str, Drawing]]:
    """Every figure of one target's insight that has something to show, by its name."""
    if insight.importance:
        yield "importance", draw_importance(insight.importance)
    if insight.curves:
        yield "dependence", draw_dependence(insight.curves, insight.result.name)
    if insight.slices:
        yield "slices", draw_slices(insight.slices, insight.result.task.GREATER_IS_BETTER)


def draw_importance(rows: list[Row]) -> Drawing:
    """How much worse each metric gets when a column is shuffled, with intervals; the 20 strongest columns."""
    metrics = list(dict.fromkeys(row["metric"] for row in rows))
    names = list(dict.fromkeys(row["column"] for row in rows))[:_MOST_BARS]
    height = max(2.0, 0.25 * len(names) + 1.2)
    figure, panes = figures.new(height, columns=len(metrics), sharey=True)
    for axes, metric in zip(panes, reversed(metrics), strict=True):
        shown = [row for row in rows if row["metric"] == metric][:_MOST_BARS]
        means, low, high = (np.array([row[key] for row in shown]) for key in ("importance", "low", "high"))
        axes.barh(range(len(shown)), means, height=0.72, color=[BLUE if row["low"] > 0 else PALE for row in shown])
        axes.hlines(range(len(shown)), low, high, color=INK, linewidth=1.1)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_xlabel(f"how much worse {metric.replace('_', ' ')} gets")
        axes.locator_params(axis="x", nbins=6)
        figures.shorten(axes.xaxis)
        panels.label_rows(axes, names, limit=30)
    panes[0].set_title("What the model looks at")
    return figure, rows


def draw_dependence(curves: list[Curve], target: str) -> Drawing:
    """A panel per column: the mean prediction, and behind it single examples or the middle 80 % of them."""
    figure, panes = figures.grid(len(curves))
    low = min(float(curve.spread.min()) for curve in curves)
    high = max(float(curve.spread.max()) for curve in curves)
    margin = 0.06 * ((high - low) or 1.0)
    for curve, axes in zip(curves, panes, strict=True):
        axes.set_title(figures.printable(curve.column, 26))
        if curve.positions is None or not len(curve.positions):
            _draw_values(axes, curve)
            axes.set_xlim(low - margin, high + margin)
            figures.shorten(axes.xaxis)
        else:
            _draw_lines(axes, curve)
            axes.set_ylim(low - margin, high + margin)
            figures.shorten(axes.yaxis)
    outputs = curves[0].outputs
    if len(outputs) > 1:
        handles = [panes[0].plot([], [], color=color)[0] for color in PALETTE[: len(outputs)]]
        labels = [figures.printable(output, 20) for output in outputs]
        figure.legend(handles, labels, loc="outside upper right", ncols=6)
    figure.suptitle(_say_output(curves[0], target), x=0.01, ha="left")
    return figure, [row for curve in curves for row in curve.rows()]


def _say_output(curve: Curve, target: str) -> str:
    name = figures.printable(target, 30)
    if curve.outputs == (target,):
        return f"Predicted {name}, everything else as it is"
    if len(curve.outputs) == 1:
        return f"Predicted probability of {name}: {figures.printable(curve.outputs[0], 20)}"
    return f"Predicted probability of {name}"


def _draw_lines(axes: Axes, curve: Curve) -> None:
    """Lines over the positions: the mean of each output, single examples where there is one output, a rug below."""
    assert curve.positions is not None and curve.seen is not None
    places, n = figures.place(axes.xaxis, curve.positions), len(curve.positions)
    marker = "o" if n == 1 else None
    if len(curve.outputs) == 1:
        lines = curve.predictions[:n, figures.evenly(curve.predictions.shape[1], _MOST_LINES), 0].T
        singles = [np.stack([places, line], axis=1) for line in lines]
        axes.add_collection(LineCollection(singles, colors=SOFT, alpha=0.22, linewidths=0.7))
    for k, color in enumerate(PALETTE[: len(curve.outputs)]):
        axes.plot(places, curve.means[:n, k], color=color, linewidth=2.2, marker=marker)
        if len(curve.labels) > n:
            axes.axhline(curve.means[n, k], color=color, linewidth=1.1, linestyle=DASHED)
    if len(curve.labels) > n:
        panels.note(axes, "dashed: missing")
    inside = (curve.seen >= curve.positions[0]) & (curve.seen <= curve.positions[-1])
    seen = figures.place(axes.xaxis, curve.seen[inside])
    axes.vlines(seen, 0, 0.035, color=INK, alpha=0.3, linewidth=0.8, transform=axes.get_xaxis_transform())


def _draw_values(axes: Axes, curve: Curve) -> None:
    """A row per value: the mean of each output as a dot, the middle 80 % of the examples as a line."""
    low, high = curve.spread
    heights = np.arange(len(curve.labels))
    for k, color in enumerate(PALETTE[: len(curve.outputs)]):
        if len(curve.outputs) == 1:
            axes.hlines(heights, low[:, k], high[:, k], color=SOFT, alpha=0.5, linewidth=1.2)
        axes.plot(curve.means[:, k], heights, "o", color=color, markersize=5.5)
    panels.label_rows(axes, curve.labels, limit=16)


def draw_slices(rows: list[Row], greater_is_better: bool) -> Drawing:
    """The main metric of the ten worst slices that hold enough examples, with intervals, and of all examples."""
    judged = [row for row in rows if row["examples"] >= ENOUGH] or rows
    below = [
        row for row in judged if (row["value"] < row["whole"]) == greater_is_better and row["value"] != row["whole"]
    ]
    shown = (below or judged)[:_MOST_SLICES]
    figure, (axes,) = figures.new(max(1.9, 0.27 * len(shown) + 1.2))
    for y, row in enumerate(shown):
        color = RED if row["is_worse"] else SOFT
        axes.hlines(y, row["low"], row["high"], color=color, linewidth=2)
        axes.plot([row["value"]], [y], "o", color=color, markersize=6)
    axes.axvline(shown[0]["whole"], color=INK, linewidth=1.1, linestyle=DASHED)
    labels = [
        f"{figures.printable(row['column'], 24)}: {figures.printable(row['slice'], 26)} ({row['examples']:,})"
        for row in shown
    ]
    panels.label_rows(axes, labels, limit=70)
    axes.set_xlabel(f"{shown[0]['metric'].replace('_', ' ')} (dashed: all test examples)")
    axes.set_title("Where the model is worst")
    figures.shorten(axes.xaxis)
    return figure, rows

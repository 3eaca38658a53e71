"""Result figures: learning curves, and predictions of a number against the truth, before and after training."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from plumbline import figures, panels
from plumbline.figures import BLUE, DASHED, GREEN, INK, ORANGE, RED, SEQUENTIAL, SOFT, Floats, Row

_MANY = 3_000  # points beyond which their density is drawn instead


def learning_curves(curves: dict[str, list[float]], metrics: list[str], best_epoch: int | None) -> Figure:
    """Losses, validation metrics (three at most) and learning rate by epoch, the kept epoch marked.

    `curves` holds epoch, lr, train_loss and, with validation examples, val_loss and val_<metric>: one value an epoch.
    """
    scored = [metric for metric in metrics if f"val_{metric}" in curves][:3]
    figure, axes = figures.new(3.4, columns=2 + len(scored), width_ratios=(1.5, *(1 for _ in scored), 0.8))
    _draw_curve(axes[0], curves, "train_loss", BLUE, "train")
    _draw_curve(axes[0], curves, "val_loss", ORANGE, "validation")
    _draw_curve(axes[-1], curves, "lr", SOFT, "learning rate")
    titles = ["Loss", "Learning rate"]
    for place, metric in enumerate(scored, start=1):
        _draw_curve(axes[place], curves, f"val_{metric}", ORANGE, metric)
        titles.insert(place, figures.printable(f"{metric.replace('_', ' ')} (validation)", 40))
    for pane, title in zip(axes, titles, strict=True):
        pane.set(title=title, xlabel="epoch")
        pane.locator_params(axis="x", integer=True)
        if best_epoch is not None:
            label = f"kept: epoch {best_epoch}"
            pane.axvline(best_epoch, color=INK, linewidth=1, linestyle=DASHED, zorder=1, label=label)
    _scale_losses(axes[0], [curves["train_loss"], curves.get("val_loss", [])])
    axes[0].legend()
    return figure


def _draw_curve(axes: Axes, curves: dict[str, list[float]], name: str, color: str, label: str) -> None:
    marker = "o" if len(curves["epoch"]) <= 20 else None
    if name in curves:
        axes.plot(curves["epoch"], curves[name], color=color, label=label, marker=marker, markersize=3.5)


def _scale_losses(axes: Axes, losses: list[list[float]]) -> None:
    values = np.array([loss for curve in losses for loss in curve])
    values = values[np.isfinite(values)]
    if len(values) and values.min() > 0 and values.max() > 50 * values.min():
        figures.log_y(axes)


def truth_and_predictions(truth: Floats, untrained: Floats, trained: Floats, unit_label: str) -> Figure:
    """Predictions (N,) over the truth (N,), before and after training; a perfect model is the diagonal."""
    figure, axes = figures.new(4.9, columns=2, sharex=True, sharey=True)
    x_range, y_range = _span(truth), _span(np.concatenate([truth, trained]), untrained)
    for pane, prediction, title in zip(axes, (untrained, trained), ("Before training", "After training"), strict=True):
        _draw_points(pane, truth, prediction, (*x_range, *y_range))
        pane.axline((0, 0), slope=1, color=INK, linewidth=1.1, linestyle=DASHED)
        pane.set(title=title, xlim=x_range, ylim=y_range, xlabel=f"truth: {figures.printable(unit_label, 40)}")
        figures.shorten(pane.xaxis)
        figures.shorten(pane.yaxis)
    axes[0].set_ylabel("prediction")
    return figure


def _span(values: Floats, reached_for: Floats | None = None) -> tuple[float, float]:
    """Range of values with a margin, reaching for others as far as their own width beyond it."""
    low, high = float(values.min()), float(values.max())
    width = high - low or max(abs(high), 1.0)
    if reached_for is not None:
        low, high = max(low - width, min(low, reached_for.min())), min(high + width, max(high, reached_for.max()))
    return low - 0.05 * width, high + 0.05 * width


def _draw_points(axes: Axes, x: Floats, y: Floats, extent: tuple[float, float, float, float]) -> None:
    outside = int(((y < extent[2]) | (y > extent[3])).sum())
    if len(x) > _MANY:
        axes.hexbin(x, y, gridsize=45, extent=extent, bins="log", mincnt=1, cmap=SEQUENTIAL, linewidths=0.2)
    else:
        axes.scatter(x, y, s=14 if len(x) > 200 else 28, color=BLUE, alpha=0.5, linewidths=0)
    if outside:
        panels.note(axes, f"{outside:,} outside")


def residuals(truth: Floats, prediction: Floats) -> Figure:
    """Truth less prediction (N,): over the prediction, and how it is distributed."""
    rest = truth - prediction
    figure, (left, right) = figures.new(3.8, columns=2, sharey=True, width_ratios=(2.2, 1))
    _draw_points(left, prediction, rest, (*_span(prediction), *_span(rest)))
    edges = panels.bin_edges(np.sort(rest))
    right.stairs(panels.count_between(np.sort(rest), edges), edges, orientation="horizontal", fill=True, color=BLUE)
    for pane in (left, right):
        pane.axhline(0, color=INK, linewidth=1.1, linestyle=DASHED)
        figures.shorten(pane.xaxis)
    figures.shorten(left.yaxis)
    left.set(title="Residuals", xlabel="prediction", ylabel="truth − prediction", ylim=_span(rest))
    right.set(title="How often", xlabel="examples")
    right.locator_params(axis="x", integer=True)
    return figure


def residual_rows(truth: Floats, prediction: Floats, most: int = 2_000) -> list[Row]:
    """Rows truth, prediction, residual of at most `most` examples, evenly spaced."""
    shown = figures.evenly(len(truth), most)
    pairs = zip(truth[shown].tolist(), prediction[shown].tolist(), strict=True)
    return [{"truth": true, "prediction": guess, "residual": true - guess} for true, guess in pairs]


def line_before_and_after(
    x_train: Floats, y_train: Floats, x_test: Floats, y_test: Floats,
    untrained: Floats, trained: Floats, x_name: str, y_name: str,
) -> Figure:  # fmt: skip
    """One number feature: training points, test points and the test points' predictions, before and after training."""
    figure, axes = figures.new(4.2, columns=2, sharex=True, sharey=True)
    for pane, prediction, title in zip(axes, (untrained, trained), ("Before training", "After training"), strict=True):
        for x, y, color, size, label in (
            (x_train, y_train, BLUE, 16, "train"),
            (x_test, y_test, GREEN, 34, "test"),
            (x_test, prediction, RED, 12, "prediction"),
        ):
            shown = figures.evenly(len(x), _MANY)
            pane.scatter(x[shown], y[shown], s=size, color=color, label=label, linewidths=0)
        pane.set(title=title, xlabel=figures.printable(x_name))
    axes[0].set_ylabel(figures.printable(y_name))
    axes[1].legend()
    return figure

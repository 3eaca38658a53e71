"""Curve figures: ROC, precision over recall, and calibration, with the numbers behind them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from plumbline import figures, panels
from plumbline.class_figures import Codes, most_frequent, positive_class
from plumbline.figures import BLUE, DASHED, INK, PALETTE, SOFT, Floats, Row

_MOST_CLASSES = 10
_MOST_POINTS = 500

Curve = tuple[str, Floats, Floats, Floats]
"""A class's name; x, y and the threshold of each point, each (P,)."""


def roc_curves(
    truth: Codes,
    probability: Floats,
    classes: Sequence[str],
    positive: int | None = None,
    threshold: float | None = None,
) -> Figure:
    """True over false positive rate, and the area under the curve.

    Of two classes the positive one (None: the last) is drawn, and where its threshold lies on the curve; of more up to
    ten, each against the rest.
    """
    from sklearn.metrics import auc

    figure, (axes,) = _new_square(classes)
    lines = axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=DASHED, label="by chance")
    for (name, x, y, _), color in zip(_roc(truth, probability, classes, positive), PALETTE, strict=False):
        lines += axes.plot(x, y, color=color, label=f"{figures.printable(name, 18)}  {auc(x, y):.3f}")
    for false_rate, recall, _ in _operating_points(truth, probability, classes, positive, threshold):
        lines += _mark_threshold(axes, false_rate, recall, threshold)
    axes.set(title="ROC", xlabel="false positive rate", ylabel="true positive rate")
    _finish_square(axes, lines, "lower right", "area under the curve")
    return figure


def precision_recall_curves(
    truth: Codes,
    probability: Floats,
    classes: Sequence[str],
    positive: int | None = None,
    threshold: float | None = None,
) -> Figure:
    """Precision over recall of the classes that `roc_curves` draws; dashed: a class's share, which chance reaches."""
    from sklearn.metrics import average_precision_score

    figure, (axes,) = _new_square(classes)
    lines: list[Line2D] = []
    for (name, x, y, _), color in zip(_precision_recall(truth, probability, classes, positive), PALETTE, strict=False):
        code = list(classes).index(name)
        area = average_precision_score(truth == code, probability[:, code])
        lines += axes.plot(
            x, y, color=color, label=f"{figures.printable(name, 18)}  {area:.3f}", drawstyle="steps-post"
        )
        axes.axhline(np.mean(truth == code), color=color, linewidth=1, linestyle=DASHED, alpha=0.7)
    for _, recall, precision in _operating_points(truth, probability, classes, positive, threshold):
        lines += _mark_threshold(axes, recall, precision, threshold)
    axes.set(title="Precision and recall", xlabel="recall", ylabel="precision")
    _finish_square(axes, lines, "lower left", "average precision")
    return figure


def _mark_threshold(axes: Axes, x: float, y: float, threshold: float | None) -> list[Line2D]:
    """A dot on a curve of two classes where the positive one is answered from `threshold` on."""
    return axes.plot(x, y, color=INK, marker="o", linestyle="none", label=f"threshold  {threshold:.3f}", zorder=5)


def _operating_points(
    truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None, threshold: float | None
) -> Iterator[tuple[float, float, float]]:
    """False positive rate, recall and precision of a class that is answered from `threshold` on; none without one."""
    for _, is_class, scores in _one_against_rest(truth, probability, classes, positive):
        if threshold is not None:
            called = scores.astype(np.float64) >= threshold
            n_called, n_true, n_hits = int(called.sum()), int(is_class.sum()), int(is_class[called].sum())
            false_rate = (n_called - n_hits) / (len(is_class) - n_true)
            yield false_rate, n_hits / n_true, n_hits / n_called if n_called else 1.0


def _new_square(classes: Sequence[str]) -> tuple[Figure, list[Axes]]:
    """A figure for a curve in the unit square, with room for a long legend beside it."""
    return figures.new(4.8, width=5.2 if len(classes) <= 4 else 7.4)


def _finish_square(axes: Axes, lines: list[Line2D], corner: str, title: str) -> None:
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02), aspect="equal")
    beside = len(lines) > 5
    place: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.02, 0.5)} if beside else {"loc": corner}
    axes.legend(handles=lines, title=title, title_fontsize=9, alignment="left", **place)


def _one_against_rest(
    truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None
) -> Iterator[tuple[str, Codes, Floats]]:
    """Name, truth (N,) as 0 or 1, and probability (N,) of each class to draw that has examples for and against it."""
    two = len(classes) == 2
    for code in [positive_class(classes, positive)] if two else most_frequent(truth, len(classes), _MOST_CLASSES):
        is_class = (truth == code).astype(np.int64)
        if 0 < is_class.sum() < len(is_class):
            yield classes[code], is_class, probability[:, code]


def _roc(truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None) -> Iterator[Curve]:
    from sklearn.metrics import roc_curve

    for name, is_class, scores in _one_against_rest(truth, probability, classes, positive):
        yield name, *roc_curve(is_class, scores)


def _precision_recall(
    truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None
) -> Iterator[Curve]:
    from sklearn.metrics import precision_recall_curve

    for name, is_class, scores in _one_against_rest(truth, probability, classes, positive):
        precision, recall, thresholds = precision_recall_curve(is_class, scores)
        yield name, recall, precision, np.append(thresholds, np.inf)


def roc_rows(truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None = None) -> list[Row]:
    """Rows class, fpr, tpr, threshold: at most 500 points a class, evenly spaced along the curve."""
    return _all_rows(_roc(truth, probability, classes, positive), "fpr", "tpr")


def precision_recall_rows(
    truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None = None
) -> list[Row]:
    """Rows class, recall, precision, threshold: at most 500 points a class, evenly spaced along the curve."""
    return _all_rows(_precision_recall(truth, probability, classes, positive), "recall", "precision")


def _all_rows(curves: Iterator[Curve], x_name: str, y_name: str) -> list[Row]:
    """Rows of all curves; where no class has a curve, one row without numbers, so that the CSV has its columns."""
    rows = [row for curve in curves for row in _rows(curve, x_name, y_name)]
    return rows or [{"class": None, x_name: None, y_name: None, "threshold": None}]


def _rows(curve: Curve, x_name: str, y_name: str) -> Iterator[Row]:
    name, *columns = curve
    shown = figures.evenly(len(columns[0]), _MOST_POINTS)
    shown[-1] = len(columns[0]) - 1  # a curve keeps its end
    for x, y, threshold in zip(*(column[shown].tolist() for column in columns), strict=True):
        yield {"class": name, x_name: x, y_name: y, "threshold": threshold if np.isfinite(threshold) else None}


def calibration(truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None = None) -> Figure:
    """How often the model is right when it is that sure, with 95 % intervals, above how often it is that sure.

    Two classes: the probability of the positive one (None: the last); more: of the predicted one.
    """
    figure, (top, bottom) = figures.new(5.0, 2, width=5.4, sharex=True, height_ratios=(3.2, 1))
    sure, _ = _outcomes(truth, probability, classes, positive)
    rows = calibration_rows(truth, probability, classes, positive)
    x, y, low, high = (np.array([row[name] for row in rows]) for name in ("predicted", "observed", "low", "high"))
    top.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=DASHED, label="perfectly calibrated")
    top.errorbar(x, y, (y - low, high - y), color=BLUE, marker="o", markersize=4.5, elinewidth=1, label="the model")
    top.set(title="Calibration", ylabel="share that is so", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    top.legend(loc="upper left")
    bottom.stairs(panels.count_between(np.sort(sure), edges := np.linspace(0, 1, 26)), edges, fill=True, color=BLUE)
    of = f"probability of {figures.printable(classes[positive_class(classes, positive)])}"
    bottom.set(ylabel="examples", xlabel=of if len(classes) == 2 else "probability of the predicted class")
    figures.shorten(bottom.yaxis)
    return figure


def _outcomes(truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None) -> tuple[Floats, Floats]:
    """How sure the model was (N,), and 1 where it was so, else 0 (N,)."""
    if len(classes) == 2:
        code = positive_class(classes, positive)
        return probability[:, code], (truth == code).astype(np.float64)
    guess = probability.argmax(axis=1)
    return probability[np.arange(len(truth)), guess], (truth == guess).astype(np.float64)


def calibration_rows(
    truth: Codes, probability: Floats, classes: Sequence[str], positive: int | None = None
) -> list[Row]:
    """Rows predicted (mean), observed (share), low, high (Wilson's 95 % interval), count of up to ten equal bins.

    A bin holds ten examples or more, where there are as many.
    """
    sure, right = _outcomes(truth, probability, classes, positive)
    order = np.argsort(sure, kind="stable")
    parts = np.array_split(order, max(1, min(10, len(order) // 10)))
    return [_bin_row(float(np.mean(sure[part])), float(np.mean(right[part])), len(part)) for part in parts]


def _bin_row(predicted: float, observed: float, n: int) -> Row:
    """Wilson's score interval (1927) of a share observed in n examples."""
    z = 1.959963984540054
    middle = (observed + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(observed * (1 - observed) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = min(observed, max(0.0, middle - half)), max(observed, min(1.0, middle + half))
    return {"predicted": predicted, "observed": observed, "low": low, "high": high, "count": n}

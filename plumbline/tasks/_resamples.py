"""Metrics of many resamples at once: each example's share is found once, then counted or averaged per resample.

`rows` (R, N) int64 are the examples that each of R resamples holds; results are (R, …).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def confusion(truth: Array, label: Array, n_classes: int, rows: Array) -> Array:
    """Confusion matrices (R, classes, classes) int64: truth down, label across."""
    counts = _count(truth * n_classes + label, n_classes**2, rows)
    return counts.reshape(-1, n_classes, n_classes)


def label_metrics(matrices: Array, positive: int | None) -> dict[str, Array]:
    """What confusion matrices (R, classes, classes) tell: of the positive class, or the macro mean where it is None."""
    hits = np.diagonal(matrices, axis1=1, axis2=2)
    support, called = matrices.sum(2), matrices.sum(1)
    recall = hits / np.maximum(support, 1)
    scores = {
        "precision": hits / np.maximum(called, 1),
        "recall": recall,
        "f1": 2 * hits / np.maximum(support + called, 1),
    }
    measured = {
        "accuracy": hits.sum(1) / support.sum(1),
        "balanced_accuracy": recall.sum(1) / (support > 0).sum(1),
        "matthews_corrcoef": _matthews(hits, support, called),
    }
    if positive is None:
        return measured | {f"{name}_macro": values.mean(1) for name, values in scores.items()}
    return measured | {name: values[:, positive] for name, values in scores.items()}


def _matthews(hits: Array, support: Array, called: Array) -> Array:
    """Correlation of truth and label (Gorodkin 2004); 0 where either is the same for all."""
    total = support.sum(1)
    together, apart = hits.sum(1) * total, (support * called).sum(1)
    spread = np.sqrt((total**2 - (support**2).sum(1)) * (total**2 - (called**2).sum(1)).astype(float))
    return np.divide(together - apart, spread, out=np.zeros(len(total)), where=spread > 0)


def quadratic_kappa(matrices: Array) -> Array:
    """Kappa with squared distances of ranks as weights (Cohen 1968) of (R, classes, classes); NaN where undefined."""
    ranks = np.arange(matrices.shape[1])
    weights = (ranks[:, None] - ranks) ** 2
    by_chance = matrices.sum(2)[:, :, None] * matrices.sum(1)[:, None, :] / matrices.sum((1, 2))[:, None, None]
    observed, expected = ((weights * counts).sum((1, 2)) for counts in (matrices, by_chance))
    return 1 - np.divide(observed, expected, out=np.full(len(matrices), np.nan), where=expected > 0)


def ranking_metrics(is_positive: Array, score: Array, rows: Array) -> tuple[Array, Array]:
    """ROC AUC and average precision, each (R,); NaN where a resample holds only one class."""
    levels, level = np.unique(-score, return_inverse=True)  # the highest score is level 0
    counts = _count(2 * level + is_positive, 2 * len(levels), rows).reshape(-1, len(levels), 2)
    false, true = counts[:, :, 0], counts[:, :, 1]
    above = true.cumsum(1)  # positives down to each level; half of a tie counts as above
    pairs = 2 * true.sum(1) * false.sum(1)
    with np.errstate(invalid="ignore"):
        auc = (false * (2 * above - true)).sum(1) / pairs
        precision = above / np.maximum(above + false.cumsum(1), 1)
        average_precision = (true * precision).sum(1) / true.sum(1)
    return auc, np.where(pairs > 0, average_precision, np.nan)


def mean(values: Array, rows: Array) -> Array:
    """Mean of values (N,) over each resample."""
    means: Array = values[rows].mean(1)
    return means


def _count(levels: Array, n_levels: int, rows: Array) -> Array:
    """How often each level 0 … n_levels - 1 of levels (N,) occurs in each resample, (R, n_levels)."""
    shifted = levels[rows] + n_levels * np.arange(len(rows))[:, None]
    return np.bincount(shifted.ravel(), minlength=n_levels * len(rows)).reshape(len(rows), n_levels)

"""Metrics of many resamples at once: each example's share is found once, then counted or averaged per resample.

`rows` (R, N) int64 are the examples that each of R resamples holds; results are (R, …).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def count_labels(truth: Array, label: Array, n_classes: int, rows: Array) -> tuple[Array, Array, Array]:
    """How often each class is hit, is true and is called in each resample, (R, classes) each.

    Confusion matrices tell no more that matters, and those of thousands of classes fill memory.
    """
    hits = _count(np.where(truth == label, truth, n_classes), n_classes + 1, rows)[:, :-1]
    return hits, _count(truth, n_classes, rows), _count(label, n_classes, rows)


def label_metrics(hits: Array, support: Array, called: Array, positive: int | None) -> dict[str, Array]:
    """What counts (R, classes) of `count_labels` tell: of the positive class, or the macro mean where it is None."""
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


def quadratic_kappa(truth: Array, label: Array, rows: Array) -> Array:
    """Kappa with squared distances of ranks as weights (Cohen 1968) of each resample, (R,); NaN where undefined.

    Of ranks drawn apart from each other the mean squared distance is E[i²] + E[j²] - 2 E[i] E[j].
    """
    n = rows.shape[1]
    true, said = truth[rows], label[rows]
    observed = n * ((true - said) ** 2).sum(1)
    expected = n * ((true**2).sum(1) + (said**2).sum(1)) - 2 * true.sum(1) * said.sum(1)
    return 1 - np.divide(observed, expected, out=np.full(len(rows), np.nan), where=expected > 0)


def mean_ranking_metrics(truth: Array, probability: Array, judged: Array, rows: Array) -> tuple[Array, Array]:
    """ROC AUC and average precision, each (R,), the mean over the classes `judged`; NaN where one is not defined.

    Resamples that lack a class define neither and are not looked at: of many classes nearly all lack one.
    """
    support = _count(truth, probability.shape[1], rows)[:, judged]
    defined = ((support > 0) & (support < rows.shape[1])).all(1)
    found = np.full((2, len(rows)), np.nan)
    if defined.any():
        ranked = [ranking_metrics(truth == index, probability[:, index], rows[defined]) for index in judged]
        found[:, defined] = np.mean(ranked, axis=0)
    return found[0], found[1]


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

"""Adversarial check: can a small model tell train from test rows, by which columns, and how well by chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline.duplicates import Floats, Index, sample

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column, Examples

_MOST = 2_000  # rows of train and of test
_FOLDS = 5
# Half the chance interval. Cross-validated, a ROC AUC varies more than Mann and Whitney's formula says: 2 of 300 random
# splits of five tables passed three of its deviations, so it is four.
_DEVIATIONS = 4
_NAMED = 3
_TELLS = 0.1  # a column is named that takes this share of what the ROC AUC is above 0.5 when it is shuffled


def tell_apart(
    examples: Examples, features: tuple[Column, ...], labels: npt.NDArray[np.int8], groups: Index | None, seed: int
) -> dict[str, Any] | None:
    """Cross-validated ROC AUC of train against test, its interval by chance, and the columns that tell them apart.

    A random forest on at most 2,000 rows of each. Rows of one group are in one fold, lest the model knows a group
    again, and the interval counts groups. None where there are fewer than ten rows or groups of train or of test.
    """
    generator = np.random.default_rng(seed)
    rows = np.sort(np.concatenate([sample(np.flatnonzero(labels == split), _MOST, generator) for split in (0, 2)]))
    is_test = labels[rows] == 2
    units = np.arange(len(rows)) if groups is None else groups[rows]
    n_train, n_test = (len(np.unique(units[is_test == split])) for split in (False, True))
    if min(n_train, n_test) < 2 * _FOLDS or not features:
        return None
    values = np.stack([_encode(examples.read(column.name)[rows]) for column in features], axis=1)
    half = _DEVIATIONS * math.sqrt((n_train + n_test + 1) / (12 * n_train * n_test))  # Mann and Whitney (1947)
    folds = _fit_folds(values, is_test, units, seed)
    found = {"auc": _auc(values, is_test, folds), "low": max(0.0, 0.5 - half), "high": min(1.0, 0.5 + half)}
    columns = _telling(values, is_test, folds, features, generator) if found["auc"] > found["high"] else []
    return {name: round(value, 4) for name, value in found.items()} | {"columns": columns}


def _encode(values: pl.Series) -> Floats:
    """Numbers as they are, dates as microseconds, all else as places in sorted order; below all where missing."""
    if values.dtype.is_temporal():
        values = values.dt.epoch("us").cast(float)
    if not values.dtype.is_float():
        known = np.unique(values.drop_nulls().cast(str).to_numpy())
        codes = np.searchsorted(known, values.cast(str).fill_null("").to_numpy()).astype(np.float64)
        codes[values.is_null().to_numpy()] = -1
        return codes
    numbers = np.clip(values.fill_null(math.nan).to_numpy(), -1e37, 1e37)  # the forest computes in float32
    return np.nan_to_num(numbers, nan=-3e38)


def _fit_folds(values: Floats, is_test: npt.NDArray[np.bool_], units: Index, seed: int) -> list[tuple[Index, Any]]:
    """The rows that each fold holds out, and a forest that has not seen them."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import StratifiedGroupKFold

    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed % 2**32)
    found = []
    for known, held_out in folds.split(values, is_test, units):
        forest = RandomForestClassifier(40, min_samples_leaf=5, random_state=seed % 2**32, n_jobs=1)
        found.append((held_out, forest.fit(values[known], is_test[known])))
    return found


def _auc(values: Floats, is_test: npt.NDArray[np.bool_], folds: list[tuple[Index, Any]]) -> float:
    """ROC AUC over each fold's own ranks, the mean of the folds by their number of pairs."""
    from scipy.stats import rankdata

    wins, pairs = 0.0, 0
    for held_out, forest in folds:
        truth = is_test[held_out]
        n_test, n_train = int(truth.sum()), int((~truth).sum())
        if forest.n_classes_ == 2 and n_test and n_train:
            ranks = rankdata(forest.predict_proba(values[held_out])[:, 1])
            wins += float(ranks[truth].sum()) - n_test * (n_test + 1) / 2
            pairs += n_test * n_train
    return wins / pairs if pairs else 0.5


def _telling(
    values: Floats,
    is_test: npt.NDArray[np.bool_],
    folds: list[tuple[Index, Any]],
    features: tuple[Column, ...],
    generator: np.random.Generator,
) -> list[str]:
    """The columns whose shuffling takes most from the ROC AUC (permutation importance, Breiman 2001)."""
    whole, taken = _auc(values, is_test, folds), []
    for place, column in enumerate(features):
        shuffled = values.copy()
        shuffled[:, place] = generator.permutation(shuffled[:, place])
        taken.append((round(_auc(shuffled, is_test, folds) - whole, 4), place, column.name))
    return [name for loss, _, name in sorted(taken)[:_NAMED] if -loss >= _TELLS * (whole - 0.5)]

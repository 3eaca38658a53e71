"""Groups: a column's values as a few groups, and how much the groups of one column say about another's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline.classes import in_order

if TYPE_CHECKING:
    import polars as pl

MISSING = "(missing)"

Positions = npt.NDArray[Any]
"""Where values lie on an axis: (N,) float64 or datetime64, NaN or NaT where missing."""


@dataclass(frozen=True)
class Groups:
    """For each example the number of its group; the groups' names, of which the first `n_values` are values."""

    codes: npt.NDArray[np.int64]  # (N,)
    labels: tuple[str, ...]
    n_values: int

    def counts(self) -> list[int]:
        """Number of examples in each group."""
        counted: list[int] = np.bincount(self.codes, minlength=len(self.labels)).tolist()
        return counted


def by_value(values: pl.Series, limit: int) -> Groups:
    """The `limit` most frequent values, sorted, then a group of all others and one of the missing, where there are."""
    import polars as pl

    words = values.cast(pl.String)
    counts = words.drop_nulls().rename("value").value_counts(sort=False)
    ranked = counts.sort(["count", "value"], descending=[True, False])["value"].to_list()
    kept, others = in_order(ranked[:limit]), len(ranked) - limit
    labels = kept + ([f"({others:,} others)"] if others > 0 else []) + ([MISSING] if words.null_count() else [])
    codes = words.replace_strict(kept, range(len(kept)), default=len(kept), return_dtype=pl.Int64)
    codes = pl.select(pl.when(words.is_null()).then(len(labels) - 1).otherwise(codes)).to_series()
    return Groups(codes.to_numpy(), tuple(labels), len(kept))


def by_quantile(positions: Positions, limit: int) -> Groups:
    """Up to `limit` equally full intervals, then a group of the missing, where there are."""
    missing = np.isnan(positions)
    ordered = np.sort(positions[~missing])
    cuts = np.unique(ordered[np.arange(1, limit) * len(ordered) // limit]) if len(ordered) else ordered
    codes = np.searchsorted(cuts, positions, side="right")
    codes[missing] = len(cuts) + 1
    labels = [f"quantile {rank}" for rank in range(1, len(cuts) + 2)] + ([MISSING] if missing.any() else [])
    return Groups(codes.astype(np.int64), tuple(labels), len(cuts) + 1)


def by_value_or_quantile(values: pl.Series, positions: Positions | None, limit: int) -> Groups:
    """The `limit` most frequent values; ten quantiles of what has an order, which `positions` tells."""
    return by_value(values, limit) if positions is None else by_quantile(positions, 10)


def mutual_information(one: Groups, other: Groups) -> float:
    """How much knowing one's group says about the other's, in nats, at least 0.

    The plug-in estimate less its Miller–Madow bias, for two variables as in Roulston (Physica D 125, 1999).
    """
    joint = np.bincount(one.codes * len(other.labels) + other.codes, minlength=len(one.labels) * len(other.labels))
    table = joint.reshape(len(one.labels), len(other.labels))
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    bias = ((table > 0).sum() - (rows > 0).sum() - (columns > 0).sum() + 1) / (2 * table.sum())
    estimate = _entropy(rows) + _entropy(columns) - _entropy(table.ravel())
    return max(0.0, float(estimate - bias))


def _entropy(counts: npt.NDArray[np.int64]) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def ranks(positions: Positions) -> npt.NDArray[np.float64]:
    """Rank (N,) of each among the known ones, from 0, equal values sharing their mean rank; NaN if missing."""
    known = ~np.isnan(positions)
    _, places, counts = np.unique(positions[known], return_inverse=True, return_counts=True)
    found = np.full(len(positions), np.nan)
    found[known] = (np.cumsum(counts) - (counts + 1) / 2)[places]
    return found

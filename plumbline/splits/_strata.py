"""Strata: rows alike in all targets, classes as they are and numbers cut into quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.examples import named
from plumbline.params import Ratios

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl


def find_strata(table: pl.DataFrame, n_bins: int, ratios: Ratios) -> npt.NDArray[np.int64]:
    """The stratum of each row (N,) int64; the columns of `table` are the targets.

    Of several targets each combination is a stratum. A combination with fewer rows than it takes for one in the
    smallest split balances nothing, so numbers get fewer bins until the mean combination has as many; where even two
    bins leave too few, the last target no longer counts, down to the first alone.
    """
    import numpy as np

    smallest = min(share for share in (ratios.train, ratios.val, ratios.test) if share > 0)
    names = table.columns
    for n_targets in range(len(names), 1, -1):
        chosen = table.select(named(*names[:n_targets]))
        has_numbers = any(dtype.is_float() for dtype in chosen.dtypes)
        for bins in range(n_bins, 1, -1) if has_numbers else (n_bins,):
            of_each = np.stack([_cut(column, bins) for column in chosen], axis=1)
            combinations, strata = np.unique(of_each, axis=0, return_inverse=True)
            if len(combinations) <= smallest * len(table):
                return strata
    return _cut(table[names[0]], n_bins)


def _cut(values: pl.Series, n_bins: int) -> npt.NDArray[np.int64]:
    """The class or quantile of each target value, (N,) int64 from 0 without gaps."""
    import numpy as np

    if values.dtype.is_float():
        numbers = values.to_numpy()
        bins = max(1, min(n_bins, len(numbers) // 2))  # of a bin with one row, train would get all
        edges = np.unique(np.quantile(numbers, np.linspace(0, 1, bins + 1)[1:-1]))
        return np.unique(np.searchsorted(edges, numbers, side="right"), return_inverse=True)[1]
    return np.unique(values.cast(str).to_numpy(), return_inverse=True)[1]

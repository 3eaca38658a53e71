"""Codes: each column as whole numbers 0 … k, 0 where missing, in the order of its values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from plumbline.examples import columns_of, in_groups

if TYPE_CHECKING:
    import polars as pl

Codes = npt.NDArray[np.int32]
"""(N,) dense ranks of a column's values from 1, texts by their letters; 0 for a missing value."""


def code_columns(table: pl.LazyFrame, names: list[str]) -> Iterator[tuple[str, pl.Series, Codes]]:
    """Yield each column's name, its values (N,) and their codes, some columns in memory at a time."""
    import polars as pl

    for group in in_groups(table, names):
        coded = group.select(pl.all().rank("dense").fill_null(0).cast(pl.Int32))
        for (name, values), codes in zip(columns_of(group), coded, strict=True):
            yield name, values, codes.to_numpy()


def by_appearance(codes: Codes) -> Codes:
    """Codes numbered from 0 in the order in which they first appear: equal for columns that are recodings."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int32)
    order[np.argsort(first)] = np.arange(len(first), dtype=np.int32)
    return order[inverse]

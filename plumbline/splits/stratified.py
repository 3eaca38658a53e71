"""Stratified: random within each class of the target, or within each quantile of a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from plumbline.examples import named
from plumbline.params import Ratios, Section
from plumbline.splits._strata import find_strata

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl


class Params(Section):
    """Knobs of the stratified split."""

    bins: int = Field(default=10, ge=2)
    """Quantiles into which a number target is cut; fewer for several targets where rows are few."""


def assign(
    examples: pl.LazyFrame, targets: list[str], params: Params, ratios: Ratios, generator: np.random.Generator
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each example, (N,) int8."""
    return _deal(find_strata(examples.select(named(*targets)).collect(), params.bins, ratios), ratios, generator)


def _deal(strata: npt.NDArray[np.int64], ratios: Ratios, generator: np.random.Generator) -> npt.NDArray[np.int8]:
    """Deal each stratum's shuffled examples to the split that lags furthest behind its ratio.

    The deal goes on from stratum to stratum, so that the whole has the ratios too, and a stratum's first
    example goes to train: no class is unknown to the model.
    """
    import numpy as np

    shares = np.array([ratios.train, ratios.val, ratios.test])
    labels = np.empty(len(strata), dtype=np.int8)
    owed = np.zeros(3)
    for stratum in np.unique(strata):
        rows = generator.permutation(np.flatnonzero(strata == stratum))
        counts = _counts(len(rows), shares, owed)
        labels[rows] = np.repeat(np.arange(3, dtype=np.int8), counts)
        owed += len(rows) * shares - counts
    return labels


def _counts(n_rows: int, shares: npt.NDArray[np.float64], owed: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Examples of one stratum for train, val and test: whole parts, then the rest to those owed most; train >= 1."""
    import numpy as np

    exact = n_rows * shares
    counts = np.floor(exact + 1e-9).astype(np.int64)
    debt = exact - counts + owed
    for _ in range(n_rows - int(counts.sum())):
        furthest = int(np.argmax(np.where(shares > 0, debt, -np.inf)))
        counts[furthest] += 1
        debt[furthest] -= 1
    if counts[0] == 0:
        counts[int(np.argmax(counts))] -= 1
        counts[0] = 1
    return counts

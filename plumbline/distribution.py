"""Distribution: mean and deviation, quantiles and normal scores of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FLAT = 1e-9
"""Deviation, as a share of the mean, that is but rounding."""

_GRID = 257  # points of the quantile grid: up to 256 bins without looking at the data again


def mean_and_std(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Mean and population deviation of (N,), exactly rounded, so that no order of summing shows; std is never 0."""
    largest = float(abs(values).max()) or 1.0
    shares = values / largest  # keeps squares of huge numbers finite
    mean = math.fsum(shares) / len(values)
    std = math.sqrt(math.fsum((shares - mean) ** 2) / len(values))
    return mean * largest, std * largest if std > 1e-12 else 1.0


def quantile_grid(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Quantiles of (N,) at equal steps from the smallest to the largest, (257,)."""
    import numpy as np

    return np.quantile(values, np.linspace(0, 1, _GRID))


def normal_scores(grid: npt.NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Distinct quantiles and the normal score of each one's rank (ties get the middle rank)."""
    import numpy as np

    knots, first, count = np.unique(grid, return_index=True, return_counts=True)
    ranks = (first + (count - 1) / 2) / (len(grid) - 1)
    scores = [NormalDist().inv_cdf(min(max(float(rank), 1e-3), 1 - 1e-3)) for rank in ranks]
    return [float(knot) for knot in knots], scores


def pooled_mean_and_std(moments: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Mean and population deviation of what lies in parts, each given by its count, mean and squared deviations.

    Exactly rounded, so that no order of the parts shows; what is but rounding is no deviation, and std is never 0.
    """
    total = math.fsum(count for count, _, _ in moments) or 1.0
    mean = math.fsum(count * part for count, part, _ in moments) / total
    squares = math.fsum(squares + count * (part - mean) ** 2 for count, part, squares in moments)
    std = math.sqrt(squares / total)
    return mean, std if std > FLAT * abs(mean) else 1.0

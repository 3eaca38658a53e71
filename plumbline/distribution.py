"""Distribution: mean and deviation, quantiles and normal scores of numbers."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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

"""A series as an SVG: a line for each channel, for the report's table of examples."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_STEPS = 300  # that are drawn, at most
_WIDTH, _HEIGHT = 240, 48  # pixels
_COLORS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9")


def read_channels(value: Any) -> list[npt.NDArray[np.float64]]:
    """The channels of one series, each (time,), NaN where a number is missing."""
    return [np.array([] if channel is None else channel, dtype=np.float64) for channel in value]


def svg(value: Any) -> str:
    """A series as an SVG, a line for each channel, broken where numbers are missing; at most 300 steps are drawn."""
    channels = read_channels(value)
    numbers = np.concatenate([[], *channels])
    numbers = numbers[np.isfinite(numbers)]
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
    longest = max((len(channel) for channel in channels), default=1)
    lines = [
        f'<polyline points="{points}" fill="none" stroke="{_COLORS[index % len(_COLORS)]}"/>'
        for index, channel in enumerate(channels)
        for points in _polylines(channel, longest, low, (high - low) or 1.0)
    ]
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">{"".join(lines)}</svg>'


def _polylines(line: npt.NDArray[np.float64], longest: int, low: float, span: float) -> Iterator[str]:
    """Points "x,y x,y …" of each stretch of numbers."""
    kept = np.arange(0, len(line), -(-longest // _STEPS))
    x = 2 + (_WIDTH - 4) * kept / max(longest - 1, 1)
    y = 2 + (_HEIGHT - 4) * (1 - (line[kept] - low) / span)
    known = np.isfinite(y)
    stretches = np.split(np.arange(len(kept)), np.flatnonzero(~known))
    for stretch in stretches:
        points = [f"{x[at]:.1f},{y[at]:.1f}" for at in stretch if known[at]]
        if points:
            yield " ".join(points)

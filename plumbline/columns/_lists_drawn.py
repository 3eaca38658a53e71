"""Series and vectors drawn: each group's over each other or below each other, and one series as an SVG line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CHANNELS = 3  # drawn, at most
_STEPS = 300  # of an SVG line, at most
_HUGE = 1e100  # numbers end here, so that their squares stay finite
_WIDTH, _HEIGHT = 240, 48  # of an SVG, in pixels


def draw_series(figure: Figure, values: dict[str, list[Any]]) -> None:
    """A row of panels for each group, a panel for each of three channels: series, their mean as a thick line."""
    from plumbline import figures

    drawn = {group: [_channels(value) for value in found] for group, found in values.items()}
    n_channels = max((len(channels) for found in drawn.values() for channels in found), default=1)
    columns = min(n_channels, _CHANNELS)
    panes = figure.subplots(len(drawn), columns, squeeze=False, sharex=True, sharey="col")
    for index, (row, (group, found)) in enumerate(zip(panes, drawn.items(), strict=True)):
        row[0].set_ylabel(figures.printable(group, 14))
        for channel, axes in enumerate(row):
            lines = [channels[channel] for channels in found if channel < len(channels)]
            _overlay(axes, lines, figures.PALETTE[index % len(figures.PALETTE)])
            if n_channels > 1 and not index:
                axes.set_title(f"channel {channel + 1}")
    for axes in panes[-1]:
        axes.set_xlabel("step")


def _channels(value: Any) -> list[npt.NDArray[np.float64]]:
    return [np.array([] if channel is None else channel, dtype=np.float64) for channel in value]


def _overlay(axes: Axes, lines: list[npt.NDArray[np.float64]], color: str) -> None:
    from plumbline import figures

    longest = max((len(line) for line in lines), default=0)
    for line in lines:
        axes.plot(line, color=color, linewidth=0.6, alpha=0.35)
    if longest:
        stacked = np.full((len(lines), longest), np.nan)
        for row, line in zip(stacked, lines, strict=True):
            row[: len(line)] = line
        known = np.isfinite(stacked)
        mean = np.where(known, stacked, 0.0).sum(0) / np.where(known.any(0), known.sum(0), np.nan)
        axes.plot(mean, color=figures.INK, linewidth=1.4)
    axes.locator_params(axis="y", nbins=3)


def draw_vectors(figure: Figure, values: dict[str, list[Any]]) -> None:
    """A panel for each group, whose rows are its vectors: each place blue below and red above its mean over all."""
    from plumbline import figures

    stacked = np.array([value for found in values.values() for value in found], dtype=np.float64)
    known = np.isfinite(stacked)
    stacked = np.where(known, np.clip(stacked, -_HUGE, _HUGE), 0.0)
    count = np.maximum(known.sum(0), 1)
    centred = np.where(known, stacked - stacked.sum(0) / count, 0.0)
    deviation = np.sqrt((centred**2).sum(0) / count)
    scaled = centred / np.where(deviation > 0, deviation, 1.0)
    panes = figure.subplots(len(values), 1, squeeze=False, sharex=True)[:, 0]
    starts = np.cumsum([0, *map(len, values.values())])
    for axes, group, start, end in zip(panes, values, starts, starts[1:], strict=False):
        if end > start:
            axes.imshow(scaled[start:end], cmap=figures.DIVERGING, vmin=-3, vmax=3, aspect="auto", interpolation="none")
        axes.set(yticks=[], ylabel=figures.printable(group, 14))
        axes.grid(visible=False)
    panes[-1].set_xlabel("place in the vector")


def svg(value: Any) -> str:
    """A series as an SVG, a line for each channel, broken where numbers are missing; at most 300 steps are drawn."""
    from plumbline.figures import PALETTE

    channels = _channels(value)
    numbers = np.concatenate([[], *channels])
    numbers = numbers[np.isfinite(numbers)]
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
    longest = max((len(channel) for channel in channels), default=1)
    lines = [
        f'<polyline points="{points}" fill="none" stroke="{PALETTE[index % len(PALETTE)]}"/>'
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

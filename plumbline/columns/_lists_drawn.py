"""Series and vectors drawn: those of each group over each other, or below each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from plumbline import figures
from plumbline.columns._series_svg import read_channels

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CHANNELS = 3  # drawn, at most
_HUGE = 1e100  # numbers end here, so that their squares stay finite


def draw_series(figure: Figure, values: dict[str, list[Any]]) -> None:
    """A row of panels for each group, a panel for each of three channels: series, their mean as a thick line."""
    drawn = {group: [read_channels(value) for value in found] for group, found in values.items()}
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


def _overlay(axes: Axes, lines: list[npt.NDArray[np.float64]], color: str) -> None:
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

"""Clips on a figure: waveforms above their spectrograms, group by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plumbline import figures
from plumbline.columns._player import envelope, read_start

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Floats = npt.NDArray[np.float32]

_SECONDS = 5.0
_RANGE_DB = 70.0  # from the loudest spot of a spectrogram to white
_N_COLUMNS, _N_PLACES = 4, 400  # clips beside each other; frames drawn of the longest


def draw_clips(figure: Figure, values: dict[str, list[bytes]]) -> None:
    """A row for each group: its clips side by side, a waveform above a spectrogram each, in proportion."""
    clips = {label: [read_start(value, _SECONDS) for value in of_group] for label, of_group in values.items()}
    longest = max((len(samples) / rate for of_group in clips.values() for samples, rate in of_group), default=1.0)
    rows = figure.subplots(len(clips), 1, squeeze=False)[:, 0]
    for axes, (label, of_group) in zip(rows, clips.items(), strict=True):
        for place, (samples, rate) in enumerate(of_group[:_N_COLUMNS]):
            _draw_clip(axes, samples, rate, place, 0.94 / longest)
        axes.set(xlim=(0, _N_COLUMNS), ylim=(0, 1.62), xticks=[])
        axes.set_yticks([0.5], [figures.printable(label, 16)])
        axes.grid(visible=False)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    rows[-1].set_xlabel(
        f"the longest is {longest:.2g} s; waveforms to their own peak, spectrograms up to half the rate"
    )


def _draw_clip(axes: Axes, samples: Floats, rate: int, place: int, scale: float) -> None:
    """One clip in its place, `scale` wide a second: the spectrogram from 0 to 1, the waveform above it."""
    import numpy as np

    end = place + scale * len(samples) / rate
    axes.imshow(
        _spectrogram(samples, rate, scale),
        extent=(place, end, 0, 1),
        aspect="auto",
        origin="lower",
        cmap=figures.SEQUENTIAL,
        vmin=-_RANGE_DB,
        vmax=0,
        interpolation="nearest",
    )
    low, high = envelope(samples, max(1, round((end - place) * _N_PLACES)))
    x = place + (end - place) * (np.arange(len(low)) + 0.5) / len(low)
    axes.fill_between(x, 1.32 + 0.25 * low, 1.32 + 0.25 * high, color=figures.BLUE, linewidth=0.4)


def _spectrogram(samples: Floats, rate: int, scale: float) -> npt.NDArray[Any]:
    """(bins, frames) dB below the loudest spot, of Hann windows of 25 ms."""
    import numpy as np

    window = max(16, round(0.025 * rate))
    n_frames = max(1, round(len(samples) / rate * scale * _N_PLACES))
    starts = np.linspace(0, max(0, len(samples) - window), n_frames).astype(int)
    padded = np.concatenate([samples, np.zeros(window, dtype=samples.dtype)])
    frames = padded[starts[:, None] + np.arange(window)] * np.hanning(window)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    decibels: npt.NDArray[Any] = 10 * np.log10(np.maximum(power / max(power.max(), 1e-20), 1e-20)).T
    return decibels

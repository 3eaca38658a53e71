"""Clips to look at and to listen to: waveforms and spectrograms on a figure, a player and an SVG in the report."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from plumbline.columns import _waveform

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Floats = npt.NDArray[np.float32]

_DRAWN_SECONDS = 5.0
_PLAYED_SECONDS = 3.0
_HIGHEST_RATE = 16_000  # Hz; what is played and drawn of a clip of more
_RANGE_DB = 70.0  # from the loudest spot of a spectrogram to white
_N_COLUMNS, _N_PLACES = 4, 400  # clips beside each other; frames drawn of the longest
_WIDTH, _HEIGHT = 220, 36  # of an SVG, in px


def _read(value: bytes, seconds: float) -> tuple[Floats, int]:
    """The first samples of a clip, and their rate."""
    rate = min(_HIGHEST_RATE, _waveform.read_rate(value))
    return _waveform.read_mono(value, rate, max(1, int(seconds * rate))), rate


def draw_gallery(figure: Figure, values: dict[str, list[bytes]]) -> None:
    """A row for each group: its clips side by side, each a waveform above a spectrogram, the longest filling its place."""
    from plumbline import figures

    clips = {label: [_read(value, _DRAWN_SECONDS) for value in of_group] for label, of_group in values.items()}
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
    rows[-1].set_xlabel(f"each place is {longest:.2g} s wide; waveforms to their own peak, spectrograms up to half the rate")


def _draw_clip(axes: Axes, samples: Floats, rate: int, place: int, scale: float) -> None:
    """One clip in its place, `scale` wide a second: the spectrogram from 0 to 1, the waveform above it."""
    import numpy as np

    from plumbline import figures

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
    low, high = _envelope(samples, max(1, round((end - place) * _N_PLACES)))
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


def _envelope(samples: Floats, n_places: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Lowest and highest sample of each of at most `n_places` stretches, as shares of the peak."""
    import numpy as np

    edges = np.unique(np.linspace(0, len(samples), min(n_places, len(samples)) + 1).astype(int))[:-1]
    peak = max(float(np.abs(samples).max()), 1e-6)
    return np.minimum.reduceat(samples, edges) / peak, np.maximum.reduceat(samples, edges) / peak


def show(value: bytes) -> str:
    """HTML: the waveform as SVG and a player of the first three seconds as a 16-bit wav, both within the page."""
    samples, rate = _read(value, _PLAYED_SECONDS)
    played = base64.b64encode(_waveform.wav_bytes(_waveform.to_int16(samples).astype("<i2").tobytes(), rate)).decode()
    low, high = _envelope(samples, _WIDTH)
    middle, step = _HEIGHT / 2, _WIDTH / len(low)
    lines = [f"M{step * (i + 0.5):.1f} {middle * (1 - top):.1f}V{middle * (1 - bottom) + 0.5:.1f}"
             for i, (bottom, top) in enumerate(zip(low.tolist(), high.tolist(), strict=True))]  # fmt: skip
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="waveform">'
        f'<path d="{"".join(lines)}" stroke="currentColor" stroke-width="{max(1.0, step):.1f}" fill="none"/></svg><br>'
        f'<audio controls preload="none" src="data:audio/wav;base64,{played}"></audio>'
    )

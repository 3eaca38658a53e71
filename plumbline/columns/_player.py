"""A clip in the report: its waveform as SVG and a player, both within the page."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from plumbline.columns import _waveform

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

_SECONDS = 3.0
_HIGHEST_RATE = 16_000  # Hz; what is played and drawn of a clip of more
_WIDTH, _HEIGHT = 220, 36  # px


def read_start(value: bytes, seconds: float) -> tuple[Floats, int]:
    """The first samples of a clip, and their rate."""
    rate = min(_HIGHEST_RATE, _waveform.read_rate(value))
    return _waveform.read_mono(value, rate, max(1, int(seconds * rate))), rate


def envelope(samples: Floats, n_places: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Lowest and highest sample of each of at most `n_places` stretches, as shares of the peak."""
    import numpy as np

    edges = np.unique(np.linspace(0, len(samples), min(n_places, len(samples)) + 1).astype(int))[:-1]
    peak = max(float(np.abs(samples).max()), 1e-6)
    return np.minimum.reduceat(samples, edges) / peak, np.maximum.reduceat(samples, edges) / peak


def show(value: bytes) -> str:
    """HTML: the waveform as SVG and a player of the first three seconds as a 16-bit wav, both within the page."""
    samples, rate = read_start(value, _SECONDS)
    played = base64.b64encode(_waveform.wav_bytes(_waveform.to_int16(samples).astype("<i2").tobytes(), rate)).decode()
    low, high = envelope(samples, _WIDTH)
    middle, step = _HEIGHT / 2, _WIDTH / len(low)
    pairs = enumerate(zip(low.tolist(), high.tolist(), strict=True))
    lines = [f"M{step * (i + 0.5):.1f} {middle * (1 - b):.1f}V{middle * (1 - a) + 0.5:.1f}" for i, (a, b) in pairs]
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="waveform">'
        f'<path d="{"".join(lines)}" stroke="currentColor" stroke-width="{max(1.0, step):.1f}" fill="none"/></svg><br>'
        f'<audio controls preload="none" src="data:audio/wav;base64,{played}"></audio>'
    )

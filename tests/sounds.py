"""Sound files made for tests."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import soundfile

Array = np.ndarray[Any, Any]

FORMATS: dict[str, tuple[str, str, float]] = {
    "wav, 8 bit": ("WAV", "PCM_U8", 2 / 256),
    "wav, 16 bit": ("WAV", "PCM_16", 2 / 65536),
    "wav, 24 bit": ("WAV", "PCM_24", 1e-6),
    "wav, float": ("WAV", "FLOAT", 1e-6),
    "flac": ("FLAC", "PCM_16", 2 / 65536),
    "ogg": ("OGG", "VORBIS", 0.05),
    "mp3": ("MP3", "MPEG_LAYER_III", 0.1),
}
"""Container, coding, and how far a sample may be off."""


def tone(seconds: float, rate: int = 8_000, hertz: float = 440.0, amplitude: float = 0.5) -> Array:
    """Samples of a sine."""
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def sound(samples: Array, rate: int = 8_000, container: str = "WAV", coding: str | None = "PCM_16") -> bytes:
    """A sound file's bytes of samples (n,) or (n, channels) in [-1, 1]."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=container, subtype=coding)
    return buffer.getvalue()

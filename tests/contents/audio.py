"""Clips of every format, rate and length to try, and broken ones."""

from __future__ import annotations

import struct

import numpy as np
import polars as pl

from plumbline.columns.audio import Params
from tests.sounds import FORMATS, sound, tone

WAV, FLAC = (sound(tone(1.0), container=container) for container in ("WAV", "FLAC"))


def clips(*values: bytes | None) -> pl.Series:
    """Values as a source holds them."""
    return pl.Series(values, dtype=pl.Binary)


CASES = {
    "plain": clips(*(sound(tone(0.1 * n, hertz=200.0 * n)) for n in (1, 2, 3))),
    "with gaps": clips(None, sound(tone(0.2)), None),
    "all missing": clips(None, None),
    "one row": clips(sound(tone(0.05))),
    "formats": clips(*(sound(tone(0.2), container=kind, coding=coding) for kind, coding, _ in FORMATS.values())),
    "rates": clips(*(sound(tone(0.1, rate), rate) for rate in (8_000, 11_025, 22_050, 44_100, 48_000))),
    "stereo": clips(sound(np.stack([tone(0.1), tone(0.1, hertz=880.0)], axis=1))),
    "lengths": clips(*(sound(tone(seconds)) for seconds in (1 / 8_000, 0.01, 20.0))),
    "silence": clips(sound(np.zeros(100))),
    "beyond full scale": clips(sound(tone(0.1, amplitude=3.0), coding="FLOAT")),
}
KNOBS = [Params(rate=4_000, seconds=0.25), Params(rate=11_025)]
BROKEN: dict[str, tuple[bytes, str]] = {
    "no byte": (b"", "is empty"),
    "a text": (b"no sound at all", "cannot be read as audio: Format not recognised"),
    "no sample": (sound(np.zeros(0)), "holds no sample"),
    "half a header": (WAV[:30], "is truncated: its header promises more bytes than there are"),
    "half a wav": (WAV[:8_000], "is truncated: its header promises more bytes than there are"),
    "half a flac": (FLAC[: len(FLAC) // 2], "cannot be decoded to its end: flac decoder lost sync"),
    "NaN": (sound(np.array([0.1, np.nan]), coding="FLOAT"), "holds samples that are no finite numbers"),
    "a rate of billions": (
        WAV[:24] + struct.pack("<I", 2**31 - 1) + WAV[28:],
        "has 2,147,483,647 samples a second, more than 768,000",
    ),
}

"""Audio: a sound file's bytes, as mono samples at one rate, cropped or padded with silence at the end."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field

from plumbline.columns import _waveform
from plumbline.columns._waveform import FULL_SCALE, HALF
from plumbline.params import Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.figure import Figure

    from plumbline.graph import Graph

CONTENT = True
FILES = True
"""Texts in a column of this type are paths of files."""
DTYPE = "int16"
RAW_DTYPE = "float"
RAW_MEANING = (
    "mono samples in [-1, 1] at the rate in Hz that state says, of any length: mix and resample before; "
    "a single 0 for a missing value"
)
MEASURES = ("seconds", "loudness", "rate", "channels")
SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
GALLERY_ROW = 1.1
"""Inches that a group takes in the gallery."""
GALLERY_VALUES = 4
"""Clips that a group shows there."""

_SAWTOOTH = b"".join((step * 64 - FULL_SCALE).to_bytes(2, "little", signed=True) for step in range(1024))
ODD_VALUES: tuple[bytes | None, ...] = (
    None,
    _waveform.wav_bytes(b"\x00\x40", 8_000),
    _waveform.wav_bytes(bytes(2_000), 16_000),
    _waveform.wav_bytes(_SAWTOOTH * 20, 11_025, channels=2),
)
"""Missing, a single sample, silence, and a second of a loud sawtooth in stereo."""

_QUIETEST = -120.0  # dB of full scale that silence counts as
_HIGHEST_RATE = 16_000  # Hz; more is rarely of use, and costs in proportion
_LONGEST = 10.0  # seconds, unless params.yaml asks for more
_COVERED = 0.99  # share of the train clips that are not cropped


class Params(Section):
    """Knobs of audio columns."""

    rate: int | None = Field(default=None, ge=100, le=192_000)
    """Samples a second that all clips are resampled to; null: the commonest of the train clips, at most 16,000."""
    seconds: float | None = Field(default=None, gt=0, le=600)
    """Length that clips are cropped or padded to, at the end; null: of 99 % of the train clips, at most 10."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are sound files or paths of such, and why."""
    import polars as pl

    present = values.drop_nulls()
    if is_target or values.dtype not in (pl.Binary, pl.String) or not len(present):
        return 0.0, "neither bytes nor texts" if len(present) else "every value is missing"
    if values.dtype == pl.Binary:
        n_sounds, what = sum(map(_waveform.is_sound, present)), "begin as wav, flac, ogg and mp3 files do"
    else:
        ends = present.str.to_lowercase().str.extract(r"(\.[a-z0-9]+)$").is_in(SUFFIXES)
        n_sounds, what = int(ends.sum()), f"end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
    if n_sounds < 0.9 * len(present):
        return 0.0, f"{n_sounds:,} of {len(present):,} values {what}"
    return 0.95, f"{'all' if n_sounds == len(present) else f'{n_sounds:,}'} of {len(present):,} values {what}"


def clean(column: pl.Expr) -> pl.Expr:
    """Bytes as they are -> Binary."""
    import polars as pl

    return column.cast(pl.Binary)


def measure(value: bytes) -> dict[str, float]:
    """Length, loudness (dB below full scale, of the root mean square), rate and channels of one file.

    ValueError where it is broken: empty, no audio, truncated, without samples, or with NaN among them.
    """
    found = _waveform.examine(value)
    loudness = max(_QUIETEST, 10 * math.log10(max(found["square"], 1e-30)))
    return {
        "seconds": found["frames"] / found["rate"],
        "loudness": loudness,
        "rate": float(found["rate"]),
        "channels": float(found["channels"]),
    }


def fit(chunks: Iterable[pl.Series], measures: pl.DataFrame, params: Params) -> dict[str, Any]:
    """Fit on the measures of train clips: the rate in Hz and the number of samples that all get."""
    import numpy as np

    present = measures.drop_nulls()
    rates, seconds = present["rate"].to_list(), present["seconds"].to_numpy()
    _, commonest = max(((count, rate) for rate, count in Counter(rates).items()), default=(0, _HIGHEST_RATE))
    rate = params.rate or min(_HIGHEST_RATE, int(commonest))
    longest = float(np.quantile(seconds, _COVERED, method="higher")) if len(present) else 1.0
    n_samples = max(1, round((params.seconds or min(_LONGEST, longest)) * rate))
    return {"missing": len(measures) - len(present), "rate": rate, "samples": n_samples}


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: its samples."""
    return (state["samples"],)


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.int16]:
    """(N,) Binary -> (N, samples) int16: the start of each clip, silence behind its end; all silence where missing."""
    import numpy as np

    encoded = np.zeros((len(values), state["samples"]), dtype=np.int16)
    for row, value in zip(encoded, values, strict=True):
        if value is not None:
            samples = _waveform.read_mono(value, state["rate"], state["samples"])
            row[: len(samples)] = _waveform.to_int16(samples)
    return encoded


def raw_shape(state: dict[str, Any]) -> list[str | int]:
    """Shape of one raw value: any number of samples."""
    return ["samples"]


def raw(values: pl.Series, state: dict[str, Any]) -> list[npt.NDArray[np.float32]]:
    """(N,) Binary -> each clip's samples as the exported model takes them; of long clips twice what it looks at."""
    import numpy as np

    most = 2 * state["samples"]
    return [
        np.zeros(1, dtype=np.float32) if value is None else _waveform.read_mono(value, state["rate"], most)
        for value in values
    ]


def front(graph: Graph, value: ir.Value, state: dict[str, Any]) -> ir.Value:
    """Nodes from raw samples (B, any length) to what `encode` gives, (B, samples) int16: cropped, rounded, padded."""
    start, end, axis = graph.int64([0]), graph.int64([state["samples"]]), graph.int64([1])
    cropped = graph.op("Slice", value, start, end, axis)
    steps = graph.op("Add", graph.op("Mul", cropped, graph.single([FULL_SCALE])), graph.single([HALF]))
    steps = graph.op("Max", graph.op("Floor", steps), graph.single([-FULL_SCALE]))
    steps = graph.op("Min", steps, graph.single([FULL_SCALE - 1]))
    padded = graph.op("Pad", steps, graph.int64([0, 0, 0, state["samples"]]))
    return graph.op("Cast", graph.op("Slice", padded, start, end, axis), to=graph.INT16)


def draw_gallery(figure: Figure, values: dict[str, list[bytes]]) -> None:
    """Draw the first clips of each group: the waveform above its spectrogram, all on one scale of time."""
    from plumbline.columns import _sound_drawing

    _sound_drawing.draw_clips(figure, values)


def show(value: bytes) -> str:
    """HTML of one clip: its waveform and a player of its first seconds."""
    from plumbline.columns import _player

    return _player.show(value)

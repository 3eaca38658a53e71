"""The bytes of a sound file -> mono samples at one rate, and back to the bytes of a wav."""

from __future__ import annotations

import functools
import io
import wave
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import soundfile

    Floats = npt.NDArray[np.float64]

FULL_SCALE = 32_768
"""Steps of int16 in one unit of a float sample, as libsndfile counts them: 16-bit files pass unchanged."""

_PIECE = 65_536  # frames read at once
_HIGHEST_RATE = 768_000  # Hz; a broken header can promise billions, which no filter could be made for
_LEAST_SHARE = 0.98  # of the frames that a header promises; of an mp3 it may promise a few more than there are
_STREAMED = 0x7FFF_0000  # a wav written to a pipe promises this many bytes or more, since nobody knew how many come
_SLOPPY = 8  # bytes by which writers of wav headers miscount


def is_sound(data: bytes) -> bool:
    """Whether bytes begin as wav, flac, ogg or mp3 files do; an mp3 begins with its tag or with a frame's sync."""
    if data[:4] in (b"fLaC", b"OggS") or data[:3] == b"ID3":
        return True
    if data[:4] in (b"RIFF", b"RIFX", b"RF64"):
        return data[8:12] == b"WAVE"
    return data[:1] == b"\xff" and data[1:2] in (b"\xfb", b"\xfa", b"\xf3", b"\xf2", b"\xe3", b"\xe2")


def examine(data: bytes) -> dict[str, float]:
    """Frames, rate in Hz, channels and mean square of the mono samples, all read; ValueError where data are broken."""
    import numpy as np

    if is_cut_off(data):
        raise ValueError("is truncated: its header promises more bytes than there are")
    with _open(data) as file, np.errstate(over="ignore", invalid="ignore"):
        n_frames, square = 0, 0.0
        for piece in _pieces(file):
            mono = _mix(piece)
            n_frames, square = n_frames + len(mono), square + float((mono * mono).sum())
        if n_frames < _LEAST_SHARE * file.frames:
            raise ValueError(f"is truncated: its header promises {file.frames:,} samples, {n_frames:,} are there")
        if not n_frames:
            raise ValueError("holds no sample")
        if not square < float("inf"):
            raise ValueError("holds samples that are no finite numbers")
        found = {"frames": n_frames, "rate": file.samplerate, "channels": file.channels}
        return {**found, "square": square / n_frames}


def is_cut_off(data: bytes) -> bool:
    """Whether a wav's header promises more bytes than there are; libsndfile reads what is left without a word."""
    if data[:4] not in (b"RIFF", b"RIFX"):
        return False
    promised = int.from_bytes(data[4:8], "little" if data[:4] == b"RIFF" else "big") + 8
    return len(data) + _SLOPPY < promised < _STREAMED


def read_rate(data: bytes) -> int:
    """Samples a second of a file."""
    with _open(data) as file:
        return int(file.samplerate)


def read_mono(data: bytes, rate: int, n_samples: int) -> npt.NDArray[np.float32]:
    """The first `n_samples` at most of the mean of a file's channels, resampled to `rate` Hz, about [-1, 1].

    Only as many frames are decoded as these samples depend on.
    """
    import numpy as np
    from scipy.signal import resample_poly

    with _open(data) as file:
        up, down, taps = _resampling(file.samplerate, rate)
        n_frames = -(-n_samples * down // up) + (len(taps) // up if len(taps) else 0) + 1
        mono = np.concatenate([np.zeros(0), *(_mix(piece) for piece in _pieces(file, n_frames))])
    if up != down:
        mono = resample_poly(mono, up, down, window=taps)
    return mono[:n_samples].astype(np.float32)


@functools.lru_cache(maxsize=8)
def _resampling(old: int, new: int) -> tuple[int, int, Floats]:
    """Up, down and the low-pass filter between them, as scipy.signal.resample_poly makes it; no filter where equal."""
    import math

    import numpy as np
    from scipy.signal import firwin

    common = math.gcd(old, new)
    up, down = new // common, old // common
    if up == down:
        return 1, 1, np.zeros(0)
    return up, down, firwin(20 * max(up, down) + 1, 1 / max(up, down), window=("kaiser", 5.0))


def _open(data: bytes) -> soundfile.SoundFile:
    import soundfile

    if not data:
        raise ValueError("is empty")
    try:
        file = soundfile.SoundFile(io.BytesIO(data))
    except soundfile.LibsndfileError as error:
        raise ValueError(f"cannot be read as audio: {_reason(error)}") from None
    if file.samplerate > _HIGHEST_RATE:
        raise ValueError(f"has {file.samplerate:,} samples a second, more than {_HIGHEST_RATE:,}")
    return file


def _pieces(file: soundfile.SoundFile, n_frames: int | None = None) -> Iterator[Floats]:
    """(n, channels) float64 until the end, or until `n_frames` are read."""
    import soundfile

    left = n_frames
    while left is None or left > 0:
        try:
            piece = file.read(_PIECE if left is None else min(_PIECE, left), dtype="float64", always_2d=True)
        except soundfile.LibsndfileError as error:
            raise ValueError(f"cannot be decoded to its end: {_reason(error)}") from None
        if not len(piece):
            return
        left = None if left is None else left - len(piece)
        yield piece


def _reason(error: soundfile.LibsndfileError) -> str:
    return str(error.error_string).removeprefix("Error : ").rstrip(".")


def _mix(piece: Floats) -> Floats:
    """(n, channels) -> (n,): the mean of the channels."""
    return piece[:, 0] if piece.shape[1] == 1 else piece.mean(axis=1)


def to_int16(samples: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
    """Float samples -> int16, in float32 arithmetic as the exported graph does it; beyond [-1, 1) is clipped.

    A little more than a half rounds up, so that a tie does not depend on the last bit.
    """
    import numpy as np

    steps = np.floor(samples.astype(np.float32) * np.float32(FULL_SCALE) + np.float32(HALF))
    return np.clip(steps, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


HALF = 0.5 + 2**-10
"""What is added before rounding down."""


def wav_bytes(samples: bytes, rate: int, channels: int = 1) -> bytes:
    """A wav file of little-endian int16 samples, channels side by side."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return buffer.getvalue()

"""Reader of .zst files: a file packed by Zstandard, read by the suffix before, as in housing.csv.zst."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from plumbline.errors import InputError
from plumbline.sources._packed import Params

__all__ = ["Params", "unpack"]

_CHUNK = 1 << 20  # packed bytes read at a time


def unpack(path: Path, params: Params, scratch: Path) -> tuple[Path, list[str]]:
    """The packed file in `scratch` and no notes; InputError where it is broken or cut off."""
    import zstandard

    inner = scratch / path.stem
    try:
        with path.open("rb") as packed, inner.open("wb") as file:
            is_whole = _copy(packed, file)
    except zstandard.ZstdError as error:
        raise InputError(f"{path}: is no zst file ({error}); fetch it again") from None
    if not is_whole:
        raise InputError(f"{path}: ends too early; fetch it again")
    return inner, []


def _copy(packed: IO[bytes], file: IO[bytes]) -> bool:
    """Write what all frames hold; return whether the last one is whole, which zstandard's own reader does not say."""
    import zstandard

    frame = zstandard.ZstdDecompressor().decompressobj()
    is_begun = False
    while chunk := packed.read(_CHUNK):
        while chunk:
            file.write(frame.decompress(chunk))
            is_begun, chunk = not frame.eof, frame.unused_data
            if frame.eof:
                frame = zstandard.ZstdDecompressor().decompressobj()
    return not is_begun

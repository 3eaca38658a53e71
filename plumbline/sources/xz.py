"""Reader of .xz files: a file packed by xz, read by the suffix before, as in housing.csv.xz."""

from __future__ import annotations

import lzma
from pathlib import Path

from plumbline.sources._packed import Params, unpack_stream

__all__ = ["Params", "unpack"]


def unpack(path: Path, params: Params, scratch: Path) -> tuple[Path, list[str]]:
    """The packed file in `scratch` and no notes; InputError where it is broken or cut off."""
    return unpack_stream(path, scratch, lambda packed: lzma.open(packed, "rb"))

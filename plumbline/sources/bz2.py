"""Reader of .bz2 files: a file packed by bzip2, read by the suffix before, as in housing.csv.bz2."""

from __future__ import annotations

import bz2
from pathlib import Path

from plumbline.sources._packed import Params, unpack_stream

__all__ = ["Params", "unpack"]


def unpack(path: Path, params: Params, scratch: Path) -> tuple[Path, list[str]]:
    """The packed file in `scratch` and no notes; InputError where it is broken or cut off."""
    return unpack_stream(path, scratch, lambda packed: bz2.open(packed, "rb"))

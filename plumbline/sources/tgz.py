"""Reader of .tgz files: another name of .tar.gz."""

from __future__ import annotations

import gzip
from pathlib import Path

from plumbline.sources._packed import Params, unpack_stream

__all__ = ["Params", "unpack"]


def unpack(path: Path, params: Params, scratch: Path) -> tuple[Path, list[str]]:
    """The .tar file in `scratch` and no notes; InputError where it is broken or cut off."""
    return unpack_stream(path, scratch, lambda packed: gzip.open(packed, "rb"), f"{path.stem}.tar")

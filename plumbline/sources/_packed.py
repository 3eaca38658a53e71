"""Compressed files -> the file in them, written to scratch chunk by chunk."""

from __future__ import annotations

import lzma
import shutil
import zlib
from collections.abc import Callable
from gzip import GzipFile
from pathlib import Path
from typing import IO

from plumbline.errors import InputError
from plumbline.params import Section

Open = Callable[[Path], IO[bytes] | GzipFile]


class Params(Section):
    """No knobs: the packed file is read with its own reader's."""


def unpack_stream(path: Path, scratch: Path, open_packed: Open, name: str | None = None) -> tuple[Path, list[str]]:
    """The packed file, named as `path` without its last suffix unless given; InputError where it is broken."""
    inner = scratch / (name or path.stem)
    try:
        with open_packed(path) as packed, inner.open("wb") as file:
            shutil.copyfileobj(packed, file, 1 << 20)
    except EOFError:
        raise InputError(f"{path}: ends too early; fetch it again") from None
    except (OSError, zlib.error, lzma.LZMAError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise InputError(f"{path}: is no {path.suffix[1:].lower()} file ({error}); fetch it again") from None
    return inner, []

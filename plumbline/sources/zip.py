"""Reader of .zip files: the table in it, or its files like those of a folder."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from plumbline.errors import InputError
from plumbline.sources._archive import Params, unpack_members

__all__ = ["Params", "unpack"]


def unpack(path: Path, params: Params, scratch: Path) -> tuple[Path, list[str]]:
    """The only file to read in `scratch`, or a folder of several, and notes; InputError where it is broken."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [item.filename for item in archive.infolist() if not item.is_dir()]
            return unpack_members(path, names, params.file, scratch, lambda chosen: archive.extractall(scratch, chosen))
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(f"{path}: is no zip file, or ends too early ({error}); fetch it again") from None
    except (RuntimeError, NotImplementedError) as error:
        raise InputError(f"{path}: cannot be unpacked ({error}); pack it again without a password") from None

"""Reader of .zip files: the table in it, or its tables below each other like a folder's."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import CODE, suffixes
from plumbline.sources.folder import is_no_table
from plumbline.wording import listed


class Params(Section):
    """Knobs of the reader."""

    file: str | None = None
    """The file in the archive that is read; null: all that a reader takes."""


def unpack(path: Path, params: Params, scratch: Path) -> tuple[Path, list[str]]:
    """The only table in `scratch`, or a folder of several, and notes on other files; InputError where it is broken."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [item.filename for item in archive.infolist() if not item.is_dir()]
            chosen = _choose(path, names, params.file)
            archive.extractall(scratch, chosen)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(f"{path}: is no zip file, or ends too early ({error}); fetch it again") from None
    except (RuntimeError, NotImplementedError) as error:
        raise InputError(f"{path}: cannot be unpacked ({error}); pack it again without a password") from None
    left = sorted(set(names) - set(chosen))
    notes = [f"{path}: {listed(left, 5)} in it are not read"] if left else []
    return (scratch / chosen[0] if len(chosen) == 1 else scratch), notes


def _choose(path: Path, names: list[str], file: str | None) -> list[str]:
    """The members to read; InputError where there is none, or one lies outside of the archive."""
    if outside := [name for name in names if name.startswith("/") or ".." in PurePosixPath(name).parts]:
        raise InputError(f"{path}: holds {outside[0]!r}, which lies outside of it; pack it again")
    held = listed(sorted(names), 10)
    if file is not None and file not in names:
        raise InputError(f"params.yaml: ingest.zip.file: {path} has no {file!r}; it has {held}")
    known = set(suffixes()) - set(CODE)
    readable = [name for name in names if PurePosixPath(name).suffix.lower() in known and not is_no_table(name)]
    if file is None and not readable:
        but = f", but {held}" if names else ""
        raise InputError(f"{path}: holds no table{but}; readers take {', '.join(sorted(known))} files")
    return [file] if file is not None else readable

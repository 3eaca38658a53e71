"""Files written under a temporary name and renamed last, so that a crash never leaves half a result."""

import errno
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
"""What a disk says that takes no more."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block ends without an error.

    Whatever a killed process has left of an earlier try is removed. OSErrors name `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, old = path.with_name(f".{path.name}.tmp"), path.with_name(f".{path.name}.old")
    _remove(temporary)
    try:
        with naming(path, temporary):
            yield temporary
            if path.is_dir():
                _remove(old)
                path.replace(old)  # a folder cannot be replaced at once, but never stands there half removed
            temporary.replace(path)
    finally:
        _remove(temporary)
        _remove(old)


@contextmanager
def naming(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Raise the OSErrors of writing `path` with its name: they bear none, or that of its temporary stand-in."""
    try:
        yield
    except _errors_of_writing() as error:
        number, said = _number(error), getattr(error, "filename", None)
        if said and temporary and Path(said).is_relative_to(temporary):
            path = path / Path(said).relative_to(temporary)
        elif said or number not in _REFUSALS:
            raise
        raise OSError(number, os.strerror(number or 0), str(path)) from error


def _errors_of_writing() -> tuple[type[Exception], ...]:
    polars = sys.modules.get("polars")  # it wraps what the disk says; where it is not imported, it has not written
    return (OSError, polars.exceptions.ComputeError) if polars else (OSError,)


def _number(error: Exception) -> int | None:
    if isinstance(error, OSError) and error.errno:
        return error.errno
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else None


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a folder: the temporary one exists when the block begins."""
    with replacing(path) as temporary:
        temporary.mkdir()
        yield temporary


@contextmanager
def scratch_beside(path: Path) -> Iterator[Path]:
    """Yield an empty folder for what is made on the way to `path`, on the same disk; it is gone when the block ends.

    OSErrors of files in it name `path`.
    """
    folder = path.with_name(f".{path.name}.scratch.tmp")
    _remove(folder)
    folder.mkdir(parents=True)
    try:
        with naming(path):
            yield folder
    except OSError as error:
        if error.filename is None or not Path(error.filename).is_relative_to(folder):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        _remove(folder)


def folders_of(parent: Path, names: list[str]) -> list[Path]:
    """`parent` itself for a single name; for several names a folder below it each, named as file systems allow."""
    if len(names) == 1:
        return [parent]
    found: list[str] = []
    for name in names:
        word = re.sub(r"[^\w-]+", "_", name)[:60].strip("_") or "_"
        taken = sum(other.casefold() == word.casefold() for other in found)
        found.append(f"{word}.{taken + 1}" if taken else word)
    return [parent / word for word in found]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """Read one JSON document."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write one JSON document in the order given; a NaN in it is a ValueError."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")

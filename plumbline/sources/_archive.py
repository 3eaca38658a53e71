"""What .zip and .tar have in common: which members are read, and where they lie once they are unpacked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import CODE, suffixes
from plumbline.sources._listing import is_aside, kind_of
from plumbline.wording import listed

_TOLD = 5  # members that a note names


class Params(Section):
    """Knobs of the reader."""

    file: str | None = None
    """The file in the archive that is read; null: all that a reader takes."""


def unpack_members(
    path: Path, names: list[str], file: str | None, scratch: Path, extract: Callable[[list[str]], None]
) -> tuple[Path, list[str]]:
    """The only file that is read, or the folder of several, and a note on the other members.

    `extract` writes members to `scratch`. InputError where there is none to read, or one lies outside of the archive.
    """
    chosen = _choose(path, names, file)
    extract(chosen)
    left = sorted(set(names) - set(chosen))
    verb = "is" if len(left) == 1 else "are"
    notes = [f"{path}: {listed(left, _TOLD)} in it {verb} not read"] if left else []
    return (scratch / chosen[0] if len(chosen) == 1 else _skip_top(scratch, chosen)), notes


def _choose(path: Path, names: list[str], file: str | None) -> list[str]:
    if outside := [name for name in names if name.startswith("/") or ".." in PurePosixPath(name).parts]:
        raise InputError(f"{path}: holds {outside[0]!r}, which lies outside of it; pack it again")
    held = listed(sorted(names), 10)
    if file is not None and file not in names:
        raise InputError(f"params.yaml: ingest.{path.suffix[1:].lower()}.file: {path} has no {file!r}; it has {held}")
    readable = [name for name in names if _is_readable(PurePosixPath(name))]
    if file is None and not readable:
        but = f", but {held}" if names else ""
        known = sorted(set(suffixes()) - set(CODE))
        raise InputError(f"{path}: holds no table and no media files{but}; readers take {', '.join(known)} files")
    return [file] if file is not None else list(dict.fromkeys(readable))


def _is_readable(name: PurePosixPath) -> bool:
    return not is_aside(name) and kind_of(name) != "" and name.suffix.lower() not in CODE


def _skip_top(scratch: Path, names: list[str]) -> Path:
    """The folder that all members lie in: archives often hold one; key=value is kept, since it says something."""
    tops = {PurePosixPath(name).parts[0] if len(PurePosixPath(name).parts) > 1 else "" for name in names}
    top = tops.pop()
    return scratch if tops or "=" in top else scratch / top

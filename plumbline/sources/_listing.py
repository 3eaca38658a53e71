"""The files of a folder: their paths in a fixed order and their kinds, without what other tools leave there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePath, PurePosixPath

from plumbline.sources import suffixes

MEDIA = {
    "image": (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"),
    "audio": (".wav", ".flac", ".ogg", ".mp3"),
}
"""Column types whose values are files, and the suffixes of these."""

IDX = "idx"
"""The kind of files in MNIST's format."""

_SUFFIXES = {suffix: kind for kind, known in MEDIA.items() for suffix in known}
_IDX = re.compile(r".*[-.]ubyte(\.gz)?", re.IGNORECASE)
_TOOLS = re.compile(r"\..*|__pycache__|__MACOSX|_SUCCESS|_(common_)?metadata|thumbs\.db|desktop\.ini", re.IGNORECASE)
_NOTES = re.compile(r"(readme|licen[cs]e).*|.*\.dvc", re.IGNORECASE)
_TOLD = 3  # notes of single files that are passed on
_PACKED = (".gz", ".zst", ".bz2", ".xz")


def list_files(path: Path) -> list[PurePosixPath]:
    """Paths of the data files below a folder, relative to it, sorted by their parts."""
    found = (PurePosixPath(Path(place, name).relative_to(path)) for place, _, names in os.walk(path) for name in names)
    return sorted((file for file in found if not is_aside(file)), key=lambda file: file.parts)


def is_aside(file: PurePath) -> bool:
    """Whether a path in a folder is hidden, a note, or DVC's or another tool's own."""
    is_note = file.suffix.lower() not in _SUFFIXES and _NOTES.fullmatch(file.name) is not None
    return is_note or any(_TOOLS.fullmatch(part) for part in file.parts)


def group_kinds(files: Iterable[PurePosixPath]) -> dict[str, list[PurePosixPath]]:
    """The files by their kind, in the order given."""
    found: dict[str, list[PurePosixPath]] = {}
    for file in files:
        found.setdefault(kind_of(file), []).append(file)
    return found


def kind_of(file: PurePath) -> str:
    """How a file is read: image, audio, idx, the suffix .csv for a.csv and a.csv.gz; empty where nothing reads it."""
    if _IDX.fullmatch(file.name):
        return IDX
    suffix = file.suffix.lower()
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if suffix not in suffixes():
        return ""
    known = [suffix.lower() for suffix in file.suffixes if suffix.lower() not in _PACKED]
    return known[-1] if known else suffix


def gather_notes(path: Path, notes: list[list[str]]) -> list[str]:
    """The notes of the files, without end where there are many files."""
    every = [note for told in notes for note in told]
    more = len(every) - _TOLD
    return every if more <= 0 else [*every[:_TOLD], f"{path}: {more:,} more notes on its files are left out"]

"""Reader of a folder: class folders of media or texts, tables below each other, a table that names media files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import CODE, Source, _idx, _media, _tables, suffixes
from plumbline.sources._levels import NAMED, has_classes
from plumbline.sources._listing import IDX, MEDIA, group_kinds, list_files
from plumbline.wording import counted, listed

_TEXT = ".txt"
_COPIES = (".arff", ".txt")  # of the .ts files beside them, in the UCR archive

_Kinds = dict[str, list[PurePosixPath]]


class Params(Section):
    """Knobs of the reader."""

    pattern: str | None = None
    r"""A regular expression whose named groups make columns of each file's path: (?P<digit>\d)_(?P<who>\w+)\.wav."""
    encoding: str = "auto"
    """Of texts, one a file: auto, or an encoding by Python's name for it, as cp1252."""


def read(path: Path, params: Params, scratch: Path, read_file: Callable[..., Source]) -> Source:
    """One table of all files in a folder and those below it, sorted by path; `read_file` reads a table's file.

    Its root is the folder, or where a table's paths lead from. InputError where there is nothing to read, kinds are
    mixed, or columns do not agree.
    """
    kinds = group_kinds(list_files(path))
    strange = kinds.pop("", [])
    media = [kind for kind in MEDIA if kind in kinds]
    if IDX in kinds:
        left = [file for kind, files in kinds.items() if kind != IDX for file in files]
        return _leave(path, sorted([*strange, *left]), _idx.read_pairs(path, kinds[IDX], scratch))
    if media:
        return _read_beside_media(path, kinds, strange, params, scratch, read_file)
    if strange:
        raise InputError(f"{path}: holds {listed([*map(str, strange)], NAMED)}; readers take {_taken()} files")
    left = _take_copies(kinds)
    (kind, files), *others = kinds.items() or [("", [])]
    if not files:
        raise InputError(f"{path}: holds no table and no media files; readers take {_taken()} files")
    if others:
        raise InputError(f"{path}: holds {' and '.join(sorted(kinds))} files; keep one kind in a folder")
    if kind == _TEXT and (params.pattern is not None or has_classes(files)):
        return _media.read_texts(path, files, params.pattern, params.encoding, scratch)
    return _leave(path, left, _tables.read(path, files, params.pattern, scratch, read_file))


def _taken() -> str:
    return ", ".join(suffixes())


def _read_beside_media(
    path: Path,
    kinds: _Kinds,
    strange: list[PurePosixPath],
    params: Params,
    scratch: Path,
    read_file: Callable[..., Source],
) -> Source:
    """The table that names the media files, or else a table of these."""
    media = {kind: kinds.pop(kind) for kind in MEDIA if kind in kinds}
    left = [*strange, *(file for kind in (*CODE, _TEXT) for file in kinds.pop(kind, []))]
    (kind, tables), *others = kinds.items() or [("", [])]
    if others:
        raise InputError(f"{path}: holds {' and '.join(sorted(kinds))} files beside media files; keep one table")
    if tables and params.pattern is None:
        source = _tables.read(path, tables, None, scratch, read_file)
        if found := _media.find_root(path, source, tables, media):
            return _leave(path, left, found)
        _check_classes(path, tables, media)
    left += tables
    if len(media) > 1:
        raise InputError(
            f"{path}: holds image and audio files; keep one kind in a folder, or add a table whose columns name them"
        )
    ((kind, files),) = media.items()
    return _leave(path, left, _media.read_paths(path, files, kind, params.pattern))


def _check_classes(path: Path, tables: list[PurePosixPath], media: _Kinds) -> None:
    """InputError where neither folders nor a table say what the media files show."""
    if not all(map(has_classes, media.values())):
        raise InputError(
            f"{path}: no column of {listed([*map(str, tables)], NAMED)} holds paths of the media files beside it, as "
            f"{next(iter(media.values()))[0]}; write them into one, or lay the files into class folders"
        )


def _take_copies(kinds: _Kinds) -> list[PurePosixPath]:
    """Take out, and return, what the UCR archive adds to .ts files: the same series in other formats, and notes."""
    return [file for kind in _COPIES if ".ts" in kinds for file in kinds.pop(kind, [])]


def _leave(path: Path, left: list[PurePosixPath], source: Source) -> Source:
    """The source with a note on files that are not read."""
    if not left:
        return source
    verb = "is" if len(left) == 1 else "are"
    names = listed([*map(str, sorted(left))], 5)
    note = f"{path}: {counted(len(left), 'file')} {verb} not read: {names}"
    return Source(source.table, [note, *source.notes], source.root)

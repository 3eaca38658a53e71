"""Media files and texts, one example a file, and tables that name media files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from plumbline.errors import InputError
from plumbline.sources import Source, _encoding, _levels, _pattern, _rows
from plumbline.sources._listing import MEDIA, gather_notes
from plumbline.wording import counted

if TYPE_CHECKING:
    import polars as pl

_SAMPLE = 100  # paths that are looked up to find the folder that they lead from
_TEXT = "text"


def read_paths(path: Path, files: list[PurePosixPath], kind: str, pattern: str | None) -> Source:
    """A table with a row for each media file: column `kind` its path (String), and what path and pattern say of it."""
    import polars as pl

    columns, notes = _describe(path, files, kind, pattern)
    table = pl.DataFrame({kind: [str(file) for file in files], **columns})
    return Source(table.lazy(), notes, path)


def read_texts(path: Path, files: list[PurePosixPath], pattern: str | None, encoding: str, scratch: Path) -> Source:
    """A table with a row for each text file: column `text` what it holds, and what path and pattern say of it."""
    columns, notes = _describe(path, files, _TEXT, pattern)
    told: list[list[str]] = []
    rows = zip(_read_each(path, files, encoding, scratch, told), *columns.values(), strict=True)
    table = _rows.write_rows([_TEXT, *columns], rows, scratch, str(path))
    each = f"{path}: {counted(len(files), '.txt file')} are read as one text each; tables would be .csv"
    return Source(table, [each, *notes, *gather_notes(path, told)], path)


def _read_each(
    path: Path, files: list[PurePosixPath], encoding: str, scratch: Path, told: list[list[str]]
) -> Iterator[str]:
    for file in files:
        copy, notes = _encoding.read_as_utf8(path / file, encoding, "ingest.folder.encoding", scratch)
        told.append(notes)
        yield copy.read_text(encoding="utf-8")


def _describe(
    path: Path, files: list[PurePosixPath], kind: str, pattern: str | None
) -> tuple[dict[str, Sequence[str | None]], list[str]]:
    """Columns that folders and the pattern give, a value for each file, and notes."""
    depths = {len(file.parts) for file in files}
    is_level = pattern is None or len(depths) == 1
    labels, notes = _levels.find_labels(path, files) if is_level else ({}, [])
    found = [
        one | other
        for one, other in zip(_levels.find_keys(path, files), _pattern.find_columns(path, files, pattern), strict=True)
    ]
    if kind in found[0]:
        raise InputError(
            f"{path}: {kind!r} is the column of the files themselves; give the group or folder another name"
        )
    columns = {name: [own[name] for own in found] for name in found[0]}
    return {**columns, **{name: values for name, values in labels.items() if name not in columns}}, notes


def find_root(
    path: Path, source: Source, tables: list[PurePosixPath], media: Mapping[str, Sequence[PurePosixPath]]
) -> Source | None:
    """The table with the folder that its paths lead from; None where no column of it holds paths of media files.

    Of the tables' own folder, the whole and the one that all media files lie in it is the one in which most of the
    first paths are found. InputError where a path is absolute or leads out of it.
    """
    names = _find_columns(source.table)
    if not names:
        return None
    sample = [value for name in names for value in _take_first(source.table, name)]
    own = {path / table.parent for table in tables}
    everywhere = [str(path / file.parent) for files in media.values() for file in files]
    places = [*(own if len(own) == 1 else []), path, Path(posixpath.commonpath(everywhere))]
    root = max(places, key=lambda place: sum((place / value).is_file() for value in sample))
    for name in names:
        _check_paths(source.table, name, path, root)
    told = [] if root == places[0] else [f"{path}: paths in column {names[0]!r} lead from {root}"]
    return Source(source.table, [*source.notes, *told], root)


def _find_columns(table: pl.LazyFrame) -> list[str]:
    """Columns of which most texts are paths of media files."""
    import polars as pl

    texts = [name for name, dtype in table.collect_schema().items() if dtype == pl.String]
    ends = "|".join(suffix[1:] for known in MEDIA.values() for suffix in known)
    column = pl.selectors.by_name(*texts)
    is_path = column.str.contains(rf"(?i)^[^\n]+\.(?:{ends})$") & ~column.str.contains(r"^[a-zA-Z][\w+.-]*://")
    shares = table.select(is_path.sum() * 2 > column.count()).collect(engine="streaming")
    return [name for name in shares.columns if shares[name].item()]


def _take_first(table: pl.LazyFrame, name: str) -> list[str]:
    import polars as pl

    column = pl.selectors.by_name(name)
    found: list[str] = table.select(column.drop_nulls().head(_SAMPLE)).collect().to_series().to_list()
    return found


def _check_paths(table: pl.LazyFrame, name: str, path: Path, root: Path) -> None:
    """InputError where a path is absolute, or leads out of `root`."""
    import polars as pl

    column = pl.selectors.by_name(name)
    is_odd = column.str.contains(r"^[/\\]|^[a-zA-Z]:|(^|/)\.\.(/|$)")
    odd = table.select(column.filter(is_odd)).collect(engine="streaming").to_series()
    for value in odd:
        if PurePosixPath(value).is_absolute() or PureWindowsPath(value).is_absolute():
            what = "is an absolute path"
        elif posixpath.normpath(value).startswith(".."):
            what = "leads out of the folder"
        else:
            continue
        raise InputError(f"{path}: column {name!r} holds {value!r}, which {what}; write paths as they lead from {root}")

"""Tables in the files of a folder, below each other; names and folders add columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from plumbline.errors import InputError
from plumbline.examples import SPLIT
from plumbline.sources import Source, _fasta, _pattern
from plumbline.sources._levels import LABEL, NAMED, find_keys, find_labels, has_classes
from plumbline.sources._listing import gather_notes, kind_of
from plumbline.split_words import SPELLINGS, find_split
from plumbline.wording import listed

if TYPE_CHECKING:
    import polars as pl

_Values = Mapping[str, str | None]


def read(
    path: Path, files: list[PurePosixPath], pattern: str | None, scratch: Path, read_file: Callable[..., Source]
) -> Source:
    """The tables in files of one kind, one below the other; `read_file` reads one of them.

    Folders key=value and the pattern add columns, train, val and test in names the split, names of FASTA files the
    class. InputError where the files' columns do not agree.
    """
    import polars as pl

    found = [read_file(path / file, scratch=scratch) for file in files]
    tables = [source.table for source in found]
    tables = _add(_add(tables, find_keys(path, files)), _pattern.find_columns(path, files, pattern))
    schemas = [table.collect_schema() for table in tables]
    for file, schema in zip(files, schemas, strict=True):
        _check_columns(path / file, schema, files[0], schemas[0])
    tables = [table.select(pl.selectors.by_name(*schemas[0])) for table in tables]
    if LABEL not in schemas[0]:
        tables = _add(tables, _find_classes(path, files))
    if SPLIT not in schemas[0]:
        tables = _add(tables, _find_splits(path, files))
    return Source(pl.concat(tables, how="vertical"), gather_notes(path, [source.notes for source in found]), path)


def _add(tables: list[pl.LazyFrame], values: Sequence[_Values]) -> list[pl.LazyFrame]:
    """Each table with a text column for each of its values that it lacks."""
    import polars as pl

    return [
        table.with_columns(
            pl.lit(value, dtype=pl.String).alias(name)
            for name, value in own.items()
            if name not in table.collect_schema()
        )
        for table, own in zip(tables, values, strict=True)
    ]


def _check_columns(file: Path, schema: pl.Schema, first: PurePosixPath, expected: pl.Schema) -> None:
    """InputError where a file's columns are not those of the first file; their order is free."""
    missing = [name for name in expected if name not in schema]
    extra = [name for name in schema if name not in expected]
    if missing or extra:
        found = [f"{what} {listed(names, NAMED)}" for what, names in (("lacks", missing), ("adds", extra)) if names]
        raise InputError(f"{file}: {' and '.join(found)}, compared with {first.name}; give all files the same columns")
    for name, dtype in expected.items():
        if schema[name] != dtype:
            raise InputError(f"{file}: column {name!r} is {schema[name]}, in {first.name} {dtype}; write both alike")


def _find_splits(path: Path, files: list[PurePosixPath]) -> list[_Values]:
    """For each file the split that its name or folders say, or none; InputError where only some names say one."""
    splits = [find_split(str(file).removesuffix(file.suffix)) for file in files]
    if not any(splits):
        return [{} for _ in files]
    if silent := [str(file) for file, split in zip(files, splits, strict=True) if split is None]:
        some = "some files' names say train, val or test"
        raise InputError(f"{path}: {some}, but not {listed(silent, NAMED)}; let all names say one of them, or none")
    return [{SPLIT: split} for split in splits]


def _find_classes(path: Path, files: list[PurePosixPath]) -> list[_Values]:
    """For each FASTA file its class: its folder, or else its name without train, val and test; none for other files."""
    if kind_of(files[0]) not in _fasta.SUFFIXES:
        return [{} for _ in files]
    classes = find_labels(path, files)[0][LABEL] if has_classes(files) else [_name_class(file) for file in files]
    return [{LABEL: name} if len(set(classes)) > 1 else {} for name in classes]


def _name_class(file: PurePosixPath) -> str:
    stem = file.name[: file.name.lower().rindex(kind_of(file))]
    words = re.split(r"[^a-zA-Z0-9]+", stem)
    rest = [word for word in words if word.lower() not in SPELLINGS]
    return stem if len(rest) == len(words) else "_".join(rest)

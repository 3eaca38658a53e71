"""Reader of a folder: its files, sorted by name, below each other; names that say train, val, test give a split."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import suffixes
from plumbline.split_words import NAMES, SPELLINGS

if TYPE_CHECKING:
    import polars as pl

SPLIT = "split"
"""Name of the column that says train, val or test."""

_NO_TABLE = re.compile(r"\..*|__pycache__|(readme|license).*|.*\.dvc", re.IGNORECASE)


class Params(Section):
    """No knobs: the files are read with their own reader's."""


def read(path: Path, params: Params, scratch: Path, read_file: Callable[[Path], pl.LazyFrame]) -> pl.LazyFrame:
    """All files in a folder as one table; `read_file` reads one of them.

    InputError where there is none, they are of several kinds, or their columns do not agree.
    """
    import polars as pl

    files = _list_files(path)
    tables = [read_file(file) for file in files]
    schemas = [table.collect_schema() for table in tables]
    for file, schema in zip(files, schemas, strict=True):
        _check_columns(file, schema, files[0], schemas[0])
    tables = [table.select(pl.selectors.by_name(*schemas[0])) for table in tables]
    if SPLIT not in schemas[0]:
        splits = _find_splits(path, files)
        tables = [table.with_columns(**split) for table, split in zip(tables, splits, strict=True)]
    return pl.concat(tables, how="vertical")


def _list_files(path: Path) -> list[Path]:
    """The folder's tables, sorted by name; hidden files, notes and DVC's own are no tables."""
    files = sorted(file for file in path.iterdir() if not _NO_TABLE.fullmatch(file.name))
    if strange := [file.name for file in files if file.is_dir() or file.suffix.lower() not in suffixes()]:
        raise InputError(f"{path}: holds {_list(strange)}; readers take {', '.join(suffixes())} files")
    if not files:
        raise InputError(f"{path}: holds no table; readers take {', '.join(suffixes())} files")
    kinds = sorted({file.suffix.lower() for file in files})
    if len(kinds) > 1:
        raise InputError(f"{path}: holds {' and '.join(kinds)} files; keep one kind in a folder")
    return files


def _check_columns(file: Path, schema: pl.Schema, first: Path, expected: pl.Schema) -> None:
    """InputError where a file's columns are not those of the first file; their order is free."""
    missing = [name for name in expected if name not in schema]
    extra = [name for name in schema if name not in expected]
    if missing or extra:
        found = [f"{what} {_list(names)}" for what, names in (("lacks", missing), ("adds", extra)) if names]
        raise InputError(f"{file}: {' and '.join(found)}, compared with {first.name}; give all files the same columns")
    for name, dtype in expected.items():
        if schema[name] != dtype:
            raise InputError(f"{file}: column {name!r} is {schema[name]}, in {first.name} {dtype}; write both alike")


def _find_splits(path: Path, files: list[Path]) -> list[dict[str, pl.Expr]]:
    """For each file the column that its name gives: none, or `SPLIT`; InputError where only some names say one."""
    import polars as pl

    splits = [_find_split(file) for file in files]
    if not any(splits):
        return [{} for _ in files]
    if silent := [file.name for file, split in zip(files, splits, strict=True) if split is None]:
        some = "some files' names say train, val or test"
        raise InputError(f"{path}: {some}, but not {_list(silent)}; let all names say one of them, or none")
    return [{SPLIT: pl.lit(split)} for split in splits]


def _find_split(file: Path) -> str | None:
    """The split that one word of the file's name says."""
    found = {NAMES[SPELLINGS[word]] for word in re.split("[^a-z]+", file.stem.lower()) if word in SPELLINGS}
    return found.pop() if len(found) == 1 else None


def _list(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")

"""Reader of a folder: its files below each other; train, val, test in names give a split, key=value folders columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from plumbline.errors import InputError
from plumbline.examples import SPLIT
from plumbline.params import Section
from plumbline.sources import Source, suffixes
from plumbline.split_words import NAMES, SPELLINGS
from plumbline.wording import listed

if TYPE_CHECKING:
    import polars as pl

_NO_TABLE = re.compile(
    r"\..*|__pycache__|__MACOSX|_SUCCESS|_(common_)?metadata|(readme|license).*|.*\.dvc", re.IGNORECASE
)
_MISSING = "__HIVE_DEFAULT_PARTITION__"
_PACKED = (".gz", ".zst", ".bz2", ".xz")
_NAMED = 10  # files or columns that a sentence names
_NOTES = 3  # notes of single files that are passed on


class Params(Section):
    """No knobs: the files are read with their own reader's."""


def read(path: Path, params: Params, scratch: Path, read_file: Callable[..., Source]) -> Source:
    """All files in a folder and those below it as one table, sorted by path; `read_file` reads one of them.

    InputError where there is none, they are of several kinds, or their columns do not agree.
    """
    import polars as pl

    files = _list_files(path)
    found = [read_file(file, scratch=scratch) for file in files]
    tables = [_add_keys(source.table, keys) for source, keys in zip(found, _find_keys(path, files), strict=True)]
    schemas = [table.collect_schema() for table in tables]
    for file, schema in zip(files, schemas, strict=True):
        _check_columns(file, schema, files[0], schemas[0])
    tables = [table.select(pl.selectors.by_name(*schemas[0])) for table in tables]
    if SPLIT not in schemas[0]:
        splits = _find_splits(path, files)
        tables = [table.with_columns(**split) for table, split in zip(tables, splits, strict=True)]
    return Source(pl.concat(tables, how="vertical"), _gather(path, [source.notes for source in found]))


def is_no_table(name: str) -> bool:
    """Whether a path in a folder is hidden, a note, or DVC's or another tool's own."""
    return any(_NO_TABLE.fullmatch(part) for part in PurePath(name).parts)


def _list_files(path: Path) -> list[Path]:
    """The folder's tables at any depth, sorted by path; InputError where there is none, or one without a reader."""
    within = [file.relative_to(path) for file in path.rglob("*") if file.is_file()]
    files = [path / file for file in sorted(within, key=lambda file: file.parts) if not is_no_table(str(file))]
    if strange := [str(file.relative_to(path)) for file in files if file.suffix.lower() not in suffixes()]:
        raise InputError(f"{path}: holds {listed(strange, _NAMED)}; readers take {', '.join(suffixes())} files")
    if not files:
        raise InputError(f"{path}: holds no table; readers take {', '.join(suffixes())} files")
    kinds = sorted({_kind(file) for file in files})
    if len(kinds) > 1:
        raise InputError(f"{path}: holds {' and '.join(kinds)} files; keep one kind in a folder")
    return files


def _kind(file: Path) -> str:
    """The suffix that says how the rows are written: .csv for a.csv and a.csv.gz."""
    known = [suffix.lower() for suffix in file.suffixes if suffix.lower() not in _PACKED]
    return known[-1] if known else file.suffix.lower()


def _find_keys(path: Path, files: list[Path]) -> list[dict[str, str | None]]:
    """For each file the values that folders named key=value give; InputError where only some files lie in them."""
    found = []
    for file in files:
        pairs = [part.split("=", 1) for part in file.relative_to(path).parts[:-1] if "=" in part]
        found.append({unquote(key): None if value == _MISSING else unquote(value) for key, value in pairs})
    if any(keys.keys() != found[0].keys() for keys in found):
        wrong = next(file for file, keys in zip(files, found, strict=True) if keys.keys() != found[0].keys())
        raise InputError(f"{wrong}: lies in other key=value folders than {files[0]}; give all files the same keys")
    return found


def _add_keys(table: pl.LazyFrame, keys: dict[str, str | None]) -> pl.LazyFrame:
    """The table with a text column for each key that it lacks."""
    import polars as pl

    known = table.collect_schema()
    return table.with_columns(
        pl.lit(value, dtype=pl.String).alias(key) for key, value in keys.items() if key not in known
    )


def _check_columns(file: Path, schema: pl.Schema, first: Path, expected: pl.Schema) -> None:
    """InputError where a file's columns are not those of the first file; their order is free."""
    missing = [name for name in expected if name not in schema]
    extra = [name for name in schema if name not in expected]
    if missing or extra:
        found = [f"{what} {listed(names, _NAMED)}" for what, names in (("lacks", missing), ("adds", extra)) if names]
        raise InputError(f"{file}: {' and '.join(found)}, compared with {first.name}; give all files the same columns")
    for name, dtype in expected.items():
        if schema[name] != dtype:
            raise InputError(f"{file}: column {name!r} is {schema[name]}, in {first.name} {dtype}; write both alike")


def _find_splits(path: Path, files: list[Path]) -> list[dict[str, pl.Expr]]:
    """For each file the column that its name gives: none, or `SPLIT`; InputError where only some names say one."""
    import polars as pl

    splits = [_find_split(file.relative_to(path)) for file in files]
    if not any(splits):
        return [{} for _ in files]
    if silent := [str(file.relative_to(path)) for file, split in zip(files, splits, strict=True) if split is None]:
        some = "some files' names say train, val or test"
        raise InputError(f"{path}: {some}, but not {listed(silent, _NAMED)}; let all names say one of them, or none")
    return [{SPLIT: pl.lit(split)} for split in splits]


def _find_split(file: Path) -> str | None:
    """The split that one word of the file's name says, or of the folders it lies in."""
    words = re.split("[^a-z]+", str(file).removesuffix(file.suffix).lower())
    found = {NAMES[SPELLINGS[word]] for word in words if word in SPELLINGS}
    return found.pop() if len(found) == 1 else None


def _gather(path: Path, notes: list[list[str]]) -> list[str]:
    """The notes of the files, without end where there are many files."""
    every = [note for told in notes for note in told]
    more = len(every) - _NOTES
    return every if more <= 0 else [*every[:_NOTES], f"{path}: {more:,} more notes on its files are left out"]

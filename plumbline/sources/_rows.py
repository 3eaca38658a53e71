"""Rows as Python makes them -> a table, chunk by chunk through files: what drivers and parsers without Arrow give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError
from plumbline.sources._values import as_text, join_dtypes, make_series

if TYPE_CHECKING:
    import polars as pl

CHUNK = 10_000
"""Rows held in memory at a time."""


def chunked(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """Yield lists of up to `CHUNK` rows."""
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def write_rows(names: list[str], rows: Iterable[Sequence[Any]], scratch: Path, place: str) -> pl.LazyFrame:
    """A table of rows with one value for each name; see `write_chunks`."""
    chunks = (dict(zip(names, zip(*chunk, strict=True), strict=True)) for chunk in chunked(rows))
    return write_chunks(chunks, scratch, place)


def write_chunks(chunks: Iterable[Mapping[str, Sequence[Any]]], scratch: Path, place: str) -> pl.LazyFrame:
    """A table of chunks, each with the values of its columns by name; a column that a chunk lacks is missing there.

    A column of one kind of value keeps it, one of several is text as in a CSV file. InputError without rows, or where
    lists stand among other values.
    """
    import polars as pl

    tables = []
    for i, columns in enumerate(chunks):
        file = scratch / f"{i:06}.parquet"
        pl.DataFrame({name: make_series(name, values, place) for name, values in columns.items()}).write_parquet(file)
        tables.append(pl.scan_parquet(file, glob=False))
    if not tables or not tables[0].collect_schema():
        raise InputError(f"{place}: has no rows; a table has at least one")
    dtypes = _unify(tables, place)
    aligned = [_align(table, dtypes) for table in tables]
    return pl.concat(aligned, how="vertical")


def _unify(tables: list[pl.LazyFrame], place: str) -> dict[str, pl.DataType]:
    """For each column of any table the dtype that all its values fit."""
    import polars as pl

    found: dict[str, list[pl.DataType]] = {}
    for table in tables:
        for name, dtype in table.collect_schema().items():
            found.setdefault(name, []).append(dtype)
    joined = {name: join_dtypes(dtypes, name, place) for name, dtypes in found.items()}
    return {name: pl.List(pl.Float64()) if dtype == pl.List(pl.Null) else dtype for name, dtype in joined.items()}


def _align(table: pl.LazyFrame, dtypes: dict[str, pl.DataType]) -> pl.LazyFrame:
    """The table with all columns, each in its dtype."""
    import polars as pl

    schema = table.collect_schema()
    columns = []
    for name, dtype in dtypes.items():
        if name not in schema:
            columns.append(pl.lit(None, dtype=dtype).alias(name))
            continue
        column = pl.nth(schema.names().index(name))
        columns.append(as_text(column, schema[name]) if dtype == pl.String else column.cast(dtype))
    return table.select(columns)

"""Columns of any dtype -> dtypes that a column type reads, and names that are not empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.sources import Source
from plumbline.sources._names import name_columns

if TYPE_CHECKING:
    import polars as pl


def simplify(source: Source, place: str) -> Source:
    """Structs become a column for each field, Decimals and durations numbers, times of day text; told where it matters.

    Lists and bytes stay: whether a column type reads them is for ingest to say.
    """
    import polars as pl

    table, notes = _take_bytes(source.table, place)
    table = _flatten(table)
    schema = table.collect_schema()
    names, renamed = name_columns(schema.names(), place)
    if names != schema.names():
        table = table.select(pl.nth(i).alias(name) for i, name in enumerate(names))
    changed = {i: new for i, dtype in enumerate(schema.dtypes()) if (new := _simple(pl.nth(i), dtype)) is not None}
    if changed:
        table = table.with_columns(changed.values())
    durations = [name for name, dtype in zip(names, schema.dtypes(), strict=True) if dtype == pl.Duration]
    notes += renamed
    notes += [f"{place}: column {name!r} holds durations and is read as seconds" for name in durations]
    return Source(table, source.notes + notes, source.root)


def _take_bytes(table: pl.LazyFrame, place: str) -> tuple[pl.LazyFrame, list[str]]:
    """The table with the bytes of files that stand in structs beside their paths, as Hugging Face's datasets have."""
    import polars as pl

    file = pl.Struct({"bytes": pl.Binary, "path": pl.String})
    names = [name for name, dtype in table.collect_schema().items() if dtype == file]
    if not names:
        return table, []
    files = pl.selectors.by_name(*names).struct.field("bytes").name.keep()
    return table.with_columns(files), [
        f"{place}: column {name!r} holds files and their paths; the files are read" for name in names
    ]


def _flatten(table: pl.LazyFrame) -> pl.LazyFrame:
    """The table with a column `a.b` for each field b of a struct a, however deep."""
    import polars as pl

    while structs := [name for name, dtype in table.collect_schema().items() if dtype == pl.Struct]:
        table = table.unnest(pl.selectors.by_name(*structs), separator=".")
    return table


def _simple(column: pl.Expr, dtype: pl.DataType) -> pl.Expr | None:
    import polars as pl

    if dtype == pl.Decimal:  # by its digits, as a CSV file has them: the nearest float
        return column.cast(pl.String).cast(pl.Float64)
    if isinstance(dtype, pl.Array):
        return column.cast(_as_list(dtype))
    if dtype == pl.Time:
        return column.cast(pl.String)
    if dtype == pl.Duration:
        return column.dt.total_microseconds().cast(pl.Float64).map_batches(_as_seconds, return_dtype=pl.Float64)
    if dtype in (pl.Int128, pl.UInt128):
        return column.cast(pl.Float64)
    return None


def _as_list(dtype: pl.DataType) -> pl.DataType:
    """Lists of any length in place of arrays of one length, however deep."""
    import polars as pl

    return pl.List(_as_list(dtype.inner)) if isinstance(dtype, pl.Array) else dtype  # type: ignore[arg-type]


def _as_seconds(microseconds: pl.Series) -> pl.Series:
    """By numpy: polars multiplies by a reciprocal, and rounds some of a column's values otherwise than others."""
    import polars as pl

    return pl.Series(microseconds.to_numpy() / 1e6, nan_to_null=True)

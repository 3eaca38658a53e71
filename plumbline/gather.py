"""Gather: many columns of numbers, named by a pattern, become one column of series."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from plumbline import gaps
from plumbline.errors import InputError, hint
from plumbline.examples import columns_of
from plumbline.sources import Source
from plumbline.wording import listed, quoted

if TYPE_CHECKING:
    import polars as pl

    from plumbline.params import Ingest

_KEY = "params.yaml: ingest.gather"


def gather_columns(source: Source, ingest: Ingest) -> Source:
    """The table with a column, List(Float64), in place of the columns whose whole names match each pattern.

    Its values stand in the order of the numbers in the names, or else of the table. InputError where a pattern matches
    nothing, a target or a column that another one has, or where a value is no number.
    """
    import polars as pl

    if not ingest.gather:
        return source
    names = source.table.collect_schema().names()
    found = {name: _find(name, pattern, names, ingest) for name, pattern in ingest.gather.items()}
    _check_names(found, names, ingest)
    first = {columns[0]: name for name, columns in found.items()}
    gathered = {column for columns in found.values() for column in columns}
    numbers = _as_numbers(source.table, gathered, ingest.source)
    kept = [
        pl.concat_list(numbers[column] for column in found[first[name]]).alias(first[name])
        if name in first
        else pl.selectors.by_name(name)
        for name in names
        if name in first or name not in gathered
    ]
    notes = [f"{ingest.source}: {_describe(columns)} are gathered into {name!r}" for name, columns in found.items()]
    return Source(source.table.select(kept), [*source.notes, *notes], source.root)


def _find(name: str, pattern: str, names: list[str], ingest: Ingest) -> list[str]:
    """The columns that a pattern matches, in the order of the numbers in their names where all have equally many."""
    try:
        found = [column for column in names if re.fullmatch(pattern, column)]
    except re.error as error:
        raise InputError(f"{_KEY}.{name}: is no regular expression ({error}); mend it") from None
    if not found:
        raise InputError(f"{_KEY}.{name}: {pattern!r} matches no column of {ingest.source}; {hint(pattern, names)}")
    numbers = {column: [int(digits) for digits in re.findall(r"\d+", column)] for column in found}
    lengths = {len(number) for number in numbers.values()}
    return sorted(found, key=numbers.__getitem__) if lengths != {0} and len(lengths) == 1 else found


def _check_names(found: dict[str, list[str]], names: list[str], ingest: Ingest) -> None:
    """InputError where a column is gathered twice or is a target, or a gathered one has the name of another."""
    taken: dict[str, str] = {}
    for name, columns in found.items():
        for column in columns:
            if column in ingest.targets:
                raise InputError(f"{_KEY}.{name}: matches the target {column!r}; let it match features only")
            if column in taken:
                raise InputError(f"{_KEY}.{name}: matches {column!r}, as {taken[column]} does; let one of them")
            taken[column] = name
    for name in found:
        if name in names and name not in taken:
            raise InputError(f"{_KEY}.{name}: {ingest.source} has a column of that name; give it another")


def _as_numbers(table: pl.LazyFrame, columns: set[str], place: str) -> dict[str, pl.Expr]:
    """Each column as Float64, texts that stand for a missing value as null; InputError at the first that is neither."""
    import polars as pl

    schema = table.collect_schema()
    for name in schema.names():
        if name in columns and not (schema[name].is_numeric() or schema[name] in (pl.String, pl.Null)):
            raise InputError(
                f"{_KEY}: column {name!r} of {place} is stored as {schema[name]}; only numbers are gathered"
            )
    texts = [name for name in schema.names() if name in columns and schema[name] == pl.String]
    if texts:
        _check_texts(table, texts, place)
    plain = {name: pl.selectors.by_name(name) for name in columns}
    return {
        name: (column.str.strip_chars() if name in texts else column).cast(pl.Float64, strict=False)
        for name, column in plain.items()
    }


def _check_texts(table: pl.LazyFrame, names: list[str], place: str) -> None:
    import polars as pl

    column = pl.selectors.by_name(*names)
    is_number = column.str.strip_chars().cast(pl.Float64, strict=False).is_not_null()
    odd = column.filter(~is_number & ~gaps.is_sign(column)).first()
    found = table.select(odd).collect(engine="streaming")
    for name, values in columns_of(found):
        if len(values) and values[0] is not None:
            raise InputError(
                f"{_KEY}: column {name!r} of {place} holds {quoted(values[0])}, which is no number; mend it"
            )


def _describe(columns: list[str]) -> str:
    return listed(columns, 3) if len(columns) < 5 else f"{len(columns):,} columns, {columns[0]} to {columns[-1]},"

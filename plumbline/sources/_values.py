"""Python values -> a Series of one dtype: values of one kind keep it, values of several are text as in a CSV file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError

if TYPE_CHECKING:
    import polars as pl

_NUMBERS = {int, float, Decimal}
_WHOLE = 1e15  # whole floats up to here are written without an exponent


def join_dtypes(dtypes: Iterable[pl.DataType], name: str, place: str) -> pl.DataType:
    """The dtype that values of all these fit; InputError where lists or bytes stand among others."""
    import polars as pl

    kinds = {dtype for dtype in dtypes if dtype != pl.Null}
    for join in ({pl.Int64(), pl.Float64()}, {pl.Date(), pl.Datetime("us")}):
        if kinds == join:
            return pl.Float64() if pl.Float64() in join else pl.Datetime("us")
    empty = pl.List(pl.Null())  # of lists that are all empty, which go with any others
    if empty in kinds and all(dtype.is_nested() for dtype in kinds):
        kinds = kinds - {empty} or {empty}
    if len(kinds) > 1 and any(dtype.is_nested() or dtype == pl.Binary for dtype in kinds):
        raise InputError(f"{place}: column {name!r} mixes lists or bytes with other values; write them alike")
    return pl.String() if len(kinds) > 1 else kinds.pop() if kinds else pl.String()


def as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Any scalar as a CSV file has it: 3 for 3.0, true, 2020-01-31."""
    import polars as pl

    if dtype != pl.Float64:
        return column.cast(pl.String)
    is_whole = (column == column.floor()) & (column.abs() < _WHOLE)
    return pl.when(is_whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))


def make_series(name: str, values: Sequence[Any], place: str) -> pl.Series:
    """One column (N,); its kinds of values are few, so that all of a kind are made at once."""
    import polars as pl

    makers = {kind: _find_maker(kind) for kind in set(map(type, values)) if kind is not type(None)}
    if not makers:
        return pl.Series(name, [None] * len(values), dtype=pl.Null)
    parts = []
    for make in dict.fromkeys(makers[kind] for kind in makers):
        own = [value if makers.get(type(value)) is make else None for value in values] if len(makers) > 1 else values
        try:
            parts.append(make(own))
        except UnicodeEncodeError:  # JSON can write it
            raise InputError(
                f"{place}: column {name!r} holds half a surrogate pair, which is no text; mend it"
            ) from None
    dtype = join_dtypes([part.dtype for part in parts], name, place)
    texts = [as_text(pl.lit(part), part.dtype) if dtype == pl.String else pl.lit(part).cast(dtype) for part in parts]
    return pl.select(pl.coalesce(texts).alias(name)).to_series()


_Maker = Callable[[Sequence[Any]], "pl.Series"]


def _find_maker(kind: type) -> _Maker:
    """How values of a Python type become a Series; what has no own way is written as text."""
    return next((make for known, make in _MAKERS.items() if issubclass(kind, known)), _make_texts)


def _make_booleans(values: Sequence[Any]) -> pl.Series:
    import polars as pl

    return pl.Series(values, dtype=pl.Boolean)


def _make_integers(values: Sequence[Any]) -> pl.Series:
    """Int64, or Float64 where one is too large."""
    import polars as pl

    if all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pl.Series(values, dtype=pl.Int64)
    return _make_floats(values)


def _make_floats(values: Sequence[Any]) -> pl.Series:
    """Float64; a Decimal as the nearest one, NaN as missing."""
    import polars as pl

    return pl.Series([None if value is None else _as_float(value) for value in values], dtype=pl.Float64).fill_nan(None)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond the largest float, which a CSV file's reader takes for infinite
        return float("inf") if value > 0 else float("-inf")


def _make_texts(values: Sequence[Any]) -> pl.Series:
    import polars as pl

    return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)


def _make_datetimes(values: Sequence[Any]) -> pl.Series:
    """Datetime("us"), in UTC where they have a zone."""
    import polars as pl

    naive = [value if value is None or value.tzinfo is None else value.astimezone(UTC) for value in values]
    return pl.Series([value and value.replace(tzinfo=None) for value in naive], dtype=pl.Datetime("us"))


def _make_dates(values: Sequence[Any]) -> pl.Series:
    import polars as pl

    return pl.Series(values, dtype=pl.Date)


def _make_durations(values: Sequence[Any]) -> pl.Series:
    import polars as pl

    return pl.Series(values, dtype=pl.Duration("us"))


def _make_bytes(values: Sequence[Any]) -> pl.Series:
    import polars as pl

    return pl.Series([None if value is None else bytes(value) for value in values], dtype=pl.Binary)


def _make_lists(values: Sequence[Any]) -> pl.Series:
    """List of Float64 or of String, or List of List of Float64; lists of anything else as JSON text."""
    import polars as pl

    lists = [None if value is None else list(value) for value in values]
    kinds = _kinds_in(lists)
    if not kinds:
        return pl.Series(lists, dtype=pl.List(pl.Null))
    if kinds <= _NUMBERS:
        return pl.Series([_as_floats(items) for items in lists], dtype=pl.List(pl.Float64))
    if kinds <= {str}:
        return pl.Series(lists, dtype=pl.List(pl.String))
    if kinds <= {list, tuple} and all(_kinds_in(items) <= _NUMBERS for items in lists if items):
        nested = [None if items is None else [_as_floats(item) for item in items] for items in lists]
        return pl.Series(nested, dtype=pl.List(pl.List(pl.Float64)))
    return _make_json(lists)


def _kinds_in(lists: Iterable[Sequence[Any] | None]) -> set[type]:
    """Types of the items in lists, None left out."""
    return {type(item) for items in lists if items for item in items} - {type(None)}


def _as_floats(items: Sequence[Any] | None) -> list[float | None] | None:
    return None if items is None else [None if item is None else _as_float(item) for item in items]


def _make_json(values: Sequence[Any]) -> pl.Series:
    return _make_texts(
        [None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in values]
    )


_MAKERS: dict[type, _Maker] = {
    bool: _make_booleans,
    int: _make_integers,
    float: _make_floats,
    Decimal: _make_floats,
    str: _make_texts,
    datetime: _make_datetimes,
    date: _make_dates,
    time: _make_texts,
    timedelta: _make_durations,
    bytes: _make_bytes,
    bytearray: _make_bytes,
    memoryview: _make_bytes,
    list: _make_lists,
    tuple: _make_lists,
    dict: _make_json,
}
"""In order: a bool is an int, and a datetime is a date."""


def narrow_floats(table: pl.LazyFrame) -> pl.LazyFrame:
    """The table with Int64 for each Float64 column of whole numbers: formats that know only floats cannot tell."""
    import polars as pl

    names = [name for name, dtype in table.collect_schema().items() if dtype == pl.Float64]
    if not names:
        return table
    floats = pl.selectors.by_name(*names)
    is_whole = ((floats == floats.floor()) & (floats.abs() < _WHOLE)).all()
    found = table.select(is_whole).collect(engine="streaming").row(0)
    whole = [name for name, is_narrow in zip(names, found, strict=True) if is_narrow]
    return table.with_columns(pl.selectors.by_name(*whole).cast(pl.Int64)) if whole else table

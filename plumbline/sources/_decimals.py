"""Numbers written as 1.234,56 -> 1234.56, in the columns that write them so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_SIGN, _EXPONENT = r"^[+-]?", r"(?:[eE][+-]?\d+)?$"
_WHOLE = r"(?:\d{1,3}(?:\.\d{3})+|\d*)"  # dots between thousands, or none
_NUMBER = rf"{_SIGN}{_WHOLE}(?:,\d+)?{_EXPONENT}"
_WITH_COMMA = rf"{_SIGN}{_WHOLE},\d+{_EXPONENT}"
# 1,234 may be a thousand written with an English comma; in these numbers it can only be a decimal one.
_SURE = "|".join(
    _SIGN + number + _EXPONENT
    for number in (
        r"(?:\d{4,}|0?),\d+",  # 1234,5 and 0,5
        r"\d{1,3},(?:\d{1,2}|\d{4,})",  # 1,5, but not 1,234
        r"\d{1,3}(?:\.\d{3})+,\d+",  # 1.234,5
    )
)
_ENGLISH = "|".join(
    _SIGN + number + "$"
    for number in (
        r"(?:\d{4,}|0?)\.\d+",  # 1234.5 and 0.5
        r"\d{1,3}\.(?:\d{1,2}|\d{4,})",  # 1.5, but not 1.234
        r"\d*\.\d+[eE][+-]?\d+",
        r"\d{1,3}(?:,\d{3})+\.\d*",  # 1,234.5
        r"\d{1,3}(?:,\d{3}){2,}",  # 1,234,567
    )
)


def replace_commas(table: pl.LazyFrame, decimal: str, separator: str) -> pl.LazyFrame:
    """Write the numbers of String columns with a dot, where `decimal` is "," or the column shows that it is.

    auto: not where commas separate the cells; else a column has decimal commas when some number in it has one and none
    is written the English way. With a separator other than ";", which stands where commas are taken, one number must
    show that its comma is not one between thousands.
    """
    import polars as pl

    if decimal == "." or (decimal == "auto" and separator == ","):
        return table
    n_columns = len(table.collect_schema())
    positions = range(n_columns) if decimal == "," else _recognise(table, n_columns, separator)
    return table.with_columns(_replace(pl.nth(position)) for position in positions)


def _recognise(table: pl.LazyFrame, n_columns: int, separator: str) -> list[int]:
    """Positions of the columns whose numbers have decimal commas."""
    import polars as pl

    shown = pl.all().str.contains(_WITH_COMMA if separator == ";" else _SURE).any().name.prefix("0")
    denied = pl.all().str.contains(_ENGLISH).any().name.prefix("1")
    found = table.select(shown, denied).collect(engine="streaming").row(0)
    return [i for i in range(n_columns) if found[i] and not found[n_columns + i]]


def _replace(cells: pl.Expr) -> pl.Expr:
    import polars as pl

    dotted = cells.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return pl.when(cells.str.contains(_NUMBER)).then(dotted).otherwise(cells)

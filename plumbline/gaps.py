"""Gaps: texts and numbers that stand for a missing value, found column by column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

# Never a value of its own.
_SIGNS = ("?", "??", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "null", "(null)", "#null!", "\\n")
# A value like any other in a category, where a missing value has an id of its own too, so that keeping it costs
# nothing; a missing value among numbers, dates, yes and no.
_WORDS = (
    *("none", "unknown", "missing", "unspecified", "undefined", "undetermined", "not available", "not applicable"),
    *("not known", "no data", "n.k.", "nil", "tbd", "empty", "blank", "-", "--", "---", "–", "—", ".", "..", "..."),
)
_FAR_AWAY = tuple(float(sign + digit * n) for n in range(2, 10) for digit in "98" for sign in ("", "-"))
_OFTEN = 3
_FACTOR = 5  # ranges of the other values that a positive number must be away from them


def may_hold_any(table: pl.DataFrame) -> dict[str, bool]:
    """For each column of texts, whether any of them may stand for a missing value: one look at many columns."""
    import polars as pl

    known = ("", *_SIGNS, *_WORDS)
    found = table.select(pl.selectors.string().str.strip_chars().str.to_lowercase().is_in(known).any())
    return dict(zip(found.columns, found.row(0), strict=True)) if found.columns else {}


def is_sign(column: pl.Expr) -> pl.Expr:
    """Whether texts stand for a missing value in any column."""
    return column.str.strip_chars().str.to_lowercase().is_in(("", *_SIGNS))


def find_signs(values: pl.Series) -> pl.Series:
    """Distinct texts of (N,) that stand for a missing value in any column: ?, NA, null, white space and their like."""
    return _find_texts(values, ("", *_SIGNS))


def find_words(values: pl.Series) -> pl.Series:
    """Distinct texts of (N,) that may stand for a missing value: unknown, none, - (not beside +), and their like."""
    words = _find_texts(values, _WORDS)
    return words.filter(~words.str.contains(r"^\s*-+\s*$")) if len(words) and (values == "+").any() else words


def _find_texts(values: pl.Series, known: Sequence[str]) -> pl.Series:
    """Distinct texts, in order of appearance, that are among `known` but for case and white space around them."""
    import polars as pl

    if values.dtype != pl.String:
        return values.clear()
    is_known = values.str.strip_chars().str.to_lowercase().is_in(known) & (values != "")
    return values.filter(is_known).unique(maintain_order=True)


def find_given(values: pl.Series, given: Sequence[str | float]) -> pl.Series:
    """Distinct values of (N,) that params.yaml names: equal as texts without white space around them, or as numbers."""
    import polars as pl

    distinct = values.drop_nulls().unique(maintain_order=True)
    if not (distinct.dtype == pl.String or distinct.dtype.is_numeric()):
        return distinct.clear()
    texts = distinct.cast(pl.String).str.strip_chars()
    numbers = [number for number in map(_as_number, given) if number is not None]
    same = texts.is_in([str(value) for value in given]) | texts.cast(pl.Float64, strict=False).is_in(numbers)
    return distinct.filter(same.fill_null(False))


def _as_number(value: str | float) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def find_numbers(values: pl.Series) -> list[float]:
    """Numbers like -999 in (N,) Float64 that stand for a missing value, by three signs together.

    One is of nines or eights, at least two digits; three rows or more have it; and it lies outside the other values: a
    negative one below values that are never negative or further away than their range, a positive one five ranges away.
    """
    if not values.is_in(_FAR_AWAY).any():
        return []
    counts = values.drop_nulls().rename("value").value_counts(sort=False).sort("value")
    is_code = counts["value"].is_in(_FAR_AWAY) & (counts["count"] >= _OFTEN)
    rest = counts.filter(~is_code)["value"]
    if not is_code.any() or rest.n_unique() < 2:
        return []
    low, high = float(rest[0]), float(rest[-1])
    return [code for code in counts.filter(is_code)["value"].to_list() if _is_far(code, low, high)]


def _is_far(code: float, low: float, high: float) -> bool:
    spread = high - low
    if not math.isfinite(spread):
        return False
    if code < 0:
        return code < low and (low >= 0 or low - code > spread)
    return code - high > _FACTOR * spread

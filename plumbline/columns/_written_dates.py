"""Dates written as 29.02.2024, 2/29/24 or 29 Feb 2024 10:15 -> ISO text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from plumbline.columns._form import Form
from plumbline.errors import InputError

if TYPE_CHECKING:
    import polars as pl

_DAY_FIRST = tuple(f"%d{sign}%m{sign}{year}" for year in ("%Y", "%y") for sign in "/.-")
_MONTH_FIRST = tuple(f"%m{sign}%d{sign}{year}" for year in ("%Y", "%y") for sign in "/-")
_YEAR_FIRST = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d")
_WITH_WORDS = ("%d %B %Y", "%d-%B-%Y", "%d-%B-%y", "%B %d, %Y", "%B %d %Y")
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_FORMATS = tuple(date + time for time in _TIMES for date in (*_YEAR_FIRST, *_DAY_FIRST, *_MONTH_FIRST, *_WITH_WORDS))
_LOOK = re.compile(r"\s*\d{1,4}[-/. ](\d|[A-Za-z]{3})|\s*[A-Za-z]{3,9} \d{1,2},? \d{4}")
_SAMPLE = 200
_ISO = "%Y-%m-%dT%H:%M:%S"


def find_form(values: pl.Series) -> Form | None:
    """How the dates in (N,) String are written; None where none of its first texts looks like one.

    Where day and month can be told apart in no row, the reading that sorts the file wins, else the day comes first.
    """
    present = values.drop_nulls().str.strip_chars()
    distinct = present.unique(maintain_order=True)
    if not any(_LOOK.match(text) for text in distinct.head(20)):
        return None
    formats = [form for form in _FORMATS if _count(distinct.head(_SAMPLE), form)]
    whole = [form for form in formats if _count(distinct, form) == len(distinct)]
    if whole:
        form, said = _choose(whole, present)
        return Form("dates", said, len(present), lambda column: _plain(column, [form]))
    return _combine(formats, distinct, len(present))


def given_form(values: pl.Series, form: str, name: str) -> Form:
    """The dates in (N,) String by the format that params.yaml names; InputError where it reads none."""
    present = values.drop_nulls().str.strip_chars()
    n_read = _count(present, form)
    if len(present) and not n_read:
        raise InputError(
            f"params.yaml: ingest.formats.{name}: is {form!r}, which reads none of {len(present):,} texts, the "
            f"first is {present[0]!r}; '%d/%m/%Y' would read 29/02/2024"
        )
    return Form("", f"are dates as {form}", n_read, lambda column: _plain(column, [form]))


def _read(form: str) -> Callable[[pl.Expr], pl.Expr]:
    """Texts -> Datetime by one format; a year of less than four digits is none for %Y."""
    import polars as pl

    def read(texts: pl.Expr) -> pl.Expr:
        found = texts.str.to_datetime(form, strict=False, time_unit="us")
        return pl.when(found.dt.year() >= 1000).then(found)

    return read


def _values(texts: pl.Series, form: str) -> pl.Series:
    import polars as pl

    return pl.select(_read(form)(pl.lit(texts))).to_series()


def _count(texts: pl.Series, form: str) -> int:
    return _values(texts, form).count()


def _choose(whole: list[str], texts: pl.Series) -> tuple[str, str]:
    """Among formats that read every text the one to take, and what is said of it."""
    day = [form for form in whole if form.startswith(_DAY_FIRST)]
    month = [form for form in whole if form.startswith(_MONTH_FIRST)]
    if not (day and month):
        return whole[0], f"are dates as {whole[0]}"
    sorted_ = [_values(texts, form).is_sorted() for form in (day[0], month[0])]
    first, other = (month[0], day[0]) if sorted_ == [False, True] else (day[0], month[0])
    why = "the file is in that order" if True in sorted_ and sorted_[0] != sorted_[1] else "the day mostly comes first"
    return first, f"could be dates as {first} or as {other}, taken as {first} because {why}"


def _combine(formats: list[str], distinct: pl.Series, n_present: int) -> Form | None:
    """Several formats that together read all texts, no text in two ways; a Form without a way where one has two."""
    import polars as pl

    read = {form: _values(distinct, form) for form in formats}
    chosen: list[str] = []
    left = pl.repeat(True, len(distinct), eager=True)
    while left.any() and (rest := [form for form in formats if (read[form].is_not_null() & left).any()]):
        best = max(rest, key=lambda form: (read[form].is_not_null() & left).sum())
        chosen.append(best)
        left = left & read[best].is_null()
    if left.any() or len(chosen) < 2:
        return None
    listed = " and ".join(chosen)
    pairs = [(one, other) for one in chosen for other in chosen if one < other]
    if any(
        (read[one].is_not_null() & read[other].is_not_null() & (read[one] != read[other])).any() for one, other in pairs
    ):
        return Form("dates", f"are dates as {listed}, some of which can be read both ways", n_present, None)
    return Form("dates", f"are dates in several formats, {listed}", n_present, lambda column: _plain(column, chosen))


def _plain(column: pl.Expr, formats: list[str]) -> pl.Expr:
    import polars as pl

    texts = column.str.strip_chars()
    return pl.coalesce(*(_read(form)(texts).dt.to_string(_ISO) for form in formats), column)

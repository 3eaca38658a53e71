"""What one column's values are: unreadable, mixed, infinite, in an odd form, or stand for a missing value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from plumbline.findings.finding import Action, Finding
from plumbline.wording import counted, listed, quoted

if TYPE_CHECKING:
    import polars as pl

    from plumbline.columns._form import Form
    from plumbline.recognition import Reading

_FEW_CLASSES = 10  # distinct texts that are classes rather than numbers gone wrong
_FEW_NUMBERS = 0.1
_MOST_COMPARED = 10_000
_NAMED = 4
_AMONG = {"number": " among numbers", "datetime": " among dates", "boolean": " among yes and no"}
_TYPE = "another type can be named in ingest.columns"


def examine(name: str, values: pl.Series, cleaned: pl.Series, reading: Reading) -> Iterator[Finding]:
    """Findings on the raw values (N,) of a column and on what its type reads in them."""
    taken = _where(values, reading.missing)
    yield from _tell_gaps(name, values, taken, reading)
    yield from _tell_suspected(name, values, reading)
    yield from _find_lost(name, values, values.is_not_null() & cleaned.is_null() & ~taken, reading)
    if reading.form is not None:
        yield from _tell_form(name, values, reading.form)
    elif reading.kind == "category":
        yield from _find_mixed(name, values, ~taken)
        yield from _find_alike(name, cleaned)


def _where(values: pl.Series, listed_values: tuple[str | float, ...]) -> pl.Series:
    """Rows (N,) Boolean that hold one of some values."""
    import polars as pl

    if not listed_values:
        return pl.repeat(False, len(values), eager=True)
    return values.is_in(pl.Series(listed_values, dtype=values.dtype).implode()).fill_null(False)


def _tell(name: str, values: pl.Series, where: pl.Series, kind: str, action: Action, what: str) -> Finding:
    """A finding on the rows (N,) where something is."""
    rows = tuple(where.arg_true().head(5).to_list())
    return Finding(kind, name, int(where.sum()), f"column {quoted(name)}: {what}", action, rows)


def _tell_gaps(name: str, values: pl.Series, taken: pl.Series, reading: Reading) -> Iterator[Finding]:
    if taken.any():
        where = _AMONG.get(reading.kind, "")
        change = f"ingest.missing.values can say otherwise, as {quoted(name, 24)}: []"
        what = f"{_count(values.filter(taken))}{where} counts as missing; {change}"
        yield _tell(name, values, taken, "missing", "missing", what)


def _tell_suspected(name: str, values: pl.Series, reading: Reading) -> Iterator[Finding]:
    where = _where(values, reading.suspected)
    if where.any():
        change = f"ingest.missing.values can say otherwise, as {quoted(name, 24)}: [{quoted(reading.suspected[0])}]"
        what = f"{_count(values.filter(where))} may stand for a missing value; kept as a category; {change}"
        yield _tell(name, values, where, "suspected missing", "kept", what)


def _count(values: pl.Series) -> str:
    """Distinct values, the most frequent first, and how often each occurs: '?' (12 times), 'NA' (once)."""
    counts = values.rename("value").value_counts(sort=False).sort(["count", "value"], descending=[True, False])
    shown = [quoted(value) if isinstance(value, str) else f"{value:g}" for value in counts["value"]]
    often = ["once" if n == 1 else f"{n:,} times" for n in counts["count"]]
    return listed([f"{value} ({times})" for value, times in zip(shown, often, strict=True)], _NAMED)


def _find_lost(name: str, values: pl.Series, lost: pl.Series, reading: Reading) -> Iterator[Finding]:
    """Values that are there, and more than blanks, but missing once cleaned: infinite ones, and others."""
    import polars as pl

    if values.dtype == pl.String:
        lost = lost & (values.str.strip_chars() != "").fill_null(False)
    if not lost.any():
        return
    if reading.kind == "number":
        infinite = lost & values.cast(pl.Float64, strict=False).is_infinite().fill_null(False)
        lost = lost & ~infinite
        if n := int(infinite.sum()):
            are = "is infinite and counts" if n == 1 else "are infinite and count"
            change = "mend the source to change it"
            yield _tell(
                name, values, infinite, "infinity", "missing", f"{counted(n, 'value')} {are} as missing; {change}"
            )
    if n := int(lost.sum()):
        are = f"is no {reading.kind} and counts" if n == 1 else f"are no {reading.kind} and count"
        first = quoted(values.filter(lost)[0])
        what = f"{counted(n, 'value')} {are} as missing, the first is {first}; {_TYPE}"
        yield _tell(name, values, lost, "unreadable", "missing", what)


def _tell_form(name: str, values: pl.Series, form: Form) -> Iterator[Finding]:
    texts = f"column {quoted(name)}: {counted(form.n_read, 'text')} as {quoted(values.drop_nulls()[0])} {form.said}"
    if form.kind == "number text":
        what = f"{texts}; read as numbers; ingest.columns can keep the texts, as {quoted(name, 24)}: category"
        yield Finding(form.kind, name, form.n_read, what, "read")
    if form.kind == "dates":
        done = "kept as a category" if form.plain is None else "read as dates"
        what = f"{texts}; {done}; ingest.formats can name one, as {quoted(name, 24)}: '%m/%d/%Y'"
        yield Finding(form.kind, name, form.n_read, what, "kept" if form.plain is None else "read")


def _find_mixed(name: str, values: pl.Series, is_value: pl.Series) -> Iterator[Finding]:
    """Numbers among texts: half or more are numbers, or hardly any is."""
    import polars as pl

    if values.dtype != pl.String or values.n_unique() <= _FEW_CLASSES:
        return
    present = (is_value & (values.str.strip_chars() != "")).fill_null(False)
    is_number = values.cast(pl.Float64, strict=False).is_not_null()
    n_present, n_numbers = int(present.sum()), int((is_number & present).sum())
    if not 0 < n_numbers < n_present or _FEW_NUMBERS * n_present < n_numbers < n_present / 2:
        return
    many = n_numbers >= n_present / 2
    odd = present & ~is_number if many else present & is_number
    n = int(odd.sum())
    found = f"{counted(n_present - n, 'number')} and {counted(n, 'other text')}" if many else ""
    found = found or f"{counted(n, 'number')} among {counted(n_present - n, 'other text')}"
    what = f"{found}, the first is {quoted(values.filter(odd)[0])}; kept as a category; {_TYPE}"
    yield _tell(name, values, odd, "mixed", "kept", what)


def _find_alike(name: str, cleaned: pl.Series) -> Iterator[Finding]:
    """Categories that differ in case, white space or punctuation at their end only."""
    import polars as pl

    distinct = cleaned.drop_nulls().unique().sort()
    if not 2 <= len(distinct) <= _MOST_COMPARED:
        return
    bare = distinct.str.to_lowercase().str.replace_all(r"[\s_-]+", " ").str.replace(r"[\s.,;:!]+$", "")
    table = pl.DataFrame({"value": distinct, "bare": bare}).filter(bare != "")
    groups = table.group_by("bare", maintain_order=True).agg("value").filter(pl.col("value").list.len() > 1)
    if len(groups):
        pairs = [" and ".join(quoted(word, 24) for word in found) for found in groups["value"].to_list()]
        what = f"column {quoted(name)}: {listed(pairs, 3)} look alike; kept apart; mend the source to join them"
        yield Finding("alike", name, int(groups["value"].list.len().sum()), what, "kept")

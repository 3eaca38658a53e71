"""Recognition: a column's type with the reason, how its texts are read, and what in them stands for a missing value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from plumbline import gaps, plugins
from plumbline.columns import _written_dates, is_content
from plumbline.errors import InputError
from plumbline.examples import ROW, SPLIT, Column, Role, columns_of, in_groups, named
from plumbline.findings import content
from plumbline.split_words import SPELLINGS

if TYPE_CHECKING:
    import polars as pl

    from plumbline.columns._form import Form
    from plumbline.findings.finding import Finding
    from plumbline.params import Ingest

_LONG_VALUES = 1000
_UNSURE = 0.6  # a type as sure as this gives way to one that reads every text in another form


@dataclass(frozen=True)
class Reading:
    """A type, why, the form that texts are written in where `clean` cannot read it, and what counts as missing."""

    kind: str
    why: str
    form: Form | None = None
    missing: tuple[str | float, ...] = ()
    suspected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Typed:
    """A column, why it has its type, how it is read, whether params.yaml names its type, and what was noticed."""

    column: Column
    why: str
    reading: Reading = field(default_factory=lambda: Reading("", ""))
    is_named: bool = False
    is_whole: bool = False
    findings: tuple[Finding, ...] = ()

    def clean(self, dtype: pl.DataType) -> pl.Expr:
        """The column, stored as `dtype`, in its type's dtype."""
        expression = _plain(named(self.column.name), dtype, self.reading)
        return _cleaner(self.column.type, dtype)(expression).alias(self.column.name)


def _cleaner(kind: str, dtype: pl.DataType) -> Callable[[pl.Expr], pl.Expr]:
    """What reads a column stored as `dtype`: its type's `clean`; the path of an image's file stays a path for now."""
    import polars as pl

    module = plugins.load("columns", kind)
    if getattr(module, "FILES", False) and dtype == pl.String:
        module = plugins.load("columns", "category")
    clean: Callable[[pl.Expr], pl.Expr] = module.clean
    return clean


def _plain(column: pl.Expr, dtype: pl.DataType, reading: Reading) -> pl.Expr:
    """A column without what counts as missing, its texts as `clean` reads them."""
    import polars as pl

    if reading.missing:
        column = pl.when(~column.is_in(pl.Series(reading.missing, dtype=dtype).implode())).then(column)
    if reading.form is not None and reading.form.plain is not None:
        column = reading.form.plain(column)
    return column


@dataclass(frozen=True)
class Asked:
    """What params.yaml says of one column."""

    name: str
    is_target: bool
    kind: str | None
    format: str | None
    missing: list[str | float] | None
    finds_missing: bool
    is_gathered: bool


def type_columns(table: pl.LazyFrame, ingest: Ingest) -> list[Typed]:
    """Type and role of every column, some columns in memory at a time."""
    names = [name for name in table.collect_schema().names() if name != ROW]
    typed: list[Typed] = []
    for group in _in_groups(table, names):
        holds_gaps = gaps.may_hold_any(group)
        for name, values in columns_of(group):
            if name in ingest.drop:
                typed.append(Typed(Column(name, "", "dropped"), "named in ingest.drop"))
            else:
                typed.append(_type_column(values, _ask(name, ingest), holds_gaps.get(name, False)))
    places = {name: place for place, name in enumerate(names)}
    return sorted(typed, key=lambda item: places[item.column.name])


def _in_groups(table: pl.LazyFrame, names: list[str]) -> Iterator[pl.DataFrame]:
    """Yield columns, whole; of those whose values may be long, as images and lists, the first thousand rows."""
    import polars as pl

    schema = table.collect_schema()
    long = [name for name in names if schema[name] == pl.Binary or schema[name].is_nested()]
    yield from in_groups(table, [name for name in names if name not in long])
    for name in long:
        yield table.select(named(name)).head(_LONG_VALUES).collect()


def _ask(name: str, ingest: Ingest) -> Asked:
    missing = ingest.missing
    is_gathered = name in ingest.gather and name not in ingest.columns
    kind, form = "series" if is_gathered else ingest.columns.get(name), ingest.formats.get(name)
    return Asked(name, name in ingest.targets, kind, form, missing.values.get(name), missing.auto, is_gathered)


def _type_column(values: pl.Series, asked: Asked, holds_gaps: bool) -> Typed:
    reading = _read(values, asked, holds_gaps)
    role: Role = "target" if asked.is_target else "feature"
    if asked.name == SPLIT and not asked.is_target and _says_split(values):
        role, reading = "split", replace(reading, why="says which split each row belongs to")
    cleaned = _clean(values, reading, asked)
    found = () if is_content(reading.kind) else tuple(content.examine(asked.name, values, cleaned, reading))
    is_named = asked.kind is not None or asked.format is not None
    column = Column(asked.name, reading.kind, role)
    return Typed(column, reading.why, reading, is_named, _is_whole(values, reading), found)


def _read(values: pl.Series, asked: Asked, holds_gaps: bool) -> Reading:
    """The type of the values, and what among them is missing: as given in params.yaml, else by its looks."""
    if asked.missing is not None:
        return _without(values, gaps.find_given(values, asked.missing), asked)
    as_is = _decide(values, asked)
    if not asked.finds_missing or is_content(as_is.kind):
        return as_is
    reading = _without_texts(values, asked) if holds_gaps else as_is
    return _without_codes(values, reading, asked) if reading.kind == "number" else reading


def _without_texts(values: pl.Series, asked: Asked) -> Reading:
    """How the values are read where texts in them stand, or may stand, for a missing value."""
    signs, words = gaps.find_signs(values), gaps.find_words(values)
    reading = _without(values, signs, asked)
    if not len(words):
        return reading
    bare = _without(values, signs.append(words), asked)
    is_class = bare.kind == "category" or (asked.is_target and bare.kind == "boolean")
    return replace(reading, suspected=tuple(words)) if is_class else bare


def _without(values: pl.Series, missing: pl.Series, asked: Asked) -> Reading:
    """How the values are read once some of them are missing."""
    if not len(missing):
        return _decide(values, asked)
    rest = values.set(values.is_in(missing.implode()), None)
    return replace(_decide(rest, asked), missing=tuple(missing))


def _without_codes(values: pl.Series, reading: Reading, asked: Asked) -> Reading:
    """A number column's reading, where numbers as -999 stand for a missing value without these."""
    import polars as pl

    numbers = _clean(values, reading, asked)
    codes = gaps.find_numbers(numbers)
    if not codes:
        return reading
    raw = values.filter(numbers.is_in(codes)).unique(maintain_order=True)
    known = pl.Series(reading.missing, dtype=values.dtype)
    return _without(values, known.append(raw), asked)


def _decide(values: pl.Series, asked: Asked) -> Reading:
    """Type and form of the values, as named in params.yaml or recognised."""
    import polars as pl

    is_text = values.dtype == pl.String
    if asked.format is not None and is_text:
        form = _written_dates.given_form(values, asked.format, asked.name)
        return Reading("datetime", "its format is named in ingest.formats", form)
    if asked.kind is not None:
        return _decide_named(values, asked.kind, asked)
    kind, why, sure = _recognise(values, asked)
    for other in plugins.names("columns") if is_text and sure <= _UNSURE else []:
        found = _find_form(values, other)
        if found and found.n_read == values.count():
            return Reading(other if found.plain else kind, f"its values {found.said}", found)
    return Reading(kind, why)


def _decide_named(values: pl.Series, kind: str, asked: Asked) -> Reading:
    """The form of a column whose type is named, where its texts have one that reads more of them."""
    import polars as pl

    reading = Reading(kind, "gathered by ingest.gather" if asked.is_gathered else "named in ingest.columns")
    found = _find_form(values, kind) if values.dtype == pl.String else None
    better = found and found.plain and found.n_read > _clean(values, reading, asked).count()
    return replace(reading, form=found) if better else reading


def _find_form(values: pl.Series, kind: str) -> Form | None:
    module = plugins.load("columns", kind)
    return module.find_form(values) if hasattr(module, "find_form") else None


def _recognise(values: pl.Series, asked: Asked) -> tuple[str, str, float]:
    scored = {name: module.recognise(values, asked.is_target) for name, module in plugins.load_all("columns").items()}
    kind = max(scored, key=lambda name: scored[name][0])
    sure, why = scored[kind]
    if sure == 0:
        raise InputError(
            f"column {asked.name!r}: is stored as {values.dtype}, which no column type reads; "
            "name it in ingest.drop, or its type in ingest.columns"
        )
    return kind, why, sure


def _says_split(values: pl.Series) -> bool:
    """Whether the values are train, val and test."""
    import polars as pl

    return values.dtype == pl.String and set(values.str.to_lowercase()) <= set(SPELLINGS)


def _clean(values: pl.Series, reading: Reading, asked: Asked) -> pl.Series:
    """The values as their type reads them; InputError where it cannot read the way they are stored."""
    import polars as pl

    try:
        plain = _plain(pl.lit(values), values.dtype, reading)
        return pl.select(_cleaner(reading.kind, values.dtype)(plain)).to_series()
    except pl.exceptions.PolarsError:
        raise InputError(
            f"params.yaml: ingest.columns.{asked.name}: is {reading.kind}, which cannot read what is stored as "
            f"{values.dtype}; name the column in ingest.drop"
        ) from None


def _is_whole(values: pl.Series, reading: Reading) -> bool:
    """Whether numbers are stored or written as whole ones."""
    import polars as pl

    if values.dtype == pl.String:
        return reading.kind == "number" and not values.str.contains(r"[.eE]").any()
    return values.dtype.is_integer()

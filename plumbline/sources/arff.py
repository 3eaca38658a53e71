"""Reader of .arff files (Weka): the types that it declares are the columns', sparse rows are filled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source, _encoding
from plumbline.sources._rows import write_rows
from plumbline.sources._values import narrow_floats

if TYPE_CHECKING:
    import polars as pl

_DATE = re.compile(r"""(@attribute\s+(?:'[^']*'|"[^"]*"|\S+)\s+)date\b(.*)""", re.IGNORECASE)
_QUOTED = re.compile(r"""^(["'])(.*)\1$""")
_PLACE = re.compile(r",? (at|in) line -?\d+")
_ISO = "yyyy-MM-dd'T'HH:mm:ss"
_FIELDS = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S", "'T'": "T", "yy": "%y"}
_TEXT = "string"


class Params(Section):
    """Knobs of the reader."""

    encoding: str = "auto"
    """auto, or an encoding by Python's name for it, as cp1252."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file: numeric as numbers, nominal as categories, date as Datetime; InputError by line."""
    import arff

    file, notes = _encoding.read_as_utf8(path, params.encoding, "ingest.arff.encoding", scratch)
    with file.open(encoding="utf-8") as text:
        lines = _Lines(text, path)
        try:
            document = arff.load(lines, return_type=arff.DENSE_GEN)
            attributes = document["attributes"]
            names = [name for name, _ in attributes]
            table = write_rows(names, document["data"], scratch, str(path))
        except arff.ArffException as error:
            reason = _PLACE.sub("", str(error)).strip().rstrip(".")
            raise InputError(f"{path}: line {lines.number}: is no ARFF ({reason}); mend it") from None
    _check_dates(table, {names[i]: form for i, form in lines.formats.items()}, path)
    typed = [_type(name, kind, lines.formats.get(i)) for i, (name, kind) in enumerate(attributes)]
    return Source(narrow_floats(table.select(typed)), notes)


class _Lines:
    """The lines of a file, with dates declared as texts, which liac-arff can read, and counted, which it does not do.

    `formats` are those of the dates by the number of their attribute from 0, `number` is the line from 1 read last.
    """

    def __init__(self, text: Iterable[str], path: Path) -> None:
        self.text, self.path = text, path
        self.formats: dict[int, str] = {}
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        index = 0
        for line in self.text:
            self.number += 1
            is_attribute = line.lstrip().lower().startswith("@attribute")
            found = _DATE.match(line.strip()) if is_attribute else None
            if found:
                self.formats[index] = _translate(_QUOTED.sub(r"\2", found[2].strip()) or _ISO, self.path)
            index += is_attribute
            yield f"{found[1]}{_TEXT}\n" if found else line


def _check_dates(table: pl.LazyFrame, formats: dict[str, str], path: Path) -> None:
    """InputError where a date is not in the format that its attribute declares."""
    import polars as pl

    for name, form in formats.items():
        text = pl.col(name)
        wrong = text.filter(text.is_not_null() & text.str.to_datetime(form, strict=False).is_null())
        if len(found := table.select(wrong.head(1)).collect()):
            raise InputError(
                f"{path}: attribute {name!r} has {found.item()!r}, which is not in its date format; mend it"
            )


def _translate(java: str, path: Path) -> str:
    """A date format of Java as one of polars."""
    pattern = re.compile("|".join(_FIELDS))
    form = pattern.sub(lambda found: _FIELDS[found[0]], java)
    if re.search("[A-Za-z]", re.sub("%.|T", "", form)):
        raise InputError(f"{path}: has the date format {java!r}; formats of {', '.join(_FIELDS)} are read")
    return form


def _type(name: str, kind: Any, form: str | None) -> pl.Expr:
    """The column in its declared type; words that are numbers keep being words."""
    import polars as pl

    column = pl.col(name)
    if form is not None:
        return column.str.to_datetime(form, time_unit="us")
    if isinstance(kind, list):
        is_code = any(re.fullmatch(r"[+-]?[\d.]+", word) for word in kind)
        return column.cast(pl.String).cast(pl.Enum(list(dict.fromkeys(kind)))) if is_code else column.cast(pl.String)
    return column.cast(pl.String) if kind.lower() == _TEXT else column.cast(pl.Float64)

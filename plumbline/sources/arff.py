"""Reader of .arff files (Weka): the types that it declares are the columns', sparse rows are filled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source, _encoding
from plumbline.sources._names import name_columns
from plumbline.sources._rows import write_rows
from plumbline.sources._values import narrow_floats

if TYPE_CHECKING:
    import polars as pl

_DATE = re.compile(r"""(@attribute\s+(?:'[^']*'|"[^"]*"|\S+)\s+)date\b(.*)""", re.IGNORECASE)
_QUOTED = re.compile(r"""^(["'])(.*)\1$""")
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
    formats: dict[int, str] = {}
    with file.open(encoding="utf-8") as text:
        try:
            lines = _replace_dates(text, formats, path)
            document = arff.load(lines, return_type=arff.DENSE_GEN)
            attributes = document["attributes"]
            names, renamed = name_columns([name for name, _ in attributes], str(path))
            table = write_rows(names, document["data"], scratch, str(path))
        except arff.ArffException as error:
            reason = str(error).strip().rstrip(".")
            raise InputError(f"{path}: is no ARFF ({reason}); mend it") from None
    typed = [
        _type(name, kind, formats.get(i)) for i, (name, (_, kind)) in enumerate(zip(names, attributes, strict=True))
    ]
    return Source(narrow_floats(table.select(typed)), [*notes, *renamed])


def _replace_dates(lines: Iterator[str], formats: dict[int, str], path: Path) -> Iterator[str]:
    """Yield the lines with dates declared as texts, which liac-arff can read; put their formats into `formats`."""
    index = 0
    for line in lines:
        if not line.lstrip().lower().startswith("@attribute"):
            yield line
            continue
        if found := _DATE.match(line.strip()):
            formats[index] = _translate(_QUOTED.sub(r"\2", found[2].strip()) or _ISO, path)
            line = f"{found[1]}{_TEXT}\n"
        index += 1
        yield line


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

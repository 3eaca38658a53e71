"""Text tables: what their readers share, from the bytes of a file to String columns with missing cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from plumbline.params import Section
from plumbline.sources import Source, _blanks, _decimals, _dialect, _encoding, _lines

if TYPE_CHECKING:
    import polars as pl

_NO_VALUE = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "?")
"""Cells that say nothing of whether the first row is a header."""


class TextParams(Section):
    """What the readers of text tables have in common."""

    quote: str | None = Field("auto", pattern="^(auto|[\"'])$")
    """The sign around cells that hold the separator: auto, " or '; null: quotes are text like any other."""
    encoding: str = "auto"
    """auto, or an encoding by Python's name for it, as cp1252."""
    decimal: Literal["auto", ".", ","] = "auto"
    """The sign before a number's decimals."""
    names: list[str] | None = Field(None, min_length=1)
    """Column names of a file without a header; null: the first line is the header."""
    missing: list[str] = Field([""])
    """Cells read as missing in every column; `ingest.missing` is about what else stands for a missing value."""


def read_separated(path: Path, params: TextParams, separator: str, scratch: Path, blanks: bool = False) -> Source:
    """The table in a file, all columns String; InputError where it is empty, ragged or not in its encoding.

    `separator` is one character, "whitespace" for runs of blanks, or "auto"; `blanks`: auto may find such runs.
    """
    knobs = find_knobs(path)
    file, notes = _encoding.read_as_utf8(path, params.encoding, f"{knobs}.encoding", scratch)
    is_found = separator == "auto" and blanks and _blanks.separate(file, params.quote)
    if is_found or separator == "whitespace":
        notes += (
            [f"{path}: blanks are taken for separators; set {knobs}.separator if that is wrong"] if is_found else []
        )
        quote = '"' if params.quote == "auto" else params.quote
        tidy = _blanks.write_tidy(file, quote, scratch / f"{path.name}.cells")
        return read_lines(_lines.Text(path, tidy, _lines.TIDY, knobs), params, " ", scratch, notes)
    text = _lines.Text(path, file, _dialect.recognise(file, separator, params.quote), knobs)
    return read_lines(text, params, text.dialect.separator, scratch, notes)


def read_lines(text: _lines.Text, params: TextParams, separator: str, scratch: Path, notes: list[str]) -> Source:
    """The table in a text whose dialect is known; `separator` is the one between cells in the file itself."""
    header = _lines.find_header(text, params.names, [*_NO_VALUE, *params.missing])
    table = blank_missing(_lines.scan_rows(text, header, scratch), params.missing)
    return Source(_decimals.replace_commas(table, params.decimal, separator), [*notes, *header.notes])


def blank_missing(table: pl.LazyFrame, missing: list[str]) -> pl.LazyFrame:
    """The table, text without white space around it, and none where it is one of `missing`."""
    import polars as pl

    text = pl.selectors.string()
    table = table.with_columns(text.str.strip_chars())
    return table.with_columns(pl.when(~text.is_in(missing)).then(text)) if missing else table


def find_knobs(path: Path) -> str:
    """The key in params.yaml of the knobs of a file's reader."""
    return f"ingest.{path.suffix[1:].lower()}"

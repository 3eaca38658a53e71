"""Reader of .csv files: String columns, missing cells as null; separator, quotes, encoding and decimals recognised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from plumbline.params import Section
from plumbline.sources import _decimals, _dialect, _encoding, _lines

if TYPE_CHECKING:
    import polars as pl


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


class Params(TextParams):
    """Knobs of the reader."""

    separator: str = Field("auto", pattern="^(auto|[\t !#-&(-~])$")
    """The sign between cells, or auto."""


def read(path: Path, params: Params, scratch: Path) -> pl.LazyFrame:
    """The table in a file, all columns String; InputError where it is empty, ragged or not in its encoding."""
    return read_text(path, params, params.separator, scratch)


def read_text(path: Path, params: TextParams, separator: str, scratch: Path) -> pl.LazyFrame:
    """Like `read`, with the separator given or "auto"."""
    import polars as pl

    reader = f"ingest.{path.suffix[1:].lower()}"
    file = _encoding.read_as_utf8(path, params.encoding, f"{reader}.encoding", scratch)
    text = _lines.Text(path, file, _dialect.recognise(file, separator, params.quote), reader)
    header = _lines.find_header(text, params.names)
    table = _lines.scan_rows(text, header, scratch)
    table = table.select(pl.all().str.strip_chars())
    if params.missing:
        table = table.select(pl.when(~pl.all().is_in(params.missing)).then(pl.all()))
    return _decimals.replace_commas(table, params.decimal, text.dialect.separator)

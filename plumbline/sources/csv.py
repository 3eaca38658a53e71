"""Reader of .csv files: String columns, missing cells as null; separator, quotes, encoding and decimals recognised."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from plumbline.sources import Source, _text


class Params(_text.TextParams):
    """Knobs of the reader."""

    separator: str = Field("auto", pattern="^(auto|whitespace|[\t !#-&(-~])$")
    """The sign between cells, whitespace for runs of blanks, or auto."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file, all columns String; InputError where it is empty, ragged or not in its encoding."""
    return _text.read_separated(path, params, params.separator, scratch)

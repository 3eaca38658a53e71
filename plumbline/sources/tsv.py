"""Reader of .tsv files: like .csv, with a tab between cells."""

from __future__ import annotations

from pathlib import Path

from plumbline.sources import Source, _text


class Params(_text.TextParams):
    """Knobs of the reader."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file, all columns String; InputError where it is empty, ragged or not in its encoding."""
    return _text.read_separated(path, params, "\t", scratch)

"""Reader of .txt files: like .csv, with runs of blanks recognised as separators too."""

from __future__ import annotations

from pathlib import Path

from plumbline.sources import Source, _text, csv


class Params(csv.Params):
    """Knobs of the reader."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file, all columns String; InputError where it is empty, ragged or not in its encoding."""
    return _text.read_separated(path, params, params.separator, scratch, blanks=True)

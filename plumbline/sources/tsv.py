"""Reader of .tsv files: like .csv, with a tab between cells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from plumbline.sources import csv

if TYPE_CHECKING:
    import polars as pl


class Params(csv.TextParams):
    """Knobs of the reader."""


def read(path: Path, params: Params, scratch: Path) -> pl.LazyFrame:
    """The table in a file, all columns String; InputError where it is empty, ragged or not in its encoding."""
    return csv.read_text(path, params, "\t", scratch)

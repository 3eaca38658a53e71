"""Tables whose cells stand apart by blanks -> the same with commas and quotes, line by line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from plumbline.sources import _dialect

_SAMPLE = 1_000  # lines that runs of blanks are recognised from


def separate(file: Path, quote: str | None) -> bool:
    """Whether runs of blanks separate the cells of a UTF-8 file: lines have equally many words, no sign does better."""
    lines = list(_read_lines(file, _SAMPLE))
    widths = {len(_split(line, '"' if quote == "auto" else quote)) for line in lines if line.strip()}
    if len(widths) != 1 or widths == {1}:
        return False
    dialect = _dialect.recognise(file, "auto", quote)
    try:
        cells = [cell.strip() for _, row in dialect.parse(iter(lines)) for cell in row]
    except _dialect.MalformedError:
        return True
    # A single other sign may stand in every line, as the tab before a quoted name: then cells hold runs of blanks.
    return dialect.separator == _dialect.NONE or any("  " in cell for cell in cells)


def write_tidy(file: Path, quote: str | None, copy: Path) -> Path:
    """Write each line's words as a row with commas, empty lines as empty ones, so that line numbers stay."""
    return write_rows((_split(line, quote) for line in _read_lines(file)), copy)


def write_rows(rows: Iterator[list[str]], copy: Path) -> Path:
    """Write a line with commas for each row, an empty one for a row without cells."""
    with copy.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        for row in rows:
            writer.writerow(row)
    return copy


def _read_lines(file: Path, stop: int | None = None) -> Iterator[str]:
    with file.open(encoding="utf-8") as text:
        yield from islice(text, stop)


def _split(line: str, quote: str | None) -> list[str]:
    """Words of a line; quoted words may hold blanks."""
    blank = " ".join(line.split("\t")).strip()
    if quote is None or quote not in blank:
        return blank.split()
    try:
        return next(csv.reader([blank], delimiter=" ", quotechar=quote, skipinitialspace=True, strict=True), [])
    except csv.Error:  # a quote within a word is text, as in 5"
        return blank.split()

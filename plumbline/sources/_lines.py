"""The lines of a text table: checked, and rewritten where polars would read them otherwise."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from plumbline.errors import InputError
from plumbline.sources._dialect import Dialect, MalformedError
from plumbline.sources._header import Header, choose_header, is_blank

if TYPE_CHECKING:
    import polars as pl

TIDY = Dialect(separator=",", quote='"')
"""How rewritten rows are divided."""

_SAMPLE = 1_000  # rows that a header is told from


@dataclass(frozen=True)
class Text:
    """A text table: its path as the user knows it, a file with the same in UTF-8, how its lines are divided."""

    path: Path
    file: Path
    dialect: Dialect
    knobs: str
    """The key of its reader's knobs in params.yaml."""

    def parse(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line from 1, fields) of every row but empty lines; InputError where quotes are wrong."""
        with self.file.open(encoding="utf-8", newline="") as text:
            try:
                yield from self.dialect.parse(text)
            except MalformedError as error:
                mend = f"{error}, or set {self.knobs}.quote: null in params.yaml"
                raise InputError(f"{self.path}: line {error.line}: {mend}") from None


def find_header(text: Text, given: list[str] | None, missing: list[str]) -> Header:
    """The names given, or those in the first row, or column_1 … where that is one of data; see `choose_header`."""
    rows = ((line, row) for line, row in text.parse() if not is_blank(row))
    return choose_header(list(islice(rows, _SAMPLE)), given, missing, str(text.path), f"{text.knobs}.names")


def scan_rows(text: Text, header: Header, scratch: Path) -> pl.LazyFrame:
    """The rows as String columns, cells as they stand; InputError at the first row with another number of cells."""
    n_lines = _count_plain(text, len(header.names))
    if n_lines is None:
        file, n_rows = _write_tidy(text, header, scratch)
        table = _scan(file, TIDY, header.names, 0, n_rows)
    else:
        n_before = header.line
        n_rows = n_lines - n_before
        table = _scan(text.file, text.dialect, header.names, n_before, n_rows)
    if n_rows == 0:
        raise InputError(f"{text.path}: has a header but no rows; a table has at least one")
    return table


def _count_plain(text: Text, n_fields: int) -> int | None:
    """Number of lines where each one is a row of `n_fields` cells that polars reads as the csv module does, else None.

    Empty lines may follow the last row.
    """
    import polars as pl

    line = pl.col("line")
    is_row = line != ""
    is_plain = _fits(line, text.dialect, n_fields) & ~line.str.contains("\r", literal=True)
    lines = pl.scan_lines(text.file, row_index_name="i", glob=False)
    found = lines.select(is_plain.filter(is_row).all(), n=is_row.sum(), end=pl.col("i").filter(is_row).max() + 1)
    plain, n, end = found.collect(engine="streaming").row(0)
    return int(n) if plain and n == end else None


def _fits(line: pl.Expr, dialect: Dialect, n_fields: int) -> pl.Expr:
    """Whether a line has `n_fields` cells, each without a quote or quoted as a whole."""
    import polars as pl

    def has_width(line: pl.Expr) -> pl.Expr:
        if n_fields == 1:  # white space above the header would be taken for it
            return (line.str.strip_chars() != "") & ~line.str.contains(dialect.separator, literal=True)
        return line.str.count_matches(dialect.separator, literal=True) == n_fields - 1

    if dialect.quote is None:
        return has_width(line)
    s, q = (f"\\x{{{ord(sign):x}}}" for sign in (dialect.separator, dialect.quote))
    cell = f"(?:[^{q}{s}]*|{q}(?:[^{q}]|{q}{q})*{q})"
    is_whole = line.str.contains(f"^{cell}(?:{s}{cell})*$")
    without_quoted = line.str.replace_all(f"{q}[^{q}]*{q}", "")
    is_quoted = line.str.contains(dialect.quote, literal=True)
    return pl.when(is_quoted).then(is_whole & has_width(without_quoted)).otherwise(has_width(line))


def _write_tidy(text: Text, header: Header, scratch: Path) -> tuple[Path, int]:
    """Write the rows in the `TIDY` dialect; return the file and their number."""
    file, n_rows = scratch / f"{text.path.name}.tidy", 0
    with file.open("w", encoding="utf-8", newline="") as copy:
        writer = csv.writer(copy, delimiter=TIDY.separator, quotechar=TIDY.quote, lineterminator="\n")
        for row in _check_rows(text, header):
            writer.writerow(row)
            n_rows += 1
    return file, n_rows


def _check_rows(text: Text, header: Header) -> Iterator[list[str]]:
    """Yield the rows after the header; InputError at the first that has not one cell for each name."""
    n_names = len(header.names)
    for line, row in text.parse():
        if line <= header.line:
            continue
        if len(row) == n_names:
            yield row
        elif not is_blank(row):
            width = f"the header has {n_names}" if header.line else f"{text.knobs}.names has {n_names}"
            fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
            raise InputError(f"{text.path}: line {line} has {fields}, {width}; quote the separator or mend the line")


def _scan(file: Path, dialect: Dialect, names: list[str], n_before: int, n_rows: int) -> pl.LazyFrame:
    import polars as pl

    return pl.scan_csv(
        file,
        has_header=False,
        skip_rows=n_before,
        n_rows=n_rows,
        schema=dict.fromkeys(names, pl.String),
        separator=dialect.separator,
        quote_char=dialect.quote,
        empty_string_is_null=False,
        glob=False,
    )

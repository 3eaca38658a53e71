"""A text table's separator and quotes, recognised or given."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SAMPLE = 1 << 16  # bytes that a dialect is recognised from
_CHUNK = 1 << 20  # bytes searched at a time, and the longest line looked at
_CELL = 1 << 24  # characters of the longest cell; the csv module's own limit is 131,072
_SEPARATORS = (",", ";", "\t", "|")
NONE = "\x1f"
"""Separator of a table with one column: no text holds it."""


class MalformedError(Exception):
    """Quotes against the rules in the row that begins at `line`; the text says which rule and what would be right."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line


class UnclosedError(MalformedError):
    """A quote that is not closed at the end of the text."""


@dataclass(frozen=True)
class Dialect:
    """How a line is divided into fields; `quote` is None where quotes are text like any other."""

    separator: str
    quote: str | None

    def parse(self, text: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
        """Yield (line from 1, fields) of every row but empty lines; MalformedError where quotes are wrong.

        A file must be opened with newline="".
        """
        csv.field_size_limit(_CELL)
        line, rows = 1, self._read(text)
        try:
            for row in rows:
                if row:
                    yield line, row
                line = rows.line_num + 1
        except csv.Error as error:
            raise _explain(line, str(error)) from None

    def _read(self, text: Iterable[str]) -> Any:
        return csv.reader(
            text,
            delimiter=self.separator,
            quotechar=self.quote,
            quoting=csv.QUOTE_NONE if self.quote is None else csv.QUOTE_MINIMAL,
            skipinitialspace=self.separator != " ",  # white space around cells is no content, and a quote may follow
            strict=True,
        )


def _explain(line: int, error: str) -> MalformedError:
    if "expected after" in error:
        return MalformedError(line, "text follows a closing quote; double the quotes inside a cell")
    if "unexpected end" in error:
        return UnclosedError(line, "a quote is opened and never closed; close it")
    return MalformedError(line, f"a cell has more than {_CELL:,} characters; close its quote")


def recognise(path: Path, separator: str, quote: str | None) -> Dialect:
    """The dialect of a UTF-8 file; `separator` and `quote` hold unless they are "auto"."""
    if separator == "auto":
        separator = _recognise_separator(path, '"' if quote == "auto" else quote)
    if quote == "auto":
        quote = _recognise_quote(path, separator)
    return Dialect(separator, quote)


def _recognise_separator(path: Path, quote: str | None) -> str:
    import clevercsv

    sample, is_cut = _read_sample(path, 0)
    found = clevercsv.Sniffer().sniff(sample, delimiters=list(_SEPARATORS))
    likeliest = str(found.delimiter or NONE) if found else NONE
    # Cells of several lines mislead clevercsv now and then; rows of equal width do not.
    for separator in (likeliest, *_SEPARATORS):
        widths = _measure(sample, is_cut, Dialect(separator, quote))
        if widths and _agree(widths) and widths[0] > 1:
            return separator
    # A separator that the first row lacks is punctuation: `text\nhello, you\n` has one column.
    widths = _measure(sample, is_cut, Dialect(likeliest, quote))
    return NONE if widths and widths[0] == 1 else likeliest


def _recognise_quote(path: Path, separator: str) -> str | None:
    """The kind of quotes under which the sample's rows have equally many fields; the usual one where none does.

    clevercsv's answer is not used: in tables with one column it takes quotes for text.
    """
    sample, is_cut = _read_sample(path, _find_quote(path))
    usual, bare, single = (_measure(sample, is_cut, Dialect(separator, quote)) for quote in ('"', None, "'"))
    # Lines that agree as they are, but that quotes would join, are messages with a quote here and there.
    joined = usual is not None and bare and _agree(bare) and bare[0] > 1 and len(bare) > len(usual)
    if _agree(usual) and not joined:
        return '"'
    if _agree(bare):
        return None
    return "'" if _agree(single) else '"'


def _agree(widths: list[int] | None) -> bool:
    return widths is not None and len(set(widths)) <= 1


def _measure(sample: str, is_cut: bool, dialect: Dialect) -> list[int] | None:
    """Numbers of fields of the sample's whole rows; None where it breaks the dialect's rules."""
    rows = []
    try:
        for _, row in dialect.parse(io.StringIO(sample, newline="")):
            rows.append(row)
    except MalformedError as error:
        if not (is_cut and isinstance(error, UnclosedError)):
            return None
    return [len(row) for row in rows if len(row) > 1 or row[0].strip()] or [1] * len(rows)


def _find_quote(path: Path) -> int:
    """Offset of the line with the first double quote; 0 without one."""
    start = line = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            quote = chunk.find(b'"')
            end = chunk.rfind(b"\n", 0, quote if quote >= 0 else None)
            line = start + end + 1 if end >= 0 else line
            if quote >= 0:
                return line
            start += len(chunk)
    return 0


def _read_sample(path: Path, start: int) -> tuple[str, bool]:
    """Whole lines from an offset on, two at least, and whether more follow."""
    with path.open("rb") as file:
        file.seek(start)
        sample = file.read(_SAMPLE) + file.readline(_CHUNK) + file.readline(_CHUNK)
        is_cut = bool(file.read(1))
    return sample.decode("utf-8", errors="ignore"), is_cut

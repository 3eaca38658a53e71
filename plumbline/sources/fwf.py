"""Reader of .fwf files: columns of fixed width, given or found from blanks that are aligned in every line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field

from plumbline.errors import InputError
from plumbline.sources import Source, _blanks, _encoding, _lines, _text

_Span = tuple[int, int]


class Params(_text.TextParams):
    """Knobs of the reader."""

    quote: None = None
    """null: quotes are text like any other."""
    widths: list[Annotated[int, Field(gt=0)]] | None = Field(None, min_length=1)
    """Characters of each column; null: a column ends where every line has a blank."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file, all columns String; InputError where it is empty or a line is longer than the widths."""
    knobs = _text.find_knobs(path)
    file, notes = _encoding.read_as_utf8(path, params.encoding, f"{knobs}.encoding", scratch)
    spans = _find_spans(file) if params.widths is None else list(pairwise(accumulate(params.widths, initial=0)))
    rows = _cut(file, spans, path, params.widths is not None)
    tidy = _blanks.write_rows(rows, scratch / f"{path.name}.cells")
    return _text.read_lines(_lines.Text(path, tidy, _lines.TIDY, knobs), params, " ", scratch, notes)


def _read_lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as text:
        for line in text:
            yield line.rstrip("\n").expandtabs()


def _find_spans(file: Path) -> list[_Span]:
    """Beginnings and ends of the runs of characters that are no blank in some line."""
    filled: set[int] = set()
    for line in _read_lines(file):
        filled.update(i for i, sign in enumerate(line) if not sign.isspace())
    begins = sorted(i for i in filled if i - 1 not in filled)
    ends = sorted(i + 1 for i in filled if i + 1 not in filled)
    return list(zip(begins, ends, strict=True))


def _cut(file: Path, spans: list[_Span], path: Path, is_given: bool) -> Iterator[list[str]]:
    """Yield the cells of every line, none for an empty one."""
    for number, line in enumerate(_read_lines(file), start=1):
        if is_given and len(line.rstrip()) > spans[-1][1]:
            place = f"{path}: line {number} has {len(line.rstrip())} characters"
            raise InputError(f"{place}, ingest.fwf.widths cover {spans[-1][1]}; mend one of them")
        yield [line[begin:end].strip() for begin, end in spans] if line.strip() else []

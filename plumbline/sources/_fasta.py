"""FASTA files: named sequences, a header that begins with > above each one's lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source, _encoding, _rows
from plumbline.sources._levels import LABEL
from plumbline.wording import quoted

SUFFIXES = (".fa", ".faa", ".fasta", ".fna")
"""Suffixes of FASTA files: of anything, nucleic acids or amino acids."""

_LABEL = re.compile(r"(?:^|[\s|;,\[])(?:label|class)=([^\s|;,\]]+)", re.IGNORECASE)


class Params(Section):
    """Knobs of the reader."""

    encoding: str = "auto"
    """Of names: auto, or an encoding by Python's name for it, as cp1252."""


@dataclass(frozen=True)
class _Headers:
    """What all headers of a file have: a label, and fields between | by their number from 0."""

    is_labelled: bool
    fields: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        return [*(f"field_{number + 1}" for number in self.fields), *([LABEL] if self.is_labelled else [])]

    def read(self, header: str) -> list[str]:
        parts, label = header.split("|"), _LABEL.search(header)
        return [*(parts[number].strip() for number in self.fields), *([label[1]] if self.is_labelled and label else [])]


def read(path: Path, params: Params, scratch: Path) -> Source:
    """A row for each sequence: `id` is the header's first word, `sequence` its lines joined, letters as they stand.

    Where all headers have label=… or class=…, column `label`; where all have as many fields between |, columns
    `field_2` on. InputError by line where text stands before the first header, or a header has no sequence.
    """
    file, notes = _encoding.read_as_utf8(path, params.encoding, f"ingest.{path.suffix[1:].lower()}.encoding", scratch)
    with file.open(encoding="utf-8") as lines:
        headers, beyond = _survey(line[1:].strip() for line in lines if line.startswith(">"))
    with file.open(encoding="utf-8") as lines:
        rows = ([header.split()[0], sequence, *headers.read(header)] for header, sequence in _each(path, lines))
        table = _rows.write_rows(["id", "sequence", *headers.names], rows, scratch, str(path))
    if beyond is not None:
        more = f"{quoted(beyond)} and its like are read up to the first blank"
        notes = [*notes, f"{path}: {more}; label=… in all headers, or fields between |, would be read"]
    return Source(table, notes)


def _survey(headers: Iterable[str]) -> tuple[_Headers, str | None]:
    """What all headers have, and the first one with words that are not read."""
    widths, is_labelled, beyond = set[int](), True, None
    of_labels: set[int] | None = None
    for header in headers:
        parts = header.split("|")
        widths.add(len(parts))
        own = {number for number, part in enumerate(parts) if _LABEL.search(part)}
        is_labelled = is_labelled and bool(own)
        of_labels = own if of_labels is None else of_labels & own
        if beyond is None and len(_LABEL.sub("", header).split()) > 1:
            beyond = header
    if len(widths) != 1 or widths == {1}:
        return _Headers(is_labelled and bool(widths), ()), beyond
    fields = (number for number in range(1, widths.pop()) if number not in (of_labels or ()))
    return _Headers(is_labelled, tuple(fields)), None


def _each(path: Path, lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield headers and sequences; a line that begins with ; is a comment."""
    header, parts, begin = "", list[str](), 0
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line.startswith(">"):
            if begin:
                yield header, _join(path, begin, header, parts)
            header, parts, begin = line[1:].strip(), [], number
            if not header:
                raise InputError(f"{path}: line {number}: has no name after >; give the sequence one")
        elif line and not begin:
            raise InputError(f"{path}: line {number}: {quoted(line)} stands before the first >; a name begins with >")
        elif not line.startswith(";"):
            parts += line.split()
    if begin:
        yield header, _join(path, begin, header, parts)


def _join(path: Path, line: int, header: str, parts: list[str]) -> str:
    if not parts:
        raise InputError(f"{path}: line {line}: {quoted(header)} has no sequence; add it or take the line out")
    return "".join(parts)

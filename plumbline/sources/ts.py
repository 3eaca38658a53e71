"""Reader of .ts files (UCR and UEA archives): series of one or more channels, and their class or number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source, _encoding
from plumbline.sources._levels import LABEL
from plumbline.wording import counted, listed, quoted

if TYPE_CHECKING:
    import polars as pl

SERIES = "series"
"""Name of the column of series."""

_CHUNK = 2_000_000  # values held in memory at a time
_PACKET, _SYNC = 188, b"G"  # of a video stream: its packets' size in bytes and first byte
_Channels = list[list[float | None]]


class Params(Section):
    """Knobs of the reader."""

    encoding: str = "auto"
    """auto, or an encoding by Python's name for it, as cp1252."""


@dataclass(frozen=True)
class _Header:
    """What the lines before @data say: `classes` and `is_number` of the target, `n_values` of each channel."""

    classes: tuple[str, ...] = ()
    is_labelled: bool = False
    is_number: bool = False
    n_values: int | None = None
    n_channels: int | None = None


def read(path: Path, params: Params, scratch: Path) -> Source:
    """Columns `series`, List(List(Float32)) of channels and times, and `label`; ? is a missing value.

    The label is text, or a number where @targetLabel says so. InputError by line where a series is not as the header
    says, or has times of its own; or where the file is a video or a program.
    """
    import polars as pl

    _refuse_video(path)
    file, notes = _encoding.read_as_utf8(path, params.encoding, "ingest.ts.encoding", scratch)
    with file.open(encoding="utf-8") as text:
        lines = ((number, line.strip()) for number, line in enumerate(text, start=1))
        told = ((number, line) for number, line in lines if line and not line.startswith("#"))
        header = _read_header(path, told)
        tables = list(_write_chunks(_each(path, told, header), header, scratch))
    if not tables:
        raise InputError(f"{path}: has no series after @data; fetch it again")
    return Source(pl.concat(tables, how="vertical"), notes)


def _refuse_video(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(2 * _PACKET + 1)
    if len(start) > 2 * _PACKET and start[::_PACKET] == 3 * _SYNC:
        raise InputError(f"{path}: is a video (an MPEG transport stream); .ts files of the UCR archive are read")


def _read_header(path: Path, lines: Iterator[tuple[int, str]]) -> _Header:
    """What stands up to @data; InputError where a line is none of a header."""
    tags: dict[str, list[str]] = {}
    for number, line in lines:
        tag, *words = line.split()
        if not tag.startswith("@"):
            what = f"line {number}: {quoted(line)} stands before @data, so that this is no file of the UCR archive"
            raise InputError(f"{path}: {what} (TypeScript and videos end in .ts too); name a file with series")
        if tag.lower() == "@data":
            return _understand(path, tags)
        tags[tag[1:].lower()] = words
    raise InputError(f"{path}: has no line @data; fetch it again")


def _understand(path: Path, tags: dict[str, list[str]]) -> _Header:
    if _says_true(tags, "timestamps"):
        raise InputError(
            f"{path}: has @timeStamps true, values with times of their own; only evenly spaced ones are read"
        )
    is_number = _says_true(tags, "targetlabel")
    is_labelled = _says_true(tags, "classlabel") or is_number
    is_equal = _says_true(tags, "equallength")
    return _Header(
        classes=tuple(tags["classlabel"][1:]) if is_labelled and not is_number else (),
        is_labelled=is_labelled,
        is_number=is_number,
        n_values=_read_count(path, tags, "seriesLength") if is_equal else None,
        n_channels=1 if _says_true(tags, "univariate") else _read_count(path, tags, "dimensions"),
    )


def _says_true(tags: dict[str, list[str]], name: str) -> bool:
    return [word.lower() for word in tags.get(name, [])[:1]] == ["true"]


def _read_count(path: Path, tags: dict[str, list[str]], name: str) -> int | None:
    words = tags.get(name.lower())
    if not words:
        return None
    if not words[0].isdecimal():
        raise InputError(f"{path}: has @{name} {words[0]}; a whole number would be right")
    return int(words[0])


def _each(path: Path, lines: Iterator[tuple[int, str]], header: _Header) -> Iterator[tuple[_Channels, str | None]]:
    n_channels = header.n_channels
    for number, line in lines:
        place = f"{path}: line {number}"
        cells = line.split(":")
        label = cells.pop().strip() if header.is_labelled else None
        if header.classes and label not in header.classes:
            raise InputError(f"{place}: has the class {quoted(label)}; @classLabel has {listed([*header.classes], 10)}")
        n_channels = n_channels or len(cells)
        if len(cells) != n_channels:
            raise InputError(f"{place}: has {counted(len(cells), 'channel')}, the others {n_channels}; mend it")
        yield [_read_channel(place, cell, header.n_values) for cell in cells], label


def _read_channel(place: str, cell: str, n_values: int | None) -> list[float | None]:
    words = [word.strip() for word in cell.split(",")]
    if n_values is not None and len(words) != n_values:
        raise InputError(
            f"{place}: has {counted(len(words), 'value')}, @seriesLength says {n_values}; mend one of them"
        )
    try:
        return [None if word in ("?", "NaN") else float(word) for word in words]
    except ValueError as error:
        wrong = str(error).partition(": ")[2]
        raise InputError(f"{place}: has {wrong}, which is no number; a missing one is ?") from None


def _write_chunks(
    rows: Iterator[tuple[_Channels, str | None]], header: _Header, scratch: Path
) -> Iterator[pl.LazyFrame]:
    """Yield tables of rows that together have up to two million values, in files of `scratch`."""
    held, n_values, n_tables = list[tuple[_Channels, str | None]](), 0, 0
    for row in rows:
        held.append(row)
        n_values += sum(map(len, row[0]))
        if n_values > _CHUNK:
            yield _write(held, header, scratch / f"{n_tables:06}.parquet")
            held, n_values, n_tables = [], 0, n_tables + 1
    if held:
        yield _write(held, header, scratch / f"{n_tables:06}.parquet")


def _write(rows: list[tuple[_Channels, str | None]], header: _Header, file: Path) -> pl.LazyFrame:
    import polars as pl

    table = pl.DataFrame({SERIES: pl.Series([series for series, _ in rows], dtype=pl.List(pl.List(pl.Float32)))})
    if header.is_labelled:
        labels = pl.Series([label for _, label in rows], dtype=pl.String)
        table = table.with_columns((labels.cast(pl.Float64) if header.is_number else labels).alias(LABEL))
    table.write_parquet(file)
    return pl.scan_parquet(file, glob=False)

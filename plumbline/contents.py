"""Contents: images, texts and the like are taken into the examples, each with its measures and a key; broken ones told.

A measure is a plain number, as an image's width: figures, slices and checks for leaks look at it in place of the
content. A key is the same for equal contents.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline import parallel, plugins
from plumbline.errors import InputError
from plumbline.examples import CONTENT_CHUNK, ROW, Column, named
from plumbline.findings.finding import Finding
from plumbline.recognition import Typed
from plumbline.wording import counted, free_name, listed, quoted

if TYPE_CHECKING:
    import polars as pl

_NAMED = 5


@dataclass(frozen=True)
class Content:
    """A content column, where its files lie (None: its values are stored themselves), and its measures' columns."""

    column: Column
    root: Path | None
    measures: dict[str, str]
    key: str
    size: int | None = None
    """How long most lists are, where those of the column type must be of one length: the others are broken."""


@dataclass(frozen=True)
class Broken:
    """A value that cannot be read: its row in the source, what names it, and why."""

    row: int
    column: str
    name: str
    why: str


def take_in(
    cleaned: Path, typed: list[Typed], root: Path | None, action: str, scratch: Path
) -> tuple[pl.LazyFrame, list[Typed], list[Finding]]:
    """The table with each content itself, its measures and key; their columns; a finding on broken ones, now left out.

    InputError that names them where `action` is fail. Files are read and measured in parallel.
    """
    import polars as pl

    table = pl.scan_parquet(cleaned)
    contents = _find_contents(table, typed, root)
    if not contents:
        return table, typed, []
    n_rows = table.select(pl.len()).collect().item()
    folder = scratch / "contents"
    folder.mkdir()
    contents = [replace(content, size=_usual_size(cleaned, content.column)) for content in contents]
    pieces = [(cleaned, start, contents, folder / f"{start:012}.parquet") for start in range(0, n_rows, CONTENT_CHUNK)]
    broken = [one for some in parallel.in_order(_take_piece, pieces, "ingest: reads") for one in some]
    findings = _tell(broken, n_rows, contents, action)
    whole = pl.scan_parquet([piece[-1] for piece in pieces])
    left_out = pl.Series([one.row for one in broken], dtype=pl.Int64)
    return whole.filter(~pl.col(ROW).is_in(left_out.implode())), typed + _describe(contents), findings


def _find_contents(table: pl.LazyFrame, typed: list[Typed], root: Path | None) -> list[Content]:
    """The content columns; InputError where one holds paths of files that DVC would not see change."""
    import polars as pl

    schema = table.collect_schema()
    taken, found = set(schema), []
    for column in (item.column for item in typed if item.column.role == "feature" and item.column.is_content):
        kind = plugins.load("columns", column.type)
        holds_paths = bool(getattr(kind, "FILES", False)) and schema[column.name] == pl.String
        if holds_paths and root is None:
            raise InputError(
                f"column {quoted(column.name)}: holds paths of files, which nobody sees change beside a single file; "
                "put the table and the files into one folder and name that in ingest.source"
            )
        measures = {name: free_name(f"{column.name}: {name}", taken) for name in kind.MEASURES}
        found.append(Content(column, root if holds_paths else None, measures, free_name(f"{column.name}: key", taken)))
    return found


def _usual_size(cleaned: Path, column: Column) -> int | None:
    """The most frequent length of a column's lists, where they must be of one; the smallest of several such."""
    import polars as pl

    if not hasattr(plugins.load("columns", column.type), "SIZE"):
        return None
    lengths = pl.scan_parquet(cleaned).select(named(column.name).list.len()).collect().to_series().drop_nulls()
    return int(lengths.filter(lengths > 0).mode().min() or 0)  # type: ignore[arg-type]


def _describe(contents: list[Content]) -> list[Typed]:
    """The columns of measures and keys."""
    found = []
    for content in contents:
        kind, name = content.column.type, content.column.name
        found += [
            Typed(Column(measured, "number", "measure", name), f"{measure} of each {kind}")
            for measure, measured in content.measures.items()
        ]
        found.append(Typed(Column(content.key, "", "key", name), f"the same for each {kind} that is the same"))
    return found


def _take_piece(cleaned: Path, start: int, contents: list[Content], path: Path) -> list[Broken]:
    """Write some rows with their contents to `path`; what is broken among them."""
    import polars as pl

    table = pl.scan_parquet(cleaned).slice(start, CONTENT_CHUNK).collect()
    broken: list[Broken] = []
    for content in contents:
        added, wrong = _take_column(table, content)
        table = table.with_columns(added)
        broken += wrong
    table.write_parquet(path, compression="zstd", compression_level=1)
    return broken


def _take_column(table: pl.DataFrame, content: Content) -> tuple[list[pl.Series], list[Broken]]:
    """The column itself, its measures and its key for some rows, and what is broken."""
    import polars as pl

    name, kind = content.column.name, plugins.load("columns", content.column.type)
    rows, given = table[ROW].to_list(), table.select(named(name)).to_series()
    values, measured, broken = [], [], []
    for row, value in zip(rows, given, strict=True):
        try:
            read = value if content.root is None or value is None else _read(content.root, value)
            measured.append({} if read is None else _measure(read, kind, content.size))
            values.append(read)
        except ValueError as error:
            broken.append(Broken(row, name, value if content.root else f"row {row}", str(error)))
            measured.append({})
            values.append(None)
    stored = pl.Series(name, values, dtype=given.dtype if content.root is None else pl.Binary)
    numbers = [
        pl.Series(column, [_finite(found.get(measure)) for found in measured], dtype=pl.Float64)
        for measure, column in content.measures.items()
    ]
    return [stored, *numbers, pl.Series(content.key, [_key(value) for value in values], dtype=pl.UInt64)], broken


def _measure(value: Any, kind: Any, usual: int | None) -> dict[str, float]:
    """Measures of a value; ValueError where it is broken, or of another size than most."""
    found: dict[str, float] = kind.measure(value)
    if usual is not None and (size := len(value)) != usual:
        raise ValueError(f"has {counted(size, kind.SIZE)}, most have {usual:,}")
    return found


def _read(root: Path, name: str) -> bytes:
    """A file's bytes; ValueError where it is not there, or lies outside of `root`."""
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise ValueError("lies outside of the source")
    if not path.is_file():
        raise ValueError("is no file of the source")
    return path.read_bytes()


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _key(value: Any) -> int | None:
    """64 bits of a hash that is the same on every machine."""
    if value is None:
        return None
    if not isinstance(value, bytes):
        value = repr(value.to_list() if hasattr(value, "to_list") else value).encode()
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "little")


def _tell(broken: list[Broken], n_rows: int, contents: list[Content], action: str) -> list[Finding]:
    """A finding for each column that has broken values; InputError where these end the stage."""
    found = []
    for content in contents:
        of_column = [one for one in broken if one.column == content.column.name]
        if not of_column:
            continue
        names = listed([f"{one.name} {one.why}" for one in of_column], _NAMED)
        what = f"column {quoted(content.column.name)}: {counted(len(of_column), content.column.type)} of {n_rows:,} "
        what += f"cannot be read: {names}"
        if action == "fail":
            raise InputError(f"{what}; mend them, or set ingest.broken to set_aside")
        rows = tuple(one.row for one in of_column)
        what += "; set aside, ingest.broken: fail stops instead"
        found.append(Finding("broken", content.column.name, len(rows), what, "set aside", rows))
    if len({one.row for one in broken}) == n_rows:
        raise InputError(f"{found[0].what.partition(';')[0]}; no example is left")
    return found

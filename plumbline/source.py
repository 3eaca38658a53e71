"""Any source -> a table: the suffix of `ingest.source` is the name of its reader in plumbline/sources."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from plumbline import plugins
from plumbline.errors import InputError
from plumbline.examples import ROW
from plumbline.params import Ingest
from plumbline.sources import folder, suffixes

if TYPE_CHECKING:
    import polars as pl


def open_source(source: str, ingest: Ingest, scratch: Path) -> pl.LazyFrame:
    """The table in a file or folder, rows in its order; InputError where it cannot be read.

    `scratch` is a folder for intermediate files, needed as long as the table is.
    """
    path = Path(source)
    if not path.exists():
        raise InputError(f"{source}: no such file or folder; set ingest.source in params.yaml")
    read_file = partial(_read_file, ingest=ingest, scratch=scratch)
    if path.is_dir():
        table = folder.read(path, folder.Params(**ingest.knobs("folder")), scratch, read_file)
    else:
        table = read_file(path)
    if ROW in table.collect_schema():
        raise InputError(f"{source}: has a column named {ROW!r}, which Plumbline adds itself; rename it")
    return table


def _read_file(path: Path, ingest: Ingest, scratch: Path) -> pl.LazyFrame:
    suffix = path.suffix.lower()
    if suffix not in suffixes():
        what = suffix or "files without a suffix"
        raise InputError(f"{path}: no reader takes {what}; readers take {', '.join(suffixes())} files")
    reader = plugins.load("sources", suffix[1:])
    table: pl.LazyFrame = reader.read(path, reader.Params(**ingest.knobs(suffix[1:])), scratch)
    return table

"""Reader of .parquet files: columns with their own types."""

from __future__ import annotations

from pathlib import Path

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source


class Params(Section):
    """No knobs: a Parquet file says all that is to be known."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file; InputError where it is no Parquet file or has no rows."""
    import polars as pl

    table = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    try:
        n_rows = table.select(pl.len()).collect().item()
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{path}: is not a Parquet file ({reason}); write it again") from None
    if n_rows == 0 or not table.collect_schema():
        raise InputError(f"{path}: has no rows; a table has at least one")
    return Source(table)

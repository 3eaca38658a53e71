"""Arrow files and streams -> a table."""

from __future__ import annotations

from pathlib import Path

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source

_FILE = b"ARROW1"


class Params(Section):
    """No knobs: Arrow says all that is to be known."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file, columns with their own types; InputError where it is no Arrow file or has no rows."""
    import polars as pl

    with path.open("rb") as file:
        is_file = file.read(len(_FILE)) == _FILE
    try:
        table = pl.scan_ipc(path, glob=False, hive_partitioning=False) if is_file else pl.read_ipc_stream(path).lazy()
        n_rows = table.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        what = f"is a broken Arrow file ({str(error).splitlines()[0]})" if is_file else "is no Arrow file or stream"
        raise InputError(f"{path}: {what}; write it again") from None
    if n_rows == 0 or not table.collect_schema():
        raise InputError(f"{path}: has no rows; a table has at least one")
    return Source(table)

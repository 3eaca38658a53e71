"""Reader of .db files: an SQLite or a DuckDB database, told apart by its first bytes."""

from __future__ import annotations

from pathlib import Path

from plumbline.sources import Source, duckdb, sqlite
from plumbline.sources._database import Params

__all__ = ["Params", "read"]


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The rows of a table or of a query; InputError with the database's reason."""
    with path.open("rb") as file:
        is_duckdb = file.read(12)[8:] == b"DUCK"
    return (duckdb if is_duckdb else sqlite).read(path, params, scratch)

"""Reader of .sqlite files: a table or a query of an SQLite database, opened read-only."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from plumbline.errors import InputError
from plumbline.sources import Source, _database
from plumbline.sources._database import Params

__all__ = ["Params", "fetch", "read"]

_TABLES = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The rows of a table, in the order of their row ids, or of a query; InputError with the database's reason."""
    return fetch(path, params, str(path), scratch)


def fetch(file: Path, params: Params, place: str, scratch: Path) -> Source:
    """Like `read`, with what errors name: the file of a query, where one stands apart from the database."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            tables = [name for (name,) in connection.execute(f"{_TABLES} ORDER BY name")]
            query = _database.choose_query(file, params, tables)
            return _database.read_rows(connection.execute(query), scratch, place)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise InputError(f"{place}: SQLite says: {_database.explain(error)}; mend the query or the file") from None

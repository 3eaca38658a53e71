"""Reader of .sql files: a query, run on the database whose URL stands in an environment variable."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source, _database, _postgres, duckdb, sqlite

_FILES = {"sqlite": sqlite, "duckdb": duckdb}


class Params(Section):
    """Knobs of the reader."""

    variable: str = Field("DATABASE_URL", pattern=r"^[A-Za-z_]\w*$")
    """Name of the environment variable that holds the URL: postgresql://…, sqlite:///file or duckdb:///file."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The rows of the query in its order; InputError where the variable is unset or the database refuses."""
    try:
        query = path.read_text(encoding="utf-8-sig").strip().rstrip(";")
    except UnicodeDecodeError:
        raise InputError(f"{path}: is no UTF-8; write it again") from None
    if not query:
        raise InputError(f"{path}: is empty; write a query into it")
    url = os.environ.get(params.variable)
    if not url:
        right = "set it to postgresql://user:password@host/database, sqlite:///file or duckdb:///file"
        raise InputError(f"{path}: the environment variable {params.variable} is not set; {right}")
    found = _fetch(url, query, path, params, scratch)
    return Source(found.table, [*found.notes, *_tell(path, query)])


def _fetch(url: str, query: str, path: Path, params: Params, scratch: Path) -> Source:
    scheme, has_scheme, rest = url.partition("://")
    kind = scheme.lower().partition("+")[0]  # SQLAlchemy names the driver: postgresql+psycopg
    if has_scheme and kind in ("postgresql", "postgres"):
        return _postgres.fetch(f"{kind}://{rest}", query, str(path), scratch)
    if kind in _FILES and rest.startswith("/") and rest[1:]:
        file = Path(rest[1:])
        if not file.is_file():
            raise InputError(f"{path}: the URL in {params.variable} names no file ({file}); mend it")
        return _FILES[kind].fetch(file, _database.Params(query=query), str(path), scratch)
    right = "postgresql://user:password@host/database, sqlite:///file or duckdb:///file would do"
    raise InputError(f"{path}: the URL in {params.variable} is of no database that is read; {right}")


def _tell(path: Path, query: str) -> list[str]:
    notes = [f"{path}: DVC does not see when the database changes; `dvc repro -f ingest` reads it again"]
    if not _database.has_order(query):
        notes.append(
            f"{path}: has no ORDER BY, so that the order of the rows is the database's and may change; add one"
        )
    return notes

"""What the readers of databases share: which query, its rows, and the database's own reason in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source
from plumbline.sources._names import name_columns
from plumbline.sources._rows import CHUNK, write_rows
from plumbline.wording import listed

_NO_CODE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\1\$", re.DOTALL)
_INNERMOST = re.compile(r"\([^()]*\)")


class Params(Section):
    """What is read of a database."""

    table: str | None = None
    """The table that is read; null: the only one, or the query's rows."""
    query: str | None = None
    """A query to read instead of a table; its ORDER BY is the order of the rows."""


class Cursor(Protocol):
    """What Python's database drivers have in common (PEP 249)."""

    @property
    def description(self) -> Any:
        """A sequence for each column, the name first; None for a statement without rows."""

    @property
    def fetchmany(self) -> Callable[[int], list[Any]]:
        """The next rows; none at the end."""


def choose_query(path: Path, params: Params, tables: list[str]) -> str:
    """The query that `params` ask for; InputError where they leave it open or name no table of the database."""
    knobs = f"ingest.{path.suffix[1:].lower()}"
    if params.query is not None and params.table is not None:
        raise InputError(f"params.yaml: {knobs}: names a table and a query; one of them must be null")
    if params.query is not None:
        return params.query
    names = listed([repr(name) for name in tables], 20)
    if params.table is None and len(tables) != 1:
        found = f"holds {len(tables)} tables, {names}" if tables else "holds no table"
        raise InputError(f"{path}: {found}; name one in {knobs}.table, or write {knobs}.query")
    if params.table is not None and params.table not in tables:
        raise InputError(f"params.yaml: {knobs}.table: {path} has no table {params.table!r}; it has {names or 'none'}")
    return f"SELECT * FROM {quote(params.table or tables[0])}"  # noqa: S608 - a table that is there, in quotes


def quote(name: str) -> str:
    """A name as SQL writes it."""
    return '"{}"'.format(name.replace('"', '""'))


def read_rows(cursor: Cursor, scratch: Path, place: str) -> Source:
    """The rows of an executed query, in its order; InputError where it has none."""
    if cursor.description is None:
        raise InputError(f"{place}: returns no rows; write a SELECT")
    names, notes = name_columns([column[0] for column in cursor.description], place)
    return Source(write_rows(names, _fetch(cursor), scratch, place), notes)


def _fetch(cursor: Cursor) -> Iterator[Any]:
    while rows := cursor.fetchmany(CHUNK):
        yield from rows


def has_order(query: str) -> bool:
    """Whether ORDER BY stands in the outermost query, not only within parentheses, comments or texts."""
    code, shorter = "", _NO_CODE.sub(" ", query)
    while shorter != code:
        code, shorter = shorter, _INNERMOST.sub(" ", shorter)
    return re.search(r"\border\s+by\b", code, re.IGNORECASE) is not None


def explain(error: Exception) -> str:
    """A driver's reason in one line."""
    return next((line.strip().rstrip(".;!") for line in str(error).splitlines() if line.strip()), type(error).__name__)

"""Reader of .duckdb files: a table or a query of a DuckDB database, opened read-only."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError
from plumbline.sources import Source, _database
from plumbline.sources._database import Params

if TYPE_CHECKING:
    import duckdb

__all__ = ["Params", "fetch", "read"]

_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name"
# One thread, so that a query without ORDER BY gives its rows in the same order each time; and nothing is read that
# DVC does not see.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "enable_external_access": False,
    "autoload_known_extensions": False,
}
_ZONED = "TIMESTAMP WITH TIME ZONE"


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The rows of a table, in the order of insertion, or of a query; InputError with the database's reason."""
    return fetch(path, params, str(path), scratch)


def fetch(file: Path, params: Params, place: str, scratch: Path) -> Source:
    """Like `read`, with what errors name: the file of a query, where one stands apart from the database."""
    import duckdb

    if not file.exists():
        raise InputError(f"{place}: there is no database {file}; mend its name")
    try:
        with closing(duckdb.connect(file, read_only=True, config=_CONFIG)) as connection:
            tables = [name for (name,) in connection.execute(_TABLES).fetchall()]
            query = _database.choose_query(file, params, tables)
            return _database.read_rows(_run(connection, query, place), scratch, place)
    except duckdb.Error as error:
        raise InputError(f"{place}: DuckDB says: {_database.explain(error)}; mend the query or the file") from None


def _run(connection: duckdb.DuckDBPyConnection, query: str, place: str) -> Any:
    """A cursor over the query's rows, moments in UTC: the driver lacks time zones to give them with theirs."""
    rows: duckdb.DuckDBPyRelation | None = connection.sql(query)
    if rows is None:
        raise InputError(f"{place}: returns no rows; write a SELECT")
    kinds = [str(kind) for kind in rows.types]
    if _ZONED in kinds:
        columns = [(_database.quote(name), kind) for name, kind in zip(rows.columns, kinds, strict=True)]
        read = [f"make_timestamp(epoch_us({name})) AS {name}" if kind == _ZONED else name for name, kind in columns]
        query = f"SELECT {', '.join(read)} FROM ({query.rstrip().rstrip(';')}\n)"  # noqa: S608 - it is the user's own
    return connection.execute(query)

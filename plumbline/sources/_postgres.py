"""A query on a PostgreSQL server, read-only, through a cursor on the server; the password is never told."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from plumbline.errors import InputError
from plumbline.sources import Source, _database

_SECONDS = 30  # until a server that does not answer is given up


def fetch(url: str, query: str, place: str, scratch: Path) -> Source:
    """The rows of `query` in its order, moments in UTC; InputError with the server's reason."""
    import psycopg

    secrets = _find_secrets(url, place)
    try:
        with psycopg.connect(url, connect_timeout=_SECONDS) as connection:
            connection.read_only = True
            connection.execute("SET TIME ZONE 'UTC'")
            with connection.cursor(name="plumbline") as cursor:
                cursor.execute(query.encode())
                return _database.read_rows(cursor, scratch, place)
    except psycopg.Error as error:
        reason = _hide(_database.explain(error), secrets)
        raise InputError(f"{place}: PostgreSQL says: {reason}; mend the query or the URL") from None


def _find_secrets(url: str, place: str) -> list[str]:
    """The passwords in a URL; InputError, without the reason, which may hold them, where it is no URL."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    except psycopg.Error:
        parts = {"port": "?"}
    # A password with a / or @ that is not encoded ends in the port or in the host.
    if not parts.get("port", "0").replace(",", "").isdigit() or "@" in parts.get("host", ""):
        right = "write postgresql://user:password@host:port/database, signs like / and @ in a password as %2F and %40"
        raise InputError(f"{place}: the URL of the database cannot be read; {right}")
    return [value for key, value in parts.items() if "password" in key and value]


def _hide(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "…").replace(quote(secret, safe=""), "…")
    return text

"""Readers of databases: which rows are read, in which order, and every refusal without the password."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from plumbline.sources._database import has_order
from tests import databases
from tests.reading import open_file, read_error

pytestmark = pytest.mark.usefixtures("in_scratch_folder")

FILES = {"sqlite": databases.write_sqlite, "db": databases.write_sqlite, "duckdb": databases.write_duckdb}
ROWS = [(2, "b"), (1, "a"), (3, None)]


def read(source: str, **knobs: dict[str, Any]) -> list[tuple[Any, ...]]:
    return open_file(source, **knobs).table.collect().rows()


def write_query(text: str) -> str:
    Path("q.sql").write_text(text)
    return "q.sql"


# Files


@pytest.mark.parametrize("kind", FILES)
def test_the_only_table_is_read_in_its_order(kind: str) -> None:
    FILES[kind](Path(f"x.{kind}"), "t", {"n": "integer", "word": "text"}, ROWS)
    before = Path(f"x.{kind}").read_bytes()
    assert read(f"x.{kind}") == ROWS
    assert Path(f"x.{kind}").read_bytes() == before


@pytest.mark.parametrize("kind", FILES)
def test_a_table_or_a_query_may_be_named(kind: str) -> None:
    for name in ("t", '"a ""b"""'):
        FILES[kind](Path(f"x.{kind}"), name, {"n": "integer", "word": "text"}, ROWS[: len(name)])
    assert read(f"x.{kind}", **{kind: {"table": 'a "b"'}}) == ROWS
    assert read(f"x.{kind}", **{kind: {"query": "SELECT word, n + 1 AS m FROM t;"}}) == [("b", 3)]
    assert read_error(f"x.{kind}") == (
        f"x.{kind}: holds 2 tables, 'a \"b\"', 't'; name one in ingest.{kind}.table, or write ingest.{kind}.query"
    )
    assert read_error(f"x.{kind}", **{kind: {"table": "T2"}}) == (
        f"params.yaml: ingest.{kind}.table: x.{kind} has no table 'T2'; it has 'a \"b\"', 't'"
    )
    assert read_error(f"x.{kind}", **{kind: {"table": "t", "query": "SELECT 1"}}) == (
        f"params.yaml: ingest.{kind}: names a table and a query; one of them must be null"
    )


@pytest.mark.parametrize(
    ("kind", "query", "error"),
    [
        ("sqlite", "SELEC 1", 'SQLite says: near "SELEC": syntax error; mend the query or the file'),
        ("sqlite", "SELECT x FROM t", "SQLite says: no such column: x; mend the query or the file"),
        (
            "sqlite",
            "DELETE FROM t",
            "SQLite says: attempt to write a readonly database; mend the query or the file",
        ),
        (
            "sqlite",
            "SELECT 1; SELECT 2",
            "SQLite says: You can only execute one statement at a time; mend the query or the file",
        ),
        ("sqlite", "", "returns no rows; write a SELECT"),
        ("sqlite", "SELECT * FROM t WHERE n > 9", "has no rows; a table has at least one"),
        ("duckdb", "SELEC 1", 'DuckDB says: Parser Error: syntax error at or near "SELEC"; mend the query or the file'),
        (
            "duckdb",
            "SELECT x FROM t",
            'DuckDB says: Binder Error: Referenced column "x" not found in FROM clause; mend the query or the file',
        ),
        (
            "duckdb",
            "SELECT * FROM 'x.csv'",
            'DuckDB says: Permission Error: Cannot access file "x.csv" - file system operations are disabled by '
            "configuration; mend the query or the file",
        ),
        (
            "duckdb",
            "DROP TABLE t",
            'DuckDB says: Invalid Input Error: Cannot execute statement of type "DROP" on database "x" which is '
            "attached in read-only mode; mend the query or the file",
        ),
        ("duckdb", "", "returns no rows; write a SELECT"),
    ],
)
def test_a_wrong_query_is_one_sentence_with_the_databases_reason(kind: str, query: str, error: str) -> None:
    FILES[kind](Path(f"x.{kind}"), "t", {"n": "integer", "word": "text"}, ROWS)
    assert read_error(f"x.{kind}", **{kind: {"query": query}}) == f"x.{kind}: {error}"


def test_a_database_without_a_table_is_one_sentence() -> None:
    databases.write_sqlite(Path("x.sqlite"), "t", {"n": "integer"}, [])
    databases.write_sqlite(Path("y.sqlite"), "t", {"n": "integer"}, [])
    assert read_error("x.sqlite") == "x.sqlite: has no rows; a table has at least one"
    import sqlite3

    connection = sqlite3.connect("y.sqlite")
    connection.execute("DROP TABLE t")
    connection.close()
    assert read_error("y.sqlite") == (
        "y.sqlite: holds no table; name one in ingest.sqlite.table, or write ingest.sqlite.query"
    )


def test_sqlite_columns_of_several_kinds_are_text() -> None:
    databases.write_sqlite(Path("x.sqlite"), "t", {"a": "", "b": ""}, [(1, 1), ("two", 2.5), (3.0, None)])
    assert read("x.sqlite") == [("1", 1.0), ("two", 2.5), ("3", None)]


def test_a_duckdb_file_under_the_name_db_is_read() -> None:
    databases.write_duckdb(Path("x.db"), "t", {"n": "integer"}, [(5,)])
    assert read("x.db") == [(5,)]


def test_duckdb_values_become_what_column_types_read() -> None:
    query = """SELECT 1.50::DECIMAL(9, 2) AS a, TIMESTAMPTZ '2020-01-01 00:00:00+02' AS b, INTERVAL 36 HOUR AS c,
        '0e37df36-f698-11e6-8dd4-cb9ced3df976'::UUID AS d, [1, 2] AS e, {'x': 1} AS f, TIME '12:30:00' AS g,
        DATE '2020-02-29' AS h, 2::HUGEINT ** 70 AS i, NULL AS j -- all"""
    databases.write_duckdb(Path("x.duckdb"), "t", {"n": "integer"}, [(1,)])
    assert read("x.duckdb", duckdb={"query": query}) == [
        (
            1.5,
            datetime(2019, 12, 31, 22),
            129_600.0,
            "0e37df36-f698-11e6-8dd4-cb9ced3df976",
            [1.0, 2.0],
            '{"x": 1}',
            "12:30:00",
            date(2020, 2, 29),
            2.0**70,
            None,
        )
    ]


# Queries in files


UNSEEN = "q.sql: DVC does not see when the database changes; `dvc repro -f ingest` reads it again"
UNORDERED = "q.sql: has no ORDER BY, so that the order of the rows is the database's and may change; add one"


def test_a_query_without_an_order_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    databases.write_sqlite(Path("x.sqlite"), "t", {"n": "integer", "word": "text"}, ROWS)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///x.sqlite")
    assert open_file(write_query("SELECT * FROM t")).notes == [UNSEEN, UNORDERED]
    ordered = open_file(write_query("SELECT * FROM t ORDER BY n;\n"))
    assert (ordered.notes, ordered.table.collect().rows()) == ([UNSEEN], sorted(ROWS))


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("select * from t order by n", True),
        ("SELECT * FROM t ORDER\n  BY n DESC LIMIT 3", True),
        ("SELECT * FROM t -- ORDER BY n", False),
        ("SELECT * FROM t /* ORDER BY n */", False),
        ("SELECT 'ORDER BY' FROM t", False),
        ('SELECT "order by" FROM t', False),
        ("SELECT * FROM (SELECT * FROM t ORDER BY n) s", False),
        ("SELECT rank() OVER (ORDER BY (n)) FROM t", False),
        ("SELECT f(')') FROM t ORDER BY n", True),
        ("SELECT $$ ORDER BY n $$ FROM t", False),
    ],
)
def test_an_order_counts_only_in_the_outermost_query(query: str, answer: bool) -> None:
    assert has_order(query) is answer


URL = "the URL of the database cannot be read; write postgresql://user:password@host:port/database, signs like / and @"
URL += " in a password as %2F and %40"
FORMS = "postgresql://user:password@host/database, sqlite:///file or duckdb:///file"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (None, f"the environment variable DATABASE_URL is not set; set it to {FORMS}"),
        ("", f"the environment variable DATABASE_URL is not set; set it to {FORMS}"),
        ("s3cret", f"the URL in DATABASE_URL is of no database that is read; {FORMS} would do"),
        ("mysql://u:s3cret@h/d", f"the URL in DATABASE_URL is of no database that is read; {FORMS} would do"),
        ("sqlite://x.db", f"the URL in DATABASE_URL is of no database that is read; {FORMS} would do"),
        ("sqlite:///none.db", "the URL in DATABASE_URL names no file (none.db); mend it"),
        ("duckdb:////none.db", "the URL in DATABASE_URL names no file (/none.db); mend it"),
        ("postgresql://u:a%zzs3cret@h/d", URL),
        ("postgresql://u:a/s3cret@h/d", URL),
        ("postgresql://u:a@s3cret@h/d", URL),
        ("postgresql://u:s3cret@[h/d", URL),
        ("postgresql://u:p@h/d?s3cret=1", URL),
        (
            "postgresql://u:s3cret@127.0.0.1:1/d",
            'PostgreSQL says: connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused'
            "; mend the query or the URL",
        ),
        (
            "postgres+psycopg://u:s3cret@127.0.0.1:1/d",
            'PostgreSQL says: connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused'
            "; mend the query or the URL",
        ),
    ],
)
def test_a_database_out_of_reach_is_one_sentence_without_the_password(
    url: str | None, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("DATABASE_URL", url)
    found = read_error(write_query("SELECT 1 AS a"))
    assert found == f"q.sql: {error}"
    assert "s3cret" not in found


def test_the_variable_may_have_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SALES", raising=False)
    assert read_error(write_query("SELECT 1"), sql={"variable": "SALES"}) == (
        f"q.sql: the environment variable SALES is not set; set it to {FORMS}"
    )


# PostgreSQL


def test_postgresql_values_become_what_column_types_read(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres)
    query = """SELECT 1.50::numeric AS a, TIMESTAMPTZ '2020-01-01 00:00:00+02' AS b, INTERVAL '36 hours' AS c,
        '0e37df36-f698-11e6-8dd4-cb9ced3df976'::uuid AS d, ARRAY[1, 2] AS e, '{"x": 1}'::jsonb AS f,
        TIME '12:30:00' AS g, DATE '2020-02-29' AS h, '10.0.0.1'::inet AS i, NULL AS j, 'NaN'::float8 AS k,
        0.1::real AS l, '\\x00'::bytea AS m, 1 AS a ORDER BY 1"""
    source = open_file(write_query(query))
    assert source.table.collect().rows() == [
        (
            1.5,
            datetime(2019, 12, 31, 22),
            timedelta(hours=36).total_seconds(),
            "0e37df36-f698-11e6-8dd4-cb9ced3df976",
            [1.0, 2.0],
            '{"x": 1}',
            "12:30:00",
            date(2020, 2, 29),
            "10.0.0.1",
            None,
            None,
            0.1,
            b"\0",
            1,
        )
    ]
    assert source.notes == [
        "q.sql: column 14 is another 'a' and is called 'a_2'",
        UNSEEN,
        "q.sql: column 'c' holds durations and is read as seconds",
    ]


def test_rows_of_postgresql_come_in_the_querys_order_through_many_chunks(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres)
    found = read(write_query("SELECT i, i % 7 AS r FROM generate_series(1, 25000) AS i ORDER BY r, i DESC"))
    assert found == sorted(((i, i % 7) for i in range(1, 25_001)), key=lambda row: (row[1], -row[0]))


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELECT 'infinity'::timestamp AS t", "timestamp too large (after year 10K): 'infinity'"),
        ("DELETE FROM pg_class", 'syntax error at or near "DELETE"'),
        ("SELECT nextval('n')", "cannot execute nextval() in a read-only transaction"),
    ],
)
def test_what_postgresql_refuses_is_one_sentence(
    query: str, reason: str, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE SEQUENCE IF NOT EXISTS n")
    monkeypatch.setenv("DATABASE_URL", postgres)
    assert read_error(write_query(query)) == f"q.sql: PostgreSQL says: {reason}; mend the query or the URL"


def test_a_wrong_password_is_not_told(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres.replace("postgres:@", "s3cret:s3cret@"))
    found = read_error(write_query("SELECT 1"))
    assert found == (
        "q.sql: PostgreSQL says: connection failed: connection to server on socket "
        f'"{postgres.partition("host=")[2]}/.s.PGSQL.5432" failed: FATAL:  role "…" does not exist; '
        "mend the query or the URL"
    )


def test_a_query_without_rows_on_a_server_is_one_sentence(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres)
    assert read_error(write_query("SELECT 1 AS a WHERE false")) == "q.sql: has no rows; a table has at least one"

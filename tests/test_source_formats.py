"""The same rows give the same examples, byte by byte, however and wherever they are kept."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest
import zstandard

from plumbline.sources import suffixes
from tests import databases, project


def make_table(n_rows: int = 60) -> pl.DataFrame:
    """Numbers, text, dates, moments and booleans, each with missing values; y, the target, has none.

    Floats have 12 digits: spreadsheets are written with at most 16.
    """
    generator = np.random.default_rng(0)
    towns = ["Køln", "東京", "San José, CA", 'the "Ö"', "  ", "O'Hara"]
    columns: dict[str, list[Any]] = {
        "rooms": [int(i) for i in generator.integers(-3, 9, n_rows)],
        "price": [
            float(f"{x:.12g}") for x in generator.normal(size=n_rows) * 10.0 ** generator.integers(-9, 12, n_rows)
        ],
        "town": [towns[i] for i in generator.integers(0, 6, n_rows)],
        "sold": [date(1999, 12, 30) + timedelta(days=int(i)) for i in generator.integers(0, 5_000, n_rows)],
        "seen": [datetime(1969, 7, 20) + timedelta(seconds=int(i)) for i in generator.integers(0, 10**9, n_rows)],
        "new": [bool(i) for i in generator.integers(0, 2, n_rows)],
        "y": [float(f"{x:.12g}") for x in generator.normal(size=n_rows)],
    }
    gaps = generator.random((6, n_rows)) < 0.1
    for gap, values in zip(gaps, columns.values(), strict=False):
        values[:] = [None if is_gap else value for is_gap, value in zip(gap, values, strict=True)]
    return pl.DataFrame(columns)


TABLE = make_table()
SQL = {"rooms": "integer", "price": "double precision", "town": "text"} | {"sold": "date", "seen": "timestamp"}
SQL |= {"new": "boolean", "y": "double precision"}


def csv_bytes(separator: str = ",") -> bytes:
    return TABLE.write_csv(separator=separator).encode()


def records() -> list[dict[str, Any]]:
    return [{name: str(x) if isinstance(x, date) else x for name, x in row.items()} for row in TABLE.to_dicts()]


def write_arff(path: Path) -> None:
    kinds = {"town": "string", "sold": "date yyyy-MM-dd", "seen": "date 'yyyy-MM-dd HH:mm:ss'", "new": "{false,true}"}
    lines = ["% a comment", "@relation houses"]
    lines += [f"@attribute {name} {kinds.get(name, 'numeric')}" for name in TABLE.columns]
    for row in records():
        cells = [json.dumps(x, ensure_ascii=False) if x is not None else "?" for x in row.values()]
        lines.append(",".join(cell.replace('\\"', '"') if "Ö" not in cell else "'the \"Ö\"'" for cell in cells))
    path.write_text("\n".join([*lines[:9], "@data", *lines[9:]]) + "\n")


def write_xlsx(path: Path) -> None:
    TABLE.write_excel(path, worksheet="houses")


def write_ods(path: Path) -> None:
    from odf import opendocument, table, text

    document = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="houses")
    for cells in (TABLE.columns, *TABLE.rows()):
        row = table.TableRow()
        for value in cells:
            row.addElement(ods_cell(table, text, value))
        sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    document.save(path)


def ods_cell(table: Any, text: Any, value: Any) -> Any:
    if value is None:
        return table.TableCell()
    kinds = {bool: "boolean", int: "float", float: "float", date: "date", datetime: "date", str: "string"}
    written = value.isoformat() if isinstance(value, date) else str(value).lower() if value in (True, False) else value
    names = {"date": "datevalue", "boolean": "booleanvalue", "float": "value"}
    kind = kinds[type(value)]
    cell = table.TableCell(valuetype=kind, **({names[kind]: written} if kind in names else {}))
    cell.addElement(text.P(text=str(value)))
    return cell


def write_xls(path: Path) -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("houses")
    forms = {
        date: xlwt.easyxf(num_format_str="yyyy-mm-dd"),
        datetime: xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss"),
    }
    for i, cells in enumerate([TABLE.columns, *TABLE.rows()]):
        for j, value in enumerate(cells):
            if value is not None:
                sheet.write(i, j, value, forms.get(type(value), xlwt.Style.default_style))
    book.save(str(path))


def write_partitions(path: Path) -> None:
    """A Parquet file for each value of `part`, in folders that sort as the rows do."""
    for i in range(3):
        part = path / f"part={i}"
        part.mkdir(parents=True)
        TABLE[20 * i : 20 * i + 20].write_parquet(part / "0.parquet")
    (path / "_SUCCESS").touch()


def write_zip(path: Path, **contents: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name.replace("__", "."), content)


def write_tar(path: Path, mode: Literal["w", "w:gz"]) -> None:
    with tarfile.open(path, mode) as archive:
        member = tarfile.TarInfo("houses/houses.csv")
        member.size = len(csv_bytes())
        archive.addfile(member, io.BytesIO(csv_bytes()))


WRITERS: dict[str, Callable[[Path], object]] = {
    "tsv": lambda path: path.write_bytes(csv_bytes("\t")),
    "txt": lambda path: path.write_bytes(csv_bytes(";")),
    "parquet": lambda path: TABLE.write_parquet(path),
    "arrow": lambda path: TABLE.write_ipc(path, compression="lz4"),
    "feather": lambda path: TABLE.write_ipc_stream(path),
    "json": lambda path: path.write_text(json.dumps({"data": records()})),
    "jsonl": lambda path: path.write_text("".join(json.dumps(row) + "\n" for row in records())),
    "ndjson": lambda path: path.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in records())),
    "csv.gz": lambda path: path.write_bytes(gzip.compress(csv_bytes())),
    "csv.bz2": lambda path: path.write_bytes(bz2.compress(csv_bytes())),
    "csv.xz": lambda path: path.write_bytes(lzma.compress(csv_bytes())),
    "csv.zst": lambda path: path.write_bytes(
        zstandard.compress(csv_bytes()[:99]) + zstandard.compress(csv_bytes()[99:])
    ),
    "zip": lambda path: write_zip(path, houses__csv=csv_bytes(), README__md=b"notes"),
    "tar": lambda path: write_tar(path, "w"),
    "tgz": lambda path: write_tar(path, "w:gz"),
    "arff": write_arff,
    "xlsx": write_xlsx,
    "xls": write_xls,
    "ods": write_ods,
    "sqlite": lambda path: databases.write_sqlite(path, "houses", SQL, [tuple(r.values()) for r in records()]),
    "db": lambda path: databases.write_sqlite(path, "houses", SQL, [tuple(r.values()) for r in records()]),
    "duckdb": lambda path: databases.write_duckdb(path, "houses", SQL, TABLE.rows()),
}


def ingest(source: str, **changes: Any) -> bytes:
    """What the stage writes for a source."""
    project.change_params(**{"ingest.source": source}, **changes)
    project.run("ingest")
    return Path("data/examples.parquet").read_bytes()


@pytest.fixture
def expected(in_project: Callable[..., Path]) -> bytes:
    """The examples of the rows as CSV, in the current folder."""
    in_project(TABLE)
    Path("houses.csv").write_bytes(csv_bytes())
    return ingest("houses.csv")


def test_every_reader_of_a_file_is_compared() -> None:
    compared = {f".{name.rpartition('.')[2]}" for name in WRITERS} | {".csv", ".sql"}
    other = {".ts", ".fasta", ".fa", ".faa", ".fna"}  # series and sequences only
    assert set(suffixes()) - compared == {".py", ".dat", ".data", ".fwf"} | other


def test_the_types_of_the_rows_are_recognised(expected: bytes) -> None:
    columns = json.loads(Path("reports/ingest.json").read_text())["columns"]
    assert [column["type"] for column in columns] == [
        "number", "number", "category", "datetime", "datetime", "boolean", "number"
    ]  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_rows_give_the_same_bytes(name: str, expected: bytes) -> None:
    WRITERS[name](Path(f"houses.{name}"))
    assert ingest(f"houses.{name}") == expected


def test_a_query_on_postgresql_gives_the_same_bytes(
    expected: bytes, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    databases.write_postgres(postgres, "houses", SQL, TABLE.rows())
    monkeypatch.setenv("HOUSES_URL", postgres)
    Path("houses.sql").write_text("SELECT * FROM houses;\n")
    assert ingest("houses.sql", **{"ingest.sql": {"variable": "HOUSES_URL"}}) == expected


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_a_query_on_a_database_file_gives_the_same_bytes(
    kind: str, expected: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    WRITERS[kind](Path("houses.base"))
    monkeypatch.setenv("DATABASE_URL", f"{kind}:///houses.base")
    Path("houses.sql").write_text("-- all\nSELECT * FROM houses\n")
    assert ingest("houses.sql") == expected


def test_partitions_give_the_same_bytes_once_their_key_is_dropped(expected: bytes) -> None:
    write_partitions(Path("houses"))
    assert ingest("houses", **{"ingest.drop": ["part"]}) == expected

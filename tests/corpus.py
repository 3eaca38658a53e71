"""Small odd inputs and what is said of them: tables as text, with params.yaml's changes beside them."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import sqlite3
import zipfile
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from tests.project import Changes
from tests.reading import TAKEN

T = datetime.datetime
INF = float("inf")


@dataclass(frozen=True)
class Case:
    """A source, changed keys, what the last stage prints or refuses with, and the rows that ingest writes."""

    content: str | bytes
    changes: Changes = field(default_factory=dict)
    file: str = "table.csv"
    said: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] | None = None


@dataclass(frozen=True)
class Cells:
    """Cells of the column x beside a target y of no and yes: its type, and what becomes of the cells."""

    cells: list[str]
    changes: Changes = field(default_factory=dict)
    kind: str = ""
    values: list[Any] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def packed(files: dict[str, bytes]) -> bytes:
    """A ZIP archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def database(*statements: str) -> bytes:
    """An SQLite file after some statements."""
    with sqlite3.connect(":memory:") as made:
        for statement in statements:
            made.execute(statement)
        made.commit()
        return made.serialize()


def workbook(*rows: list[Any]) -> bytes:
    """An .xlsx file of one sheet."""
    import xlsxwriter

    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    sheet = book.add_worksheet("data")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return made.getvalue()


def parquet(**columns: Any) -> bytes:
    """A Parquet file of these columns."""
    made = io.BytesIO()
    pl.DataFrame(columns).write_parquet(made)
    return made.getvalue()


AB = "a,b,y\n1,2,no\n3,5,yes\n4,1,no\n2,2,yes\n"

FILES: dict[str, Case] = {
    # separators, line ends, blank lines
    "a byte order mark and CRLF together": Case(
        "\ufeffa,y\r\n1,no\r\n2,yes\r\n",
        said=["ingest: 2 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "line ends of three kinds in one file": Case(
        "a,y\r\n1,no\r2,yes\n3,no\n",
        said=["ingest: 3 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes"), (3.0, "no")],
    ),
    "no line end at the end": Case(
        "a,y\n1,no\n2,yes",
        said=["ingest: 2 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "lines of commas only": Case(
        "a,b,y\n,,\n1,2,no\n,,\n3,4,yes\n,,\n",
        said=[
            "ingest: 2 examples of table.csv; columns: 2 number",
            "ingest: 3 rows set aside, the target 'y' is missing",
        ],
        rows=[(1.0, 2.0, "no"), (3.0, 4.0, "yes")],
    ),
    "a separator at the end of every line": Case(
        "a,b,y,\n1,2,no,\n3,5,yes,\n",
        said=[
            "ingest: 2 examples of table.csv; columns: 2 number",
            "ingest: table.csv: line 1: column 4 has no name and is called 'unnamed'",
            "ingest: column 'unnamed': is missing in every row; dropped; a type in ingest.columns keeps it, "
            "as 'unnamed': category",
        ],
        rows=[(1.0, 2.0, "no"), (3.0, 5.0, "yes")],
    ),
    "a separator at the end of the header only": Case(
        "a,b,y,\n1,2,no\n3,5,yes\n",
        said=["table.csv: line 2 has 3 fields, the header has 4; quote the separator or mend the line"],
    ),
    "the header has one name too few": Case(
        "a,y\n0,1,no\n1,3,yes\n",
        said=["table.csv: line 2 has 3 fields, the header has 2; quote the separator or mend the line"],
    ),
    "the line that Excel puts before a table": Case(
        "sep=;\na;y\n1;no\n2;yes\n",
        said=["params.yaml: ingest.target: table.csv has no column 'y'; it has sep=, unnamed"],
    ),
    "a comment above the header": Case(
        "# made by hand\na,y\n1,no\n2,yes\n",
        said=["params.yaml: ingest.target: table.csv has no column 'y'; it has # made by hand"],
    ),
    "a comment among the rows": Case(
        "a,b,y\n1,2,no\n# half way\n3,5,yes\n",
        said=["table.csv: line 3 has 1 field, the header has 3; quote the separator or mend the line"],
    ),
    "a title above the header": Case(
        "Sales of 2020\na,b,y\n1,2,no\n3,5,yes\n",
        said=["params.yaml: ingest.target: table.csv has no column 'y'; it has Sales of 2020"],
    ),
    "a rule of dashes beneath the header": Case(
        "a|y\n---|---\n1|no\n2|yes\n",
        said=[
            "ingest: 3 examples of table.csv; columns: 1 number",
            "ingest: column 'a': '---' (once) among numbers counts as missing; ingest.missing.values can "
            "say otherwise, as 'a': []",
            "ingest: column 'y': '---' (once) may stand for a missing value; kept as a category; "
            "ingest.missing.values can say otherwise, as 'y': ['---']",
        ],
        rows=[(None, "---"), (1.0, "no"), (2.0, "yes")],
    ),
    "a total in the last line": Case(
        "a,b,y\n1,2,no\n3,5,yes\nTotal,7,\n",
        said=[
            "ingest: 2 examples of table.csv; columns: 1 category, 1 number",
            "ingest: 1 row set aside, the target 'y' is missing",
        ],
        rows=[("1", 2.0, "no"), ("3", 5.0, "yes")],
    ),
    "the header again in the middle": Case(
        "a,b,y\n1,2,no\na,b,y\n3,5,yes\n",
        said=["ingest: 3 examples of table.csv; columns: 2 category"],
        rows=[("1", "2", "no"), ("a", "b", "y"), ("3", "5", "yes")],
    ),
    "an end of file sign of DOS": Case(
        "a,y\n1,no\n2,yes\n\x1a",
        said=["table.csv: line 4 has 1 field, the header has 2; quote the separator or mend the line"],
    ),
    "cells of blanks": Case(
        "a,b,y\n  ,1,no\n3,   ,yes\n5,6,no\n",
        said=["ingest: 3 examples of table.csv; columns: 2 number"],
        rows=[(None, 1.0, "no"), (3.0, None, "yes"), (5.0, 6.0, "no")],
    ),
    "tabs for separators under the name csv": Case(
        "a\ty\n1\tno\n2\tyes\n",
        said=["ingest: 2 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "semicolons and decimal commas": Case(
        "a;b;y\n1,5;2;no\n2,25;3;yes\n",
        said=["ingest: 2 examples of table.csv; columns: 2 number"],
        rows=[(1.5, 2.0, "no"), (2.25, 3.0, "yes")],
    ),
    "commas in a tsv file": Case(
        "a,y\n1,no\n2,yes\n",
        file="table.tsv",
        said=["params.yaml: ingest.target: table.tsv has no column 'y'; it has a,y"],
    ),
    # quotes
    "a quote inside a cell without quotes": Case(
        'a,y\n5" pipe,no\n6" pipe,yes\n',
        said=["ingest: 2 examples of table.csv; columns: 1 category"],
        rows=[('5" pipe', "no"), ('6" pipe', "yes")],
    ),
    "quotes around every cell": Case(
        '"a","y"\n"1","no"\n"2","yes"\n',
        said=["ingest: 2 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "a line break inside a cell": Case(
        'a,y\n"one\ntwo",no\nthree,yes\n"one\ntwo",no\n',
        said=[
            "ingest: 3 examples of table.csv; columns: 1 category",
            "ingest: 1 example equals an earlier one in every column; kept; ingest.duplicates: drop leaves them out",
        ],
        rows=[("one\ntwo", "no"), ("three", "yes"), ("one\ntwo", "no")],
    ),
    "a carriage return inside a cell": Case(
        'a,y\n"one\r\ntwo",no\nthree,yes\n',
        said=["ingest: 2 examples of table.csv; columns: 1 category"],
        rows=[("one\r\ntwo", "no"), ("three", "yes")],
    ),
    "a quote that is never closed": Case(
        'a,b,y\n1,"2,no\n3,5,yes\n',
        said=["ingest: 2 examples of table.csv; columns: 1 number, 1 category"],
        rows=[(1.0, '"2', "no"), (3.0, "5", "yes")],
    ),
    "curly quotes": Case(
        "a,y\n“one”,no\n“two”,yes\n“one”,no\n",
        said=[
            "ingest: 3 examples of table.csv; columns: 1 category",
            "ingest: 1 example equals an earlier one in every column; kept; ingest.duplicates: drop leaves them out",
        ],
        rows=[("“one”", "no"), ("“two”", "yes"), ("“one”", "no")],
    ),
    # encodings
    "UTF-16 with a mark": Case(
        "a,y\né,no\nü,yes\né,no\n".encode("utf-16"),
        said=[
            "ingest: 3 examples of table.csv; columns: 1 category",
            "ingest: 1 example equals an earlier one in every column; kept; ingest.duplicates: drop leaves them out",
        ],
        rows=[("é", "no"), ("ü", "yes"), ("é", "no")],
    ),
    "UTF-16 without a mark": Case(
        "a,y\n1,no\n2,yes\n".encode("utf-16-le"),
        said=[
            "table.csv: line 1, byte 1: is a NUL, which no text holds; UTF-16 without a byte order mark "
            "would; set ingest.csv.encoding in params.yaml"
        ],
    ),
    "UTF-32": Case(
        "a,y\n1,no\n2,yes\n".encode("utf-32"),
        said=["ingest: 2 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "Latin-1": Case(
        "städte,y\nKöln,no\nMünchen,yes\nKöln,no\nKöln,yes\n".encode("latin-1"),
        said=[
            "ingest: 4 examples of table.csv; columns: 1 category",
            "ingest: table.csv: is no UTF-8 and is read as cp1252; set ingest.csv.encoding if that is wrong",
            "ingest: 1 example equals an earlier one in every column; kept; ingest.duplicates: drop leaves them out",
        ],
        rows=[("Köln", "no"), ("München", "yes"), ("Köln", "no"), ("Köln", "yes")],
    ),
    "Shift JIS by name": Case(
        "a,y\n東京,no\n大阪,yes\n東京,yes\n".encode("shift_jis"),
        {"ingest.csv.encoding": "shift_jis"},
        said=["ingest: 3 examples of table.csv; columns: 1 category"],
        rows=[("東京", "no"), ("大阪", "yes"), ("東京", "yes")],
    ),
    "one bad byte in UTF-8": Case(
        "a,y\né,no\nü,yes\né,no\n".encode() + b"\xff,no\n",
        {"ingest.csv.encoding": "utf-8"},
        said=["table.csv: line 5, byte 23: is not utf-8; set ingest.csv.encoding in params.yaml"],
    ),
    "an encoding that is none of text": Case(
        AB,
        {"ingest.csv.encoding": "base64"},
        said=[
            "params.yaml: ingest.csv.encoding: no such text encoding (got 'base64'); a name that Python "
            "knows would do, as utf-8, cp1252 or utf-16"
        ],
    ),
    "nothing but a byte order mark": Case(
        b"\xef\xbb\xbf", said=["table.csv: is empty; a table has a header and at least one row"]
    ),
    "nothing but NUL bytes": Case(
        b"\x00" * 40,
        said=[
            "table.csv: line 1, byte 0: is a NUL, which no text holds; UTF-16 without a byte order mark "
            "would; set ingest.csv.encoding in params.yaml"
        ],
    ),
    "a picture": Case(
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        said=[
            "table.csv: line 3, byte 8: is a NUL, which no text holds; UTF-16 without a byte order mark "
            "would; set ingest.csv.encoding in params.yaml"
        ],
    ),
    "a web page": Case(
        "<!DOCTYPE html>\n<html><body>404</body></html>\n",
        said=["params.yaml: ingest.target: table.csv has no column 'y'; it has <!DOCTYPE html>"],
    ),
    # headers and names
    "two columns of one name": Case(
        "a,a,y\n1,5,no\n2,7,yes\n",
        said=[
            "ingest: 2 examples of table.csv; columns: 2 number",
            "ingest: table.csv: line 1: column 2 is another 'a' and is called 'a_2'",
        ],
        rows=[(1.0, 5.0, "no"), (2.0, 7.0, "yes")],
    ),
    "two columns of one name but for blanks": Case(
        "a, a,y\n1,5,no\n2,7,yes\n",
        said=[
            "ingest: 2 examples of table.csv; columns: 2 number",
            "ingest: table.csv: line 1: column 2 is another 'a' and is called 'a_2'",
        ],
        rows=[(1.0, 5.0, "no"), (2.0, 7.0, "yes")],
    ),
    "names that differ by case": Case(
        "a,A,y\n1,5,no\n2,7,yes\n",
        said=["ingest: 2 examples of table.csv; columns: 2 number"],
        rows=[(1.0, 5.0, "no"), (2.0, 7.0, "yes")],
    ),
    "the target stands twice": Case(
        "a,y,y\n1,no,yes\n2,yes,no\n",
        said=[
            "ingest: 2 examples of table.csv; columns: 1 number, 1 boolean",
            "ingest: table.csv: line 1: column 3 is another 'y' and is called 'y_2'",
        ],
        rows=[(1.0, "no", True), (2.0, "yes", False)],
    ),
    "an index without a name": Case(
        ",a,y\n0,5,no\n1,7,yes\n2,5,no\n3,6,yes\n",
        said=[
            "ingest: 4 examples of table.csv; columns: 2 number",
            "ingest: table.csv: line 1: column 1 has no name and is called 'unnamed'",
        ],
        rows=[(0.0, 5.0, "no"), (1.0, 7.0, "yes"), (2.0, 5.0, "no"), (3.0, 6.0, "yes")],
    ),
    "every name is empty": Case(
        ",,\n1,2,no\n3,4,yes\n",
        {"ingest.target": "unnamed_3"},
        said=["params.yaml: ingest.target: table.csv has no column 'unnamed_3'; it has 1, 2, no"],
    ),
    "no header, and params.yaml names columns": Case(
        "1,2,no\n3,5,yes\n",
        {"ingest.csv.names": ["a", "b", "y"]},
        said=["ingest: 2 examples of table.csv; columns: 2 number"],
        rows=[(1.0, 2.0, "no"), (3.0, 5.0, "yes")],
    ),
    "fewer names given than columns": Case(
        "1,2,no\n3,5,yes\n",
        {"ingest.csv.names": ["a", "y"]},
        said=["table.csv: line 1 has 3 fields, ingest.csv.names has 2; quote the separator or mend the line"],
    ),
    "an empty name given": Case(
        "1,2,no\n3,5,yes\n",
        {"ingest.csv.names": ["a", "", "y"]},
        said=["params.yaml: ingest.csv.names: has no name for column 2; name it"],
    ),
    "no header and no names": Case(
        "1,2,no\n3,5,yes\n",
        {"ingest.target": "column_3"},
        said=["params.yaml: ingest.target: table.csv has no column 'column_3'; it has 1, 2, no"],
    ),
    "emoji and right-to-left names": Case(
        "😀,שלום,y\n1,5,no\n2,7,yes\n",
        said=["ingest: 2 examples of table.csv; columns: 2 number"],
        rows=[(1.0, 5.0, "no"), (2.0, 7.0, "yes")],
    ),
    "a name of 400 characters": Case(
        f"{'n' * 400},y\n1,no\n2,yes\n",
        said=["ingest: 2 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "a name with a line break": Case(
        '"a\nb",y\n1,no\n2,yes\n',
        said=["ingest: 2 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "a target that lies beside a name with a line break": Case(
        '"a\nb",y\n1,no\n2,yes\n',
        {"ingest.target": "z"},
        said=["params.yaml: ingest.target: table.csv has no column 'z'; it has a\\nb, y"],
    ),
    "a target that lies beside a name of 400 characters": Case(
        f"{'n' * 400},y\n1,no\n2,yes\n",
        {"ingest.target": "z"},
        said=[
            "params.yaml: ingest.target: table.csv has no column 'z'; it has "
            "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…nnnnnnnnnnnnnnnnnnnn, y"
        ],
    ),
    "many columns, and the target is none of them": Case(
        ",".join(f"c{i}" for i in range(20)) + "\n" + ",".join("1" * 20) + "\n",
        {"ingest.target": "z"},
        said=[
            "params.yaml: ingest.target: table.csv has no column 'z'; it has c0, c1, c2, c3, c4, c5, c6, "
            "c7, c8, c9, c10, c11 and 8 more"
        ],
    ),
    "names that polars takes for patterns": Case(
        "*,^.*$,y\n1,5,no\n2,7,yes\n",
        said=["ingest: 2 examples of table.csv; columns: 2 number"],
        rows=[(1.0, 5.0, "no"), (2.0, 7.0, "yes")],
    ),
    # sizes
    "one column, which is the target": Case(
        "y\nno\nyes\n", said=["table.csv: has no column but what it shall predict; add one to learn from"]
    ),
    "one row": Case("a,y\n1,no\n", said=["target 'y': is no in every row; a model needs two different values"]),
    "two rows": Case(
        "a,y\n1,no\n2,yes\n",
        said=["ingest: 2 examples of table.csv; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "a header of one name and nothing else": Case(
        "y", said=["table.csv: has a header but no rows; a table has at least one"]
    ),
    "a cell of 100,000 characters": Case(
        f"a,y\n{'x' * 100_000},no\nb,yes\n{'x' * 100_000},no\n",
        said=[
            "ingest: 3 examples of table.csv; columns: 1 category",
            "ingest: 1 example equals an earlier one in every column; kept; ingest.duplicates: drop leaves them out",
        ],
        rows=[("x" * 100_000, "no"), ("b", "yes"), ("x" * 100_000, "no")],
    ),
    # other formats
    "tsv with quotes that are text": Case(
        'a\ty\n5"\tno\n6"\tyes\n',
        file="table.tsv",
        said=["ingest: 2 examples of table.tsv; columns: 1 category"],
        rows=[('5"', "no"), ('6"', "yes")],
    ),
    "jsonl with other keys in each line": Case(
        '{"a": 1, "y": "no"}\n{"b": 2, "y": "yes"}\n{"y": "no"}\n',
        file="t.jsonl",
        said=["ingest: 3 examples of t.jsonl; columns: 2 number"],
        rows=[(1.0, "no", None), (None, "yes", 2.0), (None, "no", None)],
    ),
    "jsonl with a byte order mark": Case(
        '\ufeff{"a": 1, "y": "no"}\n{"a": 2, "y": "yes"}\n',
        file="t.jsonl",
        said=["ingest: 2 examples of t.jsonl; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "jsonl of words and null": Case(
        '{"a": null, "y": "no"}\n{"a": "null", "y": "yes"}\n{"a": "x", "y": "no"}\n',
        file="t.jsonl",
        said=[
            "ingest: 3 examples of t.jsonl; columns: 1 category",
            "ingest: column 'a': 'null' (once) counts as missing; ingest.missing.values can say otherwise, as 'a': []",
        ],
        rows=[(None, "no"), (None, "yes"), ("x", "no")],
    ),
    "json of NaN and Infinity": Case(
        '[{"a": NaN, "y": 1.5}, {"a": Infinity, "y": 2}, {"a": 3, "y": 1}]',
        file="t.json",
        said=[
            "ingest: 3 examples of t.json; columns: 1 number",
            "ingest: column 'a': 1 value is infinite and counts as missing; mend the source to change it",
        ],
        rows=[(None, 1.5), (None, 2.0), (3.0, 1.0)],
    ),
    "json with a whole number beyond 64 bits": Case(
        json.dumps([{"a": 2**70, "y": "no"}, {"a": 1, "y": "yes"}]),
        file="t.json",
        said=["ingest: 2 examples of t.json; columns: 1 number"],
        rows=[(1.1805916207174113e21, "no"), (1.0, "yes")],
    ),
    "json with objects in cells": Case(
        '[{"a": {"b": 1}, "y": "no"}, {"a": {"b": 2}, "y": "yes"}]',
        file="t.json",
        said=["ingest: 2 examples of t.json; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "json with lists in cells that are dropped": Case(
        '[{"a": [1, 2], "b": 1, "y": "no"}, {"a": [3], "b": 2, "y": "yes"}]',
        {"ingest.drop": ["a"]},
        file="t.json",
        said=["ingest: 2 examples of t.json; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "json whose target is true and false": Case(
        '[{"a": 1, "y": true}, {"a": 2, "y": false}]',
        file="t.json",
        said=["ingest: 2 examples of t.json; columns: 1 number"],
        rows=[(1.0, True), (2.0, False)],
    ),
    "a workbook with numbers as text": Case(
        workbook(["a", "y"], ["1", "no"], [2, "yes"], ["3", "no"]),
        file="t.xlsx",
        said=["ingest: 3 examples of t.xlsx; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes"), (3.0, "no")],
    ),
    "a workbook whose target is empty now and then": Case(
        workbook(["a", "y"], [1, "no"], [2, None], [3, "yes"]),
        file="t.xlsx",
        said=["ingest: 2 examples of t.xlsx; columns: 1 number", "ingest: 1 row set aside, the target 'y' is missing"],
        rows=[(1.0, "no"), (3.0, "yes")],
    ),
    "a workbook that is a text": Case(
        AB,
        file="t.xlsx",
        said=[
            "t.xlsx: is no xlsx workbook (Xlsx error: Zip error: invalid Zip archive: Could not find EOCD); "
            "export it again, or as .csv"
        ],
    ),
    "parquet with lists": Case(
        parquet(a=[["p"], ["q"]], b=[1, 2], y=["no", "yes"]),
        file="t.parquet",
        said=[
            "column 'a': is stored as List(String), which no column type reads; name it in ingest.drop, or "
            "its type in ingest.columns"
        ],
    ),
    "parquet with NaN and null": Case(
        parquet(a=[float("nan"), None, 1.0, 2.0], y=["no", "yes", "no", "yes"]),
        file="t.parquet",
        said=["ingest: 4 examples of t.parquet; columns: 1 number"],
        rows=[(None, "no"), (None, "yes"), (1.0, "no"), (2.0, "yes")],
    ),
    "parquet with bytes": Case(
        parquet(a=[b"1", b"2"], b=[1, 2], y=["no", "yes"]),
        file="t.parquet",
        said=[
            "column 'a': is stored as Binary, which no column type reads; name it in ingest.drop, or its "
            "type in ingest.columns"
        ],
    ),
    "parquet with a date as target": Case(
        parquet(a=[1, 2], y=[datetime.date(2020, 1, 1), datetime.date(2020, 1, 2)]),
        file="t.parquet",
        said=["ingest: 2 examples of t.parquet; columns: 1 number"],
        rows=[(1.0, T(2020, 1, 1, 0, 0)), (2.0, T(2020, 1, 2, 0, 0))],
    ),
    "parquet of categories": Case(
        parquet(
            a=pl.Series(["u", "v", "u"], dtype=pl.Categorical), y=pl.Series(["n", "p", "n"], dtype=pl.Enum(["n", "p"]))
        ),
        file="t.parquet",
        said=[
            "ingest: 3 examples of t.parquet; columns: 1 category",
            "ingest: 1 example equals an earlier one in every column; kept; ingest.duplicates: drop leaves them out",
        ],
        rows=[("u", "n"), ("v", "p"), ("u", "n")],
    ),
    "parquet cut off in the middle": Case(
        parquet(a=range(50), y=range(50))[:200],
        file="t.parquet",
        said=[
            "t.parquet: is not a Parquet file (parquet: File out of specification: The file must end with "
            "PAR1 or PARE); write it again"
        ],
    ),
    "arff with a missing target": Case(
        "@relation r\n@attribute a numeric\n@attribute y {no,yes}\n@data\n1,no\n2,?\n3,yes\n?,no\n",
        file="t.arff",
        said=["ingest: 3 examples of t.arff; columns: 1 number", "ingest: 1 row set aside, the target 'y' is missing"],
        rows=[(1.0, "no"), (3.0, "yes"), (None, "no")],
    ),
    "arff in capitals with comments": Case(
        "% c\n@RELATION r\n@ATTRIBUTE a REAL\n@ATTRIBUTE y {no,yes}\n@DATA\n% c\n1,no\n2,yes\n",
        file="t.arff",
        said=["ingest: 2 examples of t.arff; columns: 1 number"],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "fixed width with a gap in a column": Case(
        "name    y\nann     no\nbo      yes\n        no\nann     yes\n",
        file="t.fwf",
        said=["ingest: 4 examples of t.fwf; columns: 1 category"],
        rows=[("ann", "no"), ("bo", "yes"), (None, "no"), ("ann", "yes")],
    ),
    "an sqlite table with mixed types": Case(
        database("CREATE TABLE t (a, y)", "INSERT INTO t VALUES (1,'no'),('x','yes'),(NULL,'no'),(2.5,'yes')"),
        file="t.sqlite",
        said=["ingest: 4 examples of t.sqlite; columns: 1 category"],
        rows=[("1", "no"), ("x", "yes"), (None, "no"), ("2.5", "yes")],
    ),
    "an sqlite query that makes two columns of one name": Case(
        database("CREATE TABLE t (a, y)", "INSERT INTO t VALUES (1,'no'),(2,'yes')"),
        {"ingest.sqlite": {"query": "SELECT a, a, y FROM t"}},
        file="t.sqlite",
        said=[
            "ingest: 2 examples of t.sqlite; columns: 1 number",
            "ingest: t.sqlite: column 2 is another 'a' and is called 'a_2'",
            "ingest: column 'a_2': equals 'a' in every row; dropped; a type in ingest.columns keeps it, as "
            "'a_2': number",
        ],
        rows=[(1.0, "no"), (2.0, "yes")],
    ),
    "a table and a query": Case(
        database("CREATE TABLE t (a, y)"),
        {"ingest.sqlite": {"query": "SELECT 1", "table": "t"}},
        file="t.sqlite",
        said=["params.yaml: ingest.sqlite: names a table and a query; one of them must be null"],
    ),
    "a gz file inside a gz file": Case(
        gzip.compress(gzip.compress(AB.encode())),
        file="t.csv.gz.gz",
        said=["ingest: 4 examples of t.csv.gz.gz; columns: 2 number"],
        rows=[(1.0, 2.0, "no"), (3.0, 5.0, "yes"), (4.0, 1.0, "no"), (2.0, 2.0, "yes")],
    ),
    "a gz file without a second suffix": Case(
        gzip.compress(AB.encode()),
        file="t.gz",
        said=[f"t.gz/t: no reader takes files without a suffix; {TAKEN}"],
    ),
    "a gz file that is plain text": Case(
        AB, file="t.csv.gz", said=["t.csv.gz: is no gz file (Not a gzipped file (b'a,')); fetch it again"]
    ),
    "a zip with the files of a Mac": Case(
        packed({"t.csv": AB.encode(), "__MACOSX/._t.csv": b"junk"}),
        file="t.zip",
        said=["ingest: 4 examples of t.zip; columns: 2 number", "ingest: t.zip: __MACOSX/._t.csv in it is not read"],
        rows=[(1.0, 2.0, "no"), (3.0, 5.0, "yes"), (4.0, 1.0, "no"), (2.0, 2.0, "yes")],
    ),
    "a zip in a zip": Case(
        packed({"t.zip": packed({"t.csv": AB.encode()})}),
        file="t.zip",
        said=["ingest: 4 examples of t.zip; columns: 2 number"],
        rows=[(1.0, 2.0, "no"), (3.0, 5.0, "yes"), (4.0, 1.0, "no"), (2.0, 2.0, "yes")],
    ),
    "a zip with nothing in it": Case(
        packed({}),
        file="t.zip",
        said=[f"t.zip: holds no table and no media files; {TAKEN.replace('.py, ', '').replace('.sql, ', '')}"],
    ),
    "a suffix in capitals": Case(
        AB,
        file="TABLE.CSV",
        said=["ingest: 4 examples of TABLE.CSV; columns: 2 number"],
        rows=[(1.0, 2.0, "no"), (3.0, 5.0, "yes"), (4.0, 1.0, "no"), (2.0, 2.0, "yes")],
    ),
    "no suffix": Case(
        AB,
        file="table",
        said=[f"table: no reader takes files without a suffix; {TAKEN}"],
    ),
}

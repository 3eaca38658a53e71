"""Readers of spreadsheets, JSON, Arrow, ARFF and text tables: odd files are read as meant, what is decided is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plumbline.sources import suffixes
from tests.reading import open_file, read_error, write
from tests.reading import read_columns as read

pytestmark = pytest.mark.usefixtures("in_scratch_folder")


def read_notes(source: str, **knobs: dict[str, Any]) -> list[str]:
    return open_file(source, **knobs).notes


# Every kind of file

EMPTY = "is empty; a table has a header and at least one row"


@pytest.mark.parametrize("suffix", suffixes())
def test_an_empty_file_is_one_sentence(suffix: str) -> None:
    assert read_error(write(f"x{suffix}", "")) == f"x{suffix}: {EMPTY}"


@pytest.mark.parametrize(
    ("suffix", "error"),
    [
        ("arff", "line 1: is no ARFF (Invalid layout of the ARFF file); mend it"),
        ("arrow", "is no Arrow file or stream; write it again"),
        ("feather", "is no Arrow file or stream; write it again"),
        ("bz2", "is no bz2 file (Invalid data stream); fetch it again"),
        ("gz", "is no gz file (Not a gzipped file (b'he')); fetch it again"),
        ("xz", "is no xz file (Input format not supported by decoder); fetch it again"),
        ("zst", "is no zst file (zstd decompressor error: Unknown frame descriptor); fetch it again"),
        ("zip", "is no zip file, or ends too early (File is not a zip file); fetch it again"),
        ("db", "SQLite says: file is not a database; mend the query or the file"),
        ("sqlite", "SQLite says: file is not a database; mend the query or the file"),
        ("json", "line 1 is no JSON (Expecting value); mend it"),
        ("jsonl", "line 1 is no JSON (Expecting value); write one object a line"),
        ("ndjson", "line 1 is no JSON (Expecting value); write one object a line"),
        ("csv", "has a header but no rows; a table has at least one"),
        ("fwf", "has a header but no rows; a table has at least one"),
        ("txt", "has a header but no rows; a table has at least one"),
    ],
)
def test_plain_text_under_another_suffix_is_one_sentence(suffix: str, error: str) -> None:
    assert read_error(write(f"x.{suffix}", "hello there\n")) == f"x.{suffix}: {error}"


@pytest.mark.parametrize(
    ("suffix", "beginning"),
    [
        ("xlsx", "x.xlsx: is no xlsx workbook (Xlsx error: Zip error: "),
        ("xls", "x.xls: is no xls workbook (Xls error: Cfb error: "),
        ("ods", "x.ods: is no ods workbook (Ods error: Zip error: "),
        ("parquet", "x.parquet: is not a Parquet file (parquet: File out of specification: "),
        ("duckdb", "x.duckdb: DuckDB says: IO Error: The file "),
    ],
)
def test_plain_text_under_a_binary_suffix_is_one_sentence(suffix: str, beginning: str) -> None:
    error = read_error(write(f"x.{suffix}", "hello there, this is text\n" * 9))
    assert error.startswith(beginning)
    assert "\n" not in error


# Names


@pytest.mark.parametrize(
    ("content", "names", "notes"),
    [
        (",x\n0,1\n", ["unnamed", "x"], ["x.csv: line 1: column 1 has no name and is called 'unnamed'"]),
        (
            "a,b, a,a_2\n1,2,3,4\n",
            ["a", "b", "a_3", "a_2"],
            ["x.csv: line 1: column 3 is another 'a' and is called 'a_3'"],
        ),
        (
            ",,unnamed\n1,2,3\n",
            ["unnamed_2", "unnamed_3", "unnamed"],
            [
                "x.csv: line 1: column 1 has no name and is called 'unnamed_2', "
                "column 2 has no name and is called 'unnamed_3'"
            ],
        ),
        (",,\na,b,c\n1,2,3\n", ["a", "b", "c"], []),
        ("EU,NA\n1,2\n", ["EU", "NA"], []),
    ],
)
def test_columns_without_a_name_of_their_own_get_one(content: str, names: list[str], notes: list[str]) -> None:
    source = write("x.csv", content)
    assert (list(read(source)), read_notes(source)) == (names, notes)


def test_many_columns_without_a_name_are_told_in_one_short_note() -> None:
    assert read_notes(write("x.csv", ",".join("a" * 12) + "\n" + ",".join("b" * 12) + "\n"))[0].endswith(
        "column 6 is another 'a' and is called 'a_6', 6 more columns are named likewise"
    )


def test_an_empty_name_in_a_typed_file_is_replaced_too() -> None:
    pl.DataFrame({"": [1], "b": [2]}).write_parquet("x.parquet")
    assert read("x.parquet") == {"unnamed": [1], "b": [2]}
    assert read_notes("x.parquet") == ["x.parquet: column 1 has no name and is called 'unnamed'"]


# Headers

DATA = "x.csv: line 1 is taken for data, not for a header, and columns are called column_1 to column_{}; {}"


@pytest.mark.parametrize(
    ("content", "n_columns"),
    [
        ("1,2\n3,4\n", 2),
        ("-1.5;2,5\n3,5;4\n", 2),
        ("5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa\n", 3),
        ("39, State-gov\n50, Private\n38, State-gov\n", 2),
        ("?,1\n2,3\n", 2),
        ("18.0,8,307.0,ford\n15.0,8,350.0,buick\n", 4),
        ("0,0,1\n0,1,0\n", 3),
    ],
)
def test_a_first_row_of_data_is_no_header(content: str, n_columns: int) -> None:
    source = write("x.csv", content)
    assert list(read(source)) == [f"column_{i + 1}" for i in range(n_columns)]
    assert read_notes(source) == [DATA.format(n_columns, "name them in ingest.csv.names")]


@pytest.mark.parametrize("content", ["0,1,2\n5,6,7\n", "2019,2020,2021\n1,2,3\n", "land,2019,2020\nDE,1,2\nFR,3,4\n"])
def test_numbers_that_count_columns_are_a_header(content: str) -> None:
    source = write("x.csv", content)
    assert (list(read(source)), read_notes(source)) == (content.split("\n")[0].split(","), [])


def test_a_header_in_doubt_is_told() -> None:
    source = write("x.tsv", "ham\thello\nspam\tbuy\nham\tbye\n")
    assert read_notes(source) == [
        "x.tsv: line 1 is taken for the header, though 'ham' stands below too; "
        "name the columns in ingest.tsv.names if it is data"
    ]
    assert read_notes(source, tsv={"names": ["label", "text"]}) == []


def test_a_header_that_is_repeated_is_still_one() -> None:
    assert read_notes(write("x.csv", "a,b\n1,2\na,b\n3,4\n")) == []


def test_a_guessed_encoding_is_told() -> None:
    source = write("x.csv", "a,b\n1,Müller\n".encode("cp1252"))
    assert read_notes(source) == ["x.csv: is no UTF-8 and is read as cp1252; set ingest.csv.encoding if that is wrong"]
    assert read_notes(source, csv={"encoding": "cp1252"}) == []


# Text tables

BLANKS = "x.txt: blanks are taken for separators; set ingest.txt.separator if that is wrong"


@pytest.mark.parametrize(
    ("content", "table"),
    [
        ("name age\nAnn   3\n Bob\t4 \n", {"name": ["Ann", "Bob"], "age": ["3", "4"]}),
        ("car  mpg\n\"ford 'x'\"  1\nbuick\t2\n", {"car": ["ford 'x'", "buick"], "mpg": ["1", "2"]}),
        ("x y\n1,5 a\n2,5 b\n", {"x": ["1.5", "2.5"], "y": ["a", "b"]}),
        ('size n\n5" 3\n6" 4\n', {"size": ['5"', '6"'], "n": ["3", "4"]}),
    ],
)
def test_runs_of_blanks_separate_cells(content: str, table: dict[str, list[str]]) -> None:
    source = write("x.txt", content)
    assert (read(source), read_notes(source)) == (table, [BLANKS])


@pytest.mark.parametrize("suffix", ["txt", "dat", "data"])
def test_text_tables_have_any_separator(suffix: str) -> None:
    assert read(write(f"x.{suffix}", "a;b\nx y;1,5\nz;2\n")) == {"a": ["x y", "z"], "b": ["1.5", "2"]}


def test_text_with_blanks_is_one_column() -> None:
    assert read(write("x.txt", "text\nhello, you\nwell; fine, thanks\n")) == {
        "text": ["hello, you", "well; fine, thanks"]
    }


def test_a_line_with_too_few_words_is_named() -> None:
    source = write("x.csv", "a  b\n1 2\n\n3\n")
    assert read_error(source, csv={"separator": "whitespace"}) == (
        "x.csv: line 4 has 1 field, the header has 2; quote the separator or mend the line"
    )


def test_columns_of_fixed_width_are_found() -> None:
    table = {"name": ["Ann Lee", "Bob"], "age": ["3", "?"], "city": ["New York", "Rome"]}
    assert read(write("x.fwf", "name     age  city\nAnn Lee    3  New York\n\nBob       ?  Rome\n")) == table


def test_widths_of_columns_may_be_given() -> None:
    knobs = {"widths": [2, 3], "names": ["x", "y"]}
    assert read(write("x.fwf", "AB123\nCD4\n"), fwf=knobs) == {"x": ["AB", "CD"], "y": ["123", "4"]}
    assert read_error(write("x.fwf", "AB123\nCD4567\n"), fwf=knobs) == (
        "x.fwf: line 2 has 6 characters, ingest.fwf.widths cover 5; mend one of them"
    )


# Spreadsheets

DAY = date(2020, 1, 2)


def write_book(path: str, **sheets: list[list[Any]]) -> str:
    """A workbook; text that begins with # is an error cell."""
    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    hours = book.add_format({"num_format": "[h]:mm:ss"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if isinstance(value, str) and value.startswith("#"):
                    sheet.write_formula(i, j, "=NA()", None, value)
                elif isinstance(value, timedelta):
                    sheet.write_datetime(i, j, value, hours)
                elif value is not None:
                    sheet.write(i, j, value)
    book.close()
    return path


def test_a_sheet_is_read_below_its_titles_without_what_is_empty() -> None:
    rows: list[list[Any]] = [["Sales of 2020"], [], [None, "x", None, "day"], [None, 1, None, DAY], [None] * 4]
    source = write_book("x.xlsx", one=[*rows, [None, 2.5, None, DAY]])
    assert read(source) == {"x": [1.0, 2.5], "day": [datetime(2020, 1, 2)] * 2}
    assert read_notes(source) == ["x.xlsx: the header of sheet 'one' is row 3 of its cells; those above are left out"]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        ([1, 2.0, None], [1, 2, None]),
        ([1, 2.5, "#N/A"], [1.0, 2.5, None]),
        (["#DIV/0!", "#VALUE!", 3], [None, None, 3]),
        (["1", "02", "NA"], ["1", "02", "NA"]),
        ([1, "two", True], ["1", "two", "true"]),
        ([True, None, False], [True, None, False]),
        ([time(12, 30), time(1, 2, 3)], ["12:30:00", "01:02:03"]),
        ([timedelta(hours=30), timedelta(seconds=1)], [108_000.0, 1.0]),
        (["  a ", " ", "?"], ["a", None, "?"]),
    ],
)
def test_cells_keep_their_kind(cells: list[Any], values: list[Any]) -> None:
    assert read(write_book("x.xlsx", one=[["id", "x"], *([i, cell] for i, cell in enumerate(cells))]))["x"] == values


def test_the_only_sheet_with_a_table_is_read() -> None:
    source = write_book("x.xlsx", Notes=[["read me"], ["twice"]], Data=[["x", "y"], [1, 2]], Sheet3=[])
    assert read(source) == {"x": [1], "y": [2]}
    assert read_notes(source) == ["x.xlsx: sheet 'Data' is read, of 'Notes', 'Data', 'Sheet3'"]
    assert read(source, xlsx={"sheet": "Notes"}) == {"read me": ["twice"]}


@pytest.mark.parametrize(
    ("sheets", "knobs", "error"),
    [
        (
            {"A": [["x", "y"], [1, 2]], "B": [["x", "y"], [3, 4]]},
            {},
            "x.xlsx: holds tables in sheets 'A', 'B'; name one in ingest.xlsx.sheet",
        ),
        ({"A": []}, {}, "x.xlsx: holds no table in 'A'; a table has a header and at least one row"),
        ({"A": [["x", "y"]]}, {}, "x.xlsx: holds no table in 'A'; a table has a header and at least one row"),
        (
            {"A": [["x", "y"], [1, 2]], "B": []},
            {"sheet": "B"},
            "x.xlsx: holds no table in 'B'; a table has a header and at least one row",
        ),
        (
            {"A": [["x", "y"], [1, 2]]},
            {"sheet": "a"},
            "params.yaml: ingest.xlsx.sheet: x.xlsx has no sheet 'a'; it has 'A'",
        ),
    ],
)
def test_a_workbook_that_leaves_the_table_open_is_one_sentence(
    sheets: dict[str, Any], knobs: dict[str, Any], error: str
) -> None:
    assert read_error(write_book("x.xlsx", **sheets), xlsx=knobs) == error


# JSON


@pytest.mark.parametrize(
    ("document", "table"),
    [
        ([{"a": 1}, {"b": "x"}, {"a": None, "b": "y"}], {"a": [1, None, None], "b": [None, "x", "y"]}),
        ({"a": [1, 2.5], "b": ["x", None]}, {"a": [1.0, 2.5], "b": ["x", None]}),
        ({"count": 2, "data": [{"a": 1}, {"a": 2}], "links": []}, {"a": [1, 2]}),
        ({"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": "y"}}, {"a": [1, 2], "b": ["x", "y"]}),
        ({"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [2, "y"]]}, {"a": [1, 2], "b": ["x", "y"]}),
        ([{"a": {"b": {"c": 1}, "d": True}}, {"a": {}}], {"a.b.c": [1, None], "a.d": [True, None]}),
        ([{"a": 1}, {"a": "x"}, {"a": 2.5}, {"a": True}, {"a": 3.0}], {"a": ["1", "x", "2.5", "true", "3"]}),
        ([{"a": [1, 2]}, {"a": [0.5]}, {"a": None}], {"a": [[1.0, 2.0], [0.5], None]}),
        ([{"a": [{"b": 1}]}, {"a": []}], {"a": ['[{"b": 1}]', "[]"]}),
        ([{"": 1, "a": float("nan")}], {"unnamed": [1], "a": [None]}),
        ([{"a": 10**30}, {"a": 1}], {"a": [1e30, 1.0]}),
    ],
)
def test_json_is_read_in_every_shape_of_a_table(document: Any, table: dict[str, list[Any]]) -> None:
    assert read(write("x.json", json.dumps(document))) == table


def test_kinds_may_change_late_in_a_file() -> None:
    lines = [json.dumps({"a": i, "b": i}) for i in range(25_000)] + ['{"a": "x", "b": 0.5, "c": true}']
    table = read(write("x.jsonl", "\n".join(lines)))
    assert (table["a"][:2], table["a"][-2:], table["b"][-2:]) == (["0", "1"], ["24999", "x"], [24999.0, 0.5])
    assert table["c"] == [None] * 25_000 + [True]


def test_objects_by_line_are_read_under_the_name_json_too() -> None:
    assert read(write("x.json", '{"a": 1}\n{"a": 2}\n')) == {"a": [1, 2]}


SHAPES = "a table is a list of objects, an object of columns, or an object that holds one such list"


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("x.json", "[]", f"x.json: holds no rows; {SHAPES}"),
        ("x.json", "[1, 2]", f"x.json: holds a list of other things than objects; {SHAPES}"),
        ("x.json", "3", f"x.json: holds a single value; {SHAPES}"),
        ("x.json", '{"a": 1}', f"x.json: holds no lists of objects; {SHAPES}"),
        ("x.json", '{"a": [{"x": 1}], "b": [{"x": 1}]}', f"x.json: holds 2 lists of objects; {SHAPES}"),
        ("x.json", '{"a": [1, 2], "b": [1]}', "x.json: holds columns of 1 to 2 values; give all equally many"),
        (
            "x.json",
            '{"columns": ["a"], "data": [[1, 2]]}',
            "x.json: row 1 under data has not one value for each of 1 columns",
        ),
        ("x.json", '[{"a": 1},\n{"a": }]', "x.json: line 2 is no JSON (Expecting value); mend it"),
        ("x.json", b'[{"a": "\xff"}]', "x.json: is no JSON (UnicodeDecodeError); write it again as UTF-8"),
        ("x.json", "[" * 100_000, "x.json: is no JSON (RecursionError); write it again as UTF-8"),
        ("x.json", "[{}]", "x.json: has no rows; a table has at least one"),
        (
            "x.json",
            '[{"a.b": 1, "a": {"b": 2}}]',
            "x.json: a row has two keys 'a.b' once objects are flattened; rename one",
        ),
        (
            "x.json",
            '[{"a": [1]}, {"a": 1}]',
            "x.json: column 'a' mixes lists or bytes with other values; write them alike",
        ),
        (
            "x.json",
            '[{"a": "\\ud800"}]',
            "x.json: column 'a' holds half a surrogate pair, which is no text; mend it",
        ),
        (
            "x.jsonl",
            '{"a": 1}\n\n{"a": 2\n',
            "x.jsonl: line 3 is no JSON (Expecting ',' delimiter); write one object a line",
        ),
        ("x.jsonl", "[1]\n", "x.jsonl: line 1 is no JSON object but a list; write one object a line"),
        ("x.jsonl", b'{"a": "\xff"}\n', "x.jsonl: line 1 is no JSON (not UTF-8 or too deep); write one object a line"),
        ("x.jsonl", "\n\n", "x.jsonl: has no rows; a table has at least one"),
    ],
)
def test_broken_json_is_one_sentence(name: str, content: str | bytes, error: str) -> None:
    assert read_error(write(name, content)) == error


# Typed tables


@pytest.mark.parametrize(
    "save", [pl.DataFrame.write_ipc, pl.DataFrame.write_ipc_stream], ids=["Arrow file", "Arrow stream"]
)
def test_an_arrow_file_keeps_its_types(save: Callable[..., None]) -> None:
    table = pl.DataFrame({"a": [1, None], "b": ["x", "NA"], "c": [date(2020, 1, 1), None], "d": [True, False]})
    save(table, "x.arrow")
    assert open_file("x.arrow").table.collect().equals(table)


@pytest.mark.parametrize(("keep", "error"), [(500, "is a broken Arrow file ("), (0, EMPTY)])
def test_an_arrow_file_that_is_cut_off_is_one_sentence(keep: int, error: str) -> None:
    pl.DataFrame({"a": range(500)}).write_ipc("x.arrow")
    assert read_error(write("x.arrow", Path("x.arrow").read_bytes()[:keep])).startswith(f"x.arrow: {error}")


def test_dtypes_that_no_column_type_reads_become_plain() -> None:
    table = pl.DataFrame(
        {
            "amount": [Decimal("0.10"), Decimal("12345678901234567.89"), None],
            "at": [time(1, 2, 3), None, time(12)],
            "took": [timedelta(microseconds=129_600_000_001), timedelta(0), None],
            "place": [{"x": 1, "y": {"z": "a"}}, {"x": 2, "y": None}, None],
            "big": pl.Series([1, 2**100, None], dtype=pl.Int128),
        }
    )
    table.write_parquet("x.parquet")
    assert read("x.parquet") == {
        "amount": [0.1, 12345678901234567.89, None],
        "at": ["01:02:03", None, "12:00:00"],
        "took": [129600.000001, 0.0, None],
        "place.x": [1, 2, None],
        "place.y.z": ["a", None, None],
        "big": [1.0, float(2**100), None],
    }
    assert read_notes("x.parquet") == ["x.parquet: column 'took' holds durations and is read as seconds"]


# ARFF

ARFF = """% made by hand
@RELATION r
@attribute 'a b' numeric
@attribute class {x, 'y z'}
@attribute code {1,2}
@attribute day date "dd/MM/yyyy"
@attribute 'at' DATE
@attribute s string
@data
"""


def test_the_types_that_an_arff_file_declares_are_used() -> None:
    source = write("x.arff", ARFF + "1,x,2,31/12/1999,1999-12-31T23:59:59,'it\\'s'\n% no\n?,'y z',1,?,?,?\n")
    table = open_file(source).table.collect()
    assert table["code"].dtype == pl.Enum(["1", "2"])
    assert table.rows() == [
        (1, "x", "2", datetime(1999, 12, 31), datetime(1999, 12, 31, 23, 59, 59), "it's"),
        (None, "y z", "1", None, None, None),
    ]


def test_sparse_rows_are_filled() -> None:
    head = "@relation r\n@attribute a numeric\n@attribute b {u,v}\n@attribute c real\n@data\n"
    assert read(write("x.arff", head + "{0 5, 1 v}\n{2 1.5}\n")) == {"a": [5, 0], "b": ["v", "u"], "c": [0.0, 1.5]}


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (ARFF, "has no rows; a table has at least one"),
        (ARFF + "1,q,1,?,?,?\n", "line 10: is no ARFF (Data value q not found in nominal declaration); mend it"),
        (ARFF + "1,x\n", "line 10: is no ARFF (Bad @DATA instance format: 1,x); mend it"),
        (ARFF + "one,x,1,?,?,?\n", "line 10: is no ARFF (Invalid numerical value); mend it"),
        (ARFF + "1,x,1,1999,?,?\n", "attribute 'day' has '1999', which is not in its date format; mend it"),
        (
            "@relation r\n@attribute d date 'EEE'\n@data\n1\n",
            "has the date format 'EEE'; formats of yyyy, MM, dd, HH, mm, ss, 'T', yy are read",
        ),
        (
            "@relation r\n@attribute a relational\n@data\n1\n",
            "line 2: is no ARFF (Bad @ATTRIBUTE type); mend it",
        ),
    ],
)
def test_a_broken_arff_file_is_one_sentence(content: str, error: str) -> None:
    assert read_error(write("x.arff", content)) == f"x.arff: {error}"

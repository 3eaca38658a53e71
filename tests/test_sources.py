"""Readers: every way of writing the same table is read as the same table, and what is no table is one sentence."""

import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plumbline import plugins
from tests.reading import TAKEN, open_file, read_error, write

pytestmark = pytest.mark.usefixtures("in_scratch_folder")


def read(source: str, **knobs: dict[str, Any]) -> pl.DataFrame:
    return open_file(source, **knobs).table.collect(engine="streaming")


def read_csv(content: str | bytes, **knobs: Any) -> list[tuple[Any, ...]]:
    """Header and rows of a csv file."""
    table = read(write("x.csv", content), csv=knobs)
    assert set(table.dtypes) == {pl.String}
    return [tuple(table.columns), *table.rows()]


# Every reader


@pytest.mark.parametrize("name", plugins.names("sources"))
def test_a_reader_has_documented_knobs_with_defaults(name: str) -> None:
    reader = plugins.load("sources", name)
    read = reader.unpack if hasattr(reader, "unpack") else reader.read
    assert list(inspect.signature(read).parameters)[:3] == ["path", "params", "scratch"]
    reader.Params()
    assert all(field.description for field in reader.Params.model_fields.values())


def test_readers_are_imported_without_heavy_libraries() -> None:
    heavy = "('polars', 'numpy', 'clevercsv', 'chardet', 'fastexcel', 'duckdb', 'psycopg', 'arff', 'zstandard')"
    code = "import sys, plumbline.source, plumbline.plugins as p; p.load_all('sources')"
    code += f"; print([name for name in {heavy} if name in sys.modules])"
    root = str(Path(plugins.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


# Text tables

TABLE = [("name", "price"), ("Ünal, A", "1.5"), ("Zoë", "20")]


@pytest.mark.parametrize(
    "content",
    [
        'name,price\n"Ünal, A",1.5\nZoë,20\n',
        'name,price\r\n"Ünal, A",1.5\r\nZoë,20',
        'name,price\r"Ünal, A",1.5\rZoë,20\r',
        '"name","price"\n"Ünal, A","1.5"\n"Zoë","20"\n',
        "name;price\nÜnal, A;1,5\nZoë;20\n",
        "name\tprice\nÜnal, A\t1.5\nZoë\t20\n",
        "name|price\nÜnal, A|1.5\nZoë|20\n",
        'name, price\n"Ünal, A", 1.5\n Zoë , 20\n',
        "name,price\n'Ünal, A',1.5\n'Zoë',20\n",
        '\n\nname,price\n\n"Ünal, A",1.5\n   \nZoë,20\n\n\n',
        '\ufeffname,price\n"Ünal, A",1.5\nZoë,20\n',
        'name,price\n"Ünal, A",1.5\nZoë,20\n'.encode("utf-16"),
        'name,price\n"Ünal, A",1.5\nZoë,20\n'.encode("cp1252"),
    ],
)
def test_a_table_is_read_alike_however_it_is_written(content: str | bytes) -> None:
    assert read_csv(content) == TABLE


LONG = "one\n" * 50_000 + "last"


@pytest.mark.parametrize(
    ("content", "table"),
    [
        ("x\n1\n\n2", [("x",), ("1",), ("2",)]),
        ('x\n1\n""\n2\n', [("x",), ("1",), (None,), ("2",)]),
        ("text\nhello, you\nwell; fine, thanks\n", [("text",), ("hello, you",), ("well; fine, thanks",)]),
        ("a,b\n1,2\n", [("a", "b"), ("1", "2")]),
        ('a,b\n1,"x ""y"""\n', [("a", "b"), ("1", 'x "y"')]),
        ('a,b\n1,"two\n\nlines"\n', [("a", "b"), ("1", "two\n\nlines")]),
        (f'a,b\n1,"{LONG}"\n2,c\n', [("a", "b"), ("1", LONG), ("2", "c")]),
        ("  \na\n1\n", [("a",), ("1",)]),
        ('size,n\n5" disk,1\n"3"" disk",2\n', [("size", "n"), ('5" disk', "1"), ('3" disk', "2")]),
        ('"a ""q""",b 😀,^c$\n1,2,3\n', [('a "q"', "b 😀", "^c$"), ("1", "2", "3")]),
        ("a,b\n1,\n,\n", [("a", "b"), ("1", None), (None, None)]),
        ("a,b\n ? ,NaN\nNULL,nothing\n", [("a", "b"), ("?", "NaN"), ("NULL", "nothing")]),
    ],
)
def test_odd_tables_are_read_as_they_are_meant(content: str, table: list[tuple[Any, ...]]) -> None:
    assert read_csv(content) == table


@pytest.mark.parametrize(
    ("content", "knobs", "table"),
    [
        ("a;b\n1;2\n", {"separator": ","}, [("a;b",), ("1;2",)]),
        ("a b\n1 2\n", {"separator": " "}, [("a", "b"), ("1", "2")]),
        ("1,2\n3,4\n", {"names": ["a", "b"]}, [("a", "b"), ("1", "2"), ("3", "4")]),
        ('a,b\n"x,1\n"y,2\n', {"quote": None}, [("a", "b"), ('"x', "1"), ('"y', "2")]),
        ("a,b\nžlutý,1\n".encode("cp1250"), {"encoding": "cp1250"}, [("a", "b"), ("žlutý", "1")]),
        ("a,b\n-,\n", {"missing": ["-"]}, [("a", "b"), (None, "")]),
        ("a,b\nNA,?\n", {"missing": []}, [("a", "b"), ("NA", "?")]),
        ('a,b\n"1,5",2\n', {"decimal": ","}, [("a", "b"), ("1.5", "2")]),
        ("a;b\n1,5;2\n", {"decimal": "."}, [("a", "b"), ("1,5", "2")]),
    ],
)
def test_a_knob_overrides_what_is_recognised(content: str | bytes, knobs: Any, table: list[tuple[Any, ...]]) -> None:
    assert read_csv(content, **knobs) == table


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("x;y\n1.234,56;a\n7;b\n-0,5;c\n", ["1234.56", "7", "-0.5"]),
        ("x;y\n1,5;a\n1.5;b\n", ["1,5", "1.5"]),  # a number with a dot denies the comma
        ("x;y\n1,234;a\n2,345;b\n", ["1.234", "2.345"]),
        ("x\ty\n1,234\ta\n2,345\tb\n", ["1,234", "2,345"]),  # may be thousands
        ("x\ty\n1,234\ta\n0,345\tb\n", ["1.234", "0.345"]),
        ("x;y\n1,234,567;a\n1,234;b\n", ["1,234,567", "1,234"]),
        ("x;y\n1,5;a\nabout 2,5;b\n", ["1.5", "about 2,5"]),
        ("x;y\n01.02.2020;1,5\n", ["01.02.2020"]),
    ],
)
def test_decimal_commas_are_recognised_by_column(content: str, cells: list[str]) -> None:
    assert [row[0] for row in read_csv(content)[1:]] == cells


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", ["Müller", "Gruß", "Köln"]),
        ("cp1252", ["Peña", "Málaga", "Íñigo"]),
        ("cp1252", ["20 °C", "€5", "£7", "3 µm", "m²", "it’s"]),
        ("cp1250", ["Łukasz", "Łódź", "Gdańsk", "Świętokrzyskie"]),
        ("cp1251", ["Иван", "Москва"]),
        ("cp932", ["太郎", "東京", "アメリカ"]),
        ("gb18030", ["张三", "北京"]),
    ],
)
def test_an_encoding_is_recognised_far_into_the_file(encoding: str, words: list[str]) -> None:
    lines = ["id,word", *["0,plain"] * 200_000, *(f"1,{word}" for word in words)]
    assert [row[1] for row in read_csv("\n".join(lines).encode(encoding))[-len(words) :]] == words


def test_quotes_that_begin_far_into_the_file_are_recognised() -> None:
    plain = "ham,hello\n" * 20_000
    assert len(read_csv(f'label,text\n{plain}spam,"Free" for you\nham,"no\n')) == 20_003
    assert read_csv(f'label,text\n{plain}spam,"Free, for\nyou"\n')[-1] == ("spam", "Free, for\nyou")


def test_five_thousand_columns_are_read() -> None:
    names = [f"column {i}" for i in range(5_000)]
    table = read_csv(";".join(names) + "\n" + ";".join(["1,5"] * 5_000) + "\n")
    assert table == [tuple(names), ("1.5",) * 5_000]


def test_a_tsv_file_with_unpaired_quotes_keeps_its_rows() -> None:
    source = write("sms.tsv", 'ham\tHe said "hi\nspam\t"Free" entry\nham\tok, bye"\n')
    table = read(source, tsv={"names": ["label", "text"]})
    assert table.rows() == [("ham", 'He said "hi'), ("spam", '"Free" entry'), ("ham", 'ok, bye"')]


@pytest.mark.parametrize(
    ("content", "knobs", "error"),
    [
        ("", {}, "x.csv: is empty; a table has a header and at least one row"),
        ("\n \n", {}, "x.csv: is empty; a table has a header and at least one row"),
        ("", {"names": ["a"]}, "x.csv: is empty; a table has a header and at least one row"),
        ("a,b\n", {}, "x.csv: has a header but no rows; a table has at least one"),
        ("a,b\n\n", {}, "x.csv: has a header but no rows; a table has at least one"),
        (
            "a,b,c\n1,2,3\n1,2,3,4\n",
            {},
            "x.csv: line 3 has 4 fields, the header has 3; quote the separator or mend the line",
        ),
        (
            "a,b\n1,2\n\n3\n4,5\n",
            {},
            "x.csv: line 4 has 1 field, the header has 2; quote the separator or mend the line",
        ),
        (
            'a,b\n1,"two\nlines"\n1,2,3\n',
            {},
            "x.csv: line 4 has 3 fields, the header has 2; quote the separator or mend the line",
        ),
        (
            "1,2\n1,2,3\n",
            {"names": ["a", "b"]},
            "x.csv: line 2 has 3 fields, ingest.csv.names has 2; quote the separator or mend the line",
        ),
        ("1,2\n", {"names": ["a", "a"]}, "params.yaml: ingest.csv.names: has two columns named 'a'; rename one"),
        (
            'a,b\n1,"x"y\n',
            {"quote": '"'},
            "x.csv: line 2: text follows a closing quote; double the quotes inside a cell, "
            "or set ingest.csv.quote: null in params.yaml",
        ),
        (
            'a,b\n1,2\n1,"x\n1,2\n',
            {"quote": '"'},
            "x.csv: line 3: a quote is opened and never closed; close it, or set ingest.csv.quote: null in params.yaml",
        ),
        (
            "a,b\n1,é\n".encode("cp1252"),
            {"encoding": "utf-8"},
            "x.csv: line 2, byte 6: is not utf-8; set ingest.csv.encoding in params.yaml",
        ),
        (
            "a,b\n1,2\n",
            {"encoding": "utf-9"},
            "params.yaml: ingest.csv.encoding: no such text encoding (got 'utf-9'); "
            "a name that Python knows would do, as utf-8, cp1252 or utf-16",
        ),
        (
            b"PK\x03\x04\0\0",
            {},
            "x.csv: line 1, byte 4: is a NUL, which no text holds; UTF-16 without a byte order mark would; "
            "set ingest.csv.encoding in params.yaml",
        ),
        ("#row,b\n1,2\n", {}, "x.csv: has a column named '#row', which Plumbline adds itself; rename it"),
    ],
)
def test_a_broken_csv_file_is_one_sentence(content: str | bytes, knobs: Any, error: str) -> None:
    assert read_error(write("x.csv", content), csv=knobs) == error


# Typed tables


def test_a_parquet_file_keeps_its_types() -> None:
    table = pl.DataFrame({"a": [1, None], "b": ["x", "NA"], "c": [[1], [2]]})
    table.write_parquet("x[1].parquet")
    assert read("x[1].parquet").equals(table)


def test_a_broken_parquet_file_is_one_sentence() -> None:
    assert read_error(write("x.parquet", "a,b\n1,2\n")).startswith("x.parquet: is not a Parquet file (")
    pl.DataFrame({"a": []}).write_parquet("y.parquet")
    assert read_error("y.parquet") == "y.parquet: has no rows; a table has at least one"


@pytest.mark.parametrize("made", ["pl.DataFrame({'a': [1, 2]})", "pl.LazyFrame({'a': [1, 2]})"])
def test_a_python_file_makes_its_table(made: str) -> None:
    body = "from __future__ import annotations\nimport dataclasses\nimport polars as pl\n"
    body += "@dataclasses.dataclass\nclass A:\n    x: int = 0\n"
    assert read(write("x.py", f"{body}def load():\n    return {made}\n")).rows() == [(1,), (2,)]


def test_a_changed_python_file_is_not_taken_from_a_cache() -> None:
    code = "import polars as pl\ndef load(): return pl.DataFrame({'a': [%d]})\n"
    assert [read(write("x.py", code % i)).item() for i in (1, 2)] == [1, 2]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("def laod(): ...\n", "x.py: defines no load(); define load() -> polars.DataFrame"),
        (
            "\nimport nowhere\n",
            "x.py: line 2 raised ModuleNotFoundError: No module named 'nowhere'; mend the file",
        ),
        ("def load():\n    return 1 / 0\n", "x.py: line 2 raised ZeroDivisionError: division by zero; mend the file"),
        ("def load(:\n", "x.py: line 1 raised SyntaxError: invalid syntax (x.py, line 1); mend the file"),
        ("def load():\n    raise KeyError\n", "x.py: line 2 raised KeyError; mend the file"),
        ("def load(): return {}\n", "x.py: load() returned a dict; return a polars DataFrame"),
        (
            "import polars as pl\ndef load(): return pl.DataFrame({'a': []})\n",
            "x.py: load() returned no rows; a table has at least one",
        ),
    ],
)
def test_a_broken_python_file_is_one_sentence(code: str, error: str) -> None:
    assert read_error(write("x.py", code)) == error


# Folders


def test_files_of_a_folder_are_joined_in_the_order_of_their_names() -> None:
    for name in ("b", "c", "a"):
        write(f"d/{name}.csv", "".join(["x,y\n", *(f"{name}{i},1\n" for i in range(1_000))]))
    write("d/README.md", "notes")
    write("d/.hidden", "")
    write("d/a.csv.dvc", "")
    assert read("d")["x"].to_list() == [f"{name}{i}" for name in "abc" for i in range(1_000)]


def test_columns_of_a_folder_may_stand_in_any_order() -> None:
    write("d/a.csv", "x,^y$\n1,2\n")
    write("d/b.csv", "^y$;x\n4;3\n")
    assert read("d").rows() == [("1", "2"), ("3", "4")]


def test_names_that_say_train_val_test_give_a_split() -> None:
    for name in ("adult-train", "Adult.TEST", "adult_valid", "x_2_validation"):
        write(f"d/{name}.csv", f"{name},1\n")
    table = read("d", csv={"names": ["x", "y"]})
    assert dict(table.select("x", "split").rows()) == {
        "Adult.TEST": "test",
        "adult-train": "train",
        "adult_valid": "val",
        "x_2_validation": "val",
    }


def test_a_split_column_in_the_files_stays() -> None:
    write("d/train.csv", "x,split\n1,a\n")
    write("d/more.csv", "x,split\n2,b\n")
    assert read("d").rows() == [("2", "b"), ("1", "a")]


def test_words_within_words_say_no_split() -> None:
    write("d/training.csv", "x\n1\n")
    write("d/latest.csv", "x\n2\n")
    assert read("d").columns == ["x"]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({}, f"d: holds no table and no media files; {TAKEN}"),
        ({"a.csv": "", "b.pdf": "", "c": ""}, f"d: holds b.pdf, c; {TAKEN}"),
        ({"a.csv": "", "b.tsv": ""}, "d: holds .csv and .tsv files; keep one kind in a folder"),
        (
            {"a.csv": "x,y\n1,2\n", "b.csv": "x,z\n1,2\n"},
            "d/b.csv: lacks y and adds z, compared with a.csv; give all files the same columns",
        ),
        ({"a.csv": "x,y\n1,2\n", "b.csv": ""}, "d/b.csv: is empty; a table has a header and at least one row"),
        (
            {"train.csv": "x\n1\n", "test.csv": "x\n1\n", "more.csv": "x\n1\n"},
            "d: some files' names say train, val or test, but not more.csv; let all names say one of them, or none",
        ),
    ],
)
def test_a_broken_folder_is_one_sentence(files: dict[str, str], error: str) -> None:
    Path("d").mkdir()
    for name, content in files.items():
        write(f"d/{name}", content)
    assert read_error("d") == error


def test_parquet_files_of_a_folder_have_the_same_types() -> None:
    Path("d").mkdir()
    pl.DataFrame({"x": [1]}).write_parquet("d/a.parquet")
    pl.DataFrame({"x": [1.0]}).write_parquet("d/b.parquet")
    assert read_error("d") == "d/b.parquet: column 'x' is Float64, in a.parquet Int64; write both alike"


# Sources


def test_a_source_that_is_not_there_is_one_sentence() -> None:
    assert read_error("data/x.csv") == "data/x.csv: no such file or folder; set ingest.source in params.yaml"


def test_a_suffix_without_a_reader_is_one_sentence() -> None:
    assert read_error(write("x.pdf", "")) == f"x.pdf: no reader takes .pdf; {TAKEN}"
    assert read_error(write("x", "")) == f"x: no reader takes files without a suffix; {TAKEN}"


def test_a_suffix_is_read_in_any_case() -> None:
    assert read(write("X.CSV", "a\n1\n")).rows() == [("1",)]

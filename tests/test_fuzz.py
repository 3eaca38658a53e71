"""Fuzz: whatever stands in a table or in params.yaml, a stage runs or says clean sentences, and harms nothing."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

from plumbline.check import find_mistakes
from plumbline.errors import InputError
from plumbline.params import read_params
from plumbline.yaml12 import read_yaml
from tests import project
from tests.project import ROOT, Changes

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "plumbline-hypothesis")  # it keeps tables of letters
PARAMS = read_yaml(ROOT / "params.yaml")
Table = tuple[list[str], list[list[str]]]
"""A header, and rows as wide as it."""


def repeatable(n_examples: int) -> settings:
    """The same examples in every run, and none kept on disk."""
    return settings(
        max_examples=n_examples, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )


# What is asserted of every table

KEPT = ("data", "reports")


@contextlib.contextmanager
def in_folder() -> Iterator[Path]:
    """A project of table.csv, of which an earlier run left artifacts; its folder is gone afterwards."""
    with tempfile.TemporaryDirectory() as name, project.inside(Path(name)):
        for folder in KEPT:
            Path(folder).mkdir()
        Path("data/examples.parquet").write_bytes(b"earlier")
        Path("data/split").mkdir()
        Path("data/split/rows.npy").write_bytes(b"earlier")
        Path("reports/split.json").write_bytes(b"earlier")
        yield Path(name)


def contents() -> dict[str, bytes]:
    return {folder + "/" + path: data for folder in KEPT for path, data in project.contents(Path(folder)).items()}


def sentences(stage: str) -> list[str]:
    """What a stage says when it refuses, checked for form; nothing where it ends well."""
    before = contents()
    written = io.StringIO()
    with contextlib.redirect_stderr(written), contextlib.redirect_stdout(io.StringIO()):
        try:
            project.run(stage)
            return []
        except (InputError, FileNotFoundError) as error:
            text = str(error)
    assert contents() == before, "a refusal changed an earlier artifact"
    lines = text.split("\n")
    for line in lines:
        assert_clean(line)
    return lines


def assert_clean(line: str) -> None:
    """One sentence: a place, what is wrong; nothing of Python's own."""
    assert re.match(r"\S.*: \S", line), f"no sentence: {line!r}"
    assert line.isprintable(), f"not printable: {line!r}"
    assert len(line) < 1500, f"too long: {line[:300]!r}"
    for word in ("Traceback", "<class", "object at 0x", "ComputeError", "polars."):
        assert word not in line, f"{word} in {line!r}"


# Tables

NUMBERS = [
    "0", "1", "-1", "007", "1e400", "-1e400", "1e-400", "0x1F", "1_000", "1,5", "1.5", "1.234,56", "1,234.56",
    "12%", "$3", "€ 4", "(5)", "6 kg", "NaN", "inf", "-Infinity", "99999999999999999999", "-999",
    "9223372036854775808", "1.7976931348623157e308", "5e-324", "٣", "１２", "½", "1 000", "+7", ".5", "5.", "--5",
    "1e", "e5", "0.1", "-0", "2.5e3",
]  # fmt: skip
DATES = [
    "2024-02-29", "2023-02-29", "29.02.2024", "02/29/2024", "31/12/99", "1/2/3", "2024-01-01T00:00:00Z",
    "2024-01-01 25:00", "Jan 5, 2020", "5 janvier 2020", "20240131", "0000-00-00", "9999-12-31", "1700000000",
    "12:30", "2024-W05", "2024-01", "2024-01-01T00:00:00+99:00", "10000-01-01", "0001-01-01",
]  # fmt: skip
WORDS = [
    "", " ", "?", "NA", "n/a", "null", "None", "unknown", "-", "--", "yes", "no", "ja", "nein", "oui", "TRUE", "f",
    "on", "off", "train", "test", "val", "é", "😀", "שלום", "مرحبا", "東京", "a,b", "a;b", "a\tb", "a|b", 'say "hi"',
    "it's", "line\nbreak", "cr\rhere", "\x00", "\x07", "\x1f", "\u2028", "\ufeff", "\u200b", "\\", "'", '"', "=1+1",
    "#", "# a", "x" * 3000, "*", "^x$", "{}", "[1]", "%d", "nan nan", "\xa0", "\x85", "\x0b", "\x0c",
]  # fmt: skip
POOLS = [
    NUMBERS, DATES, WORDS, ["yes", "no"], ["a", "b", "c"], [str(i) for i in range(30)], [""],
    ["1", "2", "-999", ""], [f"2024-01-{i:02}" for i in range(1, 29)],
    [f"{i}/{i % 12 + 1}/2020" for i in range(1, 29)], ["1.5", "2.5", "?", "1e400"], [f"id{i}" for i in range(40)],
]  # fmt: skip
NAMES = [
    "a", "b", "y", "", " ", "A", "a ", "#row", "split", "1", "x" * 400, "*", "^y$", "^.*$", "😀", 'q"', "'", "a,b",
    "a\nb", "a.b", "\x07", "\u202e", "date", "id", "row", "target", "{x}", "$x", "y_duplicated_0", "literal", "len",
    "count", "train", "\\", "/", "..", "#group", "index", "", "NA", "column_1", "%s", "\xa0",
]  # fmt: skip
SEPARATORS = [",", ",", ",", ";", "\t", "|", " "]
ENDS = ["\n", "\n", "\r\n", "\r"]
ENCODINGS = [
    "utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "latin-1", "cp1251",
    "shift_jis", "koi8-r",
]  # fmt: skip
JUNK = [
    '"', "'", ",", ";", "\n", "\r", "\x00", "\t", "\ufeff", '""', "\n\n\n", ",,,,", "#", "   ", "\x1a", "a",
    "\n#c\n",
]  # fmt: skip


@st.composite
def columns(draw: st.DrawFn, n_rows: int) -> list[str]:
    """Cells of one kind, with some of any kind among them."""
    pool = draw(st.sampled_from(POOLS))
    cells = draw(st.lists(st.sampled_from(pool), min_size=n_rows, max_size=n_rows))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        if n_rows:
            cells[draw(st.integers(0, n_rows - 1))] = draw(
                st.sampled_from(NUMBERS + DATES + WORDS) | st.text(max_size=8)
            )
    return cells


@st.composite
def tables(draw: st.DrawFn, names: st.SearchStrategy[str]) -> Table:
    """A header, and rows as wide as it."""
    n_rows = draw(st.sampled_from([0, 1, 2, 3, 5, 12, 12, 30, 30, 60]))
    header = [*draw(st.lists(names, min_size=0, max_size=4)), "y"]
    made = [draw(columns(n_rows)) for _ in header]
    return header, [list(row) for row in zip(*made, strict=True)]


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """The bytes of a CSV file, whole or damaged."""
    header, rows = draw(tables(st.sampled_from(NAMES)))
    written = io.StringIO(newline="")
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONE]))
    separator, end = draw(st.sampled_from(SEPARATORS)), draw(st.sampled_from(ENDS))
    if quoting == csv.QUOTE_NONE:
        written.write(end.join(separator.join(row) for row in [header, *rows]))
    else:
        csv.writer(written, delimiter=separator, quoting=quoting, lineterminator=end).writerows([header, *rows])
    text = written.getvalue()
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(JUNK)) + text[place:]
    content = text.encode(draw(st.sampled_from(ENCODINGS)), errors="replace")
    return content[: draw(st.integers(0, len(content)))] if draw(st.integers(0, 9)) == 0 else content


VARIANTS: list[Changes] = [
    {"split.name": "stratified"},
    {"split.name": "random"},
    {"split.name": "hash"},
    {"split.name": "group", "split.group.by": "a"},
    {"split.name": "stratified_group", "split.stratified_group.by": "a"},
    {"split.name": "time", "split.time.by": "a"},
    {"split.name": "given", "split.given.by": "a"},
    {"split.ratios": {"train": 0.8, "val": 0, "test": 0.2}},
    {"ingest.duplicates": "drop"},
    {"columns.select": 1},
    {"ingest.columns": {"y": "category"}},
    {"ingest.columns": {"y": "number"}},
    {"ingest.missing.auto": False},
    {"ingest.target": ["y", "b"]},
]


def run_stages(params: dict[str, Any]) -> None:
    """Ingest, then split where there are examples."""
    project.write_params(params)
    if not sentences("ingest"):
        sentences("split")


def check_file(content: bytes, changes: dict[str, Any]) -> None:
    with in_folder():
        Path("table.csv").write_bytes(content)
        run_stages(project.quick_params(**{"ingest.source": "table.csv", **changes}))


def check_names(table: Table) -> None:
    header, rows = table
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    with in_folder():
        pl.DataFrame(columns).write_parquet("table.parquet")
        run_stages(project.quick_params())


ANY_NAME = st.sampled_from(NAMES) | st.text(max_size=12)


@repeatable(40)
@given(files(), st.sampled_from(VARIANTS))
def test_a_csv_file_is_read_or_refused_in_a_sentence(content: bytes, changes: Changes) -> None:
    check_file(content, changes)


@repeatable(20)
@given(tables(ANY_NAME))
def test_columns_of_any_name_go_through_ingest_and_split(table: Table) -> None:
    check_names(table)


@pytest.mark.slow
@repeatable(600)
@given(files(), st.sampled_from(VARIANTS))
def test_many_csv_files_are_read_or_refused_in_a_sentence(content: bytes, changes: Changes) -> None:
    check_file(content, changes)


@pytest.mark.slow
@repeatable(200)
@given(tables(ANY_NAME))
def test_columns_of_many_names_go_through_ingest_and_split(table: Table) -> None:
    check_names(table)


# params.yaml

SMALL = "a,b,c,d,y\n" + "".join(
    f"{i * 7 % 11},{'uvw'[i * 5 % 3]},2024-01-{i * 3 % 28 + 1:02},{i % 2 == 0},{['no', 'yes'][i * i % 3 % 2]}\n"
    for i in range(30)
)
JUNK_VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2, 3, 0.5, 1.5, -0.5, 1e-300, 1e308, 10**30, -(10**30), float("inf"), float("nan"),
    "", " ", "auto", "a", "b", "c", "d", "y", "z", "no", "name", "null", "1", "1e-3", "7d", "99999999999d",
    "utf-16", "cp1252", "%Y", "%d/%m/%Y", "%", "\x00", "😀", "x" * 500, "a\nb", "*", "../table.csv", ".",
    "table.csv", "number", "category", "datetime", "boolean", [], ["a"], ["b", "b"], ["y"], ["a", "b", "c", "d"],
    [None], [[]], [1, 2], ["", "é"], {}, {"a": 1}, {"a": "category"}, {"b": "number"}, {"c": "%Y-%m-%d"},
    {"a": ["x"]}, {"a": []}, {"b": ["u", 3]}, {"y": ["no"]}, {"y": "number"}, {"": None}, {1: 2}, {"name": "auto"},
    {"train": 0.5, "val": 0.25, "test": 0.25}, {"train": 0.98, "val": 0.01, "test": 0.01},
]  # fmt: skip
STARTS: list[Changes] = [
    {},
    {"split.name": "random"},
    {"split.name": "hash"},
    {"split.name": "group", "split.group.by": "a"},
    {"split.name": "stratified_group", "split.stratified_group.by": ["a"]},
    {"split.name": "time", "split.time.by": "c"},
    {"ingest.target": ["y", "d"]},
    {"ingest.target": "a"},
]
GARBAGE = [
    ":", "- ", "{", "}", "[", "&a", "*a", "!!python/none x", "\t", "\x00", "%", "'", '"', "#", "? ", "|", ">",
    "---\n", "\n", "@", "`", "é", "<<: 1", "!",
]  # fmt: skip


def paths_of(tree: Any, place: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every key of nested sections."""
    below = (
        [path for key, value in tree.items() for path in paths_of(value, (*place, key))]
        if isinstance(tree, dict)
        else []
    )
    return [*([place] if place else []), *below]


FOR_STAGES = ("ingest", "split", "columns", "seed")
KEYS = paths_of(PARAMS) + 3 * [path for path in paths_of(PARAMS) if path[0] in FOR_STAGES]


@st.composite
def params_texts(draw: st.DrawFn) -> str:
    """A params.yaml with one to three keys changed, or garbage in its text."""
    params = project.quick_params(**{"ingest.source": "table.csv", **draw(st.sampled_from(STARTS))})
    for _ in range(draw(st.integers(1, 3))):
        *sections, last = draw(st.sampled_from(KEYS))
        parent = params
        for section in sections:
            parent = parent.get(section) if isinstance(parent, dict) else None
        if not isinstance(parent, dict):
            continue
        change = draw(st.sampled_from(["set", "set", "set", "set", "delete", "add", "rename"]))
        if change in ("delete", "rename"):
            parent.pop(last, None)
        if change != "delete":
            key = last if change == "set" else draw(st.sampled_from(["", "nam", "a", last + "s", last.upper(), "é"]))
            parent[key] = draw(st.sampled_from(JUNK_VALUES) | st.text(max_size=6))
    text = yaml.safe_dump(params, sort_keys=False, allow_unicode=True)
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1]))):
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.sampled_from(GARBAGE)) + text[place:]
    return text


def check_params(text: str) -> None:
    with in_folder():
        Path("table.csv").write_text(SMALL)
        Path("params.yaml").write_text(text, encoding="utf-8")
        try:
            params = read_params()
        except InputError as error:
            for line in str(error).split("\n"):
                assert line.startswith("params.yaml: ")
                assert_clean(line)
            return
        same = (params.compute.threads, params.compute.reproducible) == (1, "everywhere")  # switches stay as they are
        if same and not sentences("ingest"):
            sentences("split")


@repeatable(60)
@given(params_texts())
def test_a_wrong_params_yaml_is_refused_in_sentences_and_a_right_one_runs(text: str) -> None:
    check_params(text)


@pytest.mark.slow
@repeatable(800)
@given(params_texts())
def test_many_wrong_params_are_refused_in_sentences(text: str) -> None:
    check_params(text)


ANYTHING = st.recursive(
    st.sampled_from(JUNK_VALUES),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(PARAMS)) | st.text(), inner),
    max_leaves=12,
)


@repeatable(100)
@given(ANYTHING)
def test_whatever_yaml_holds_is_told_in_sentences(raw: Any) -> None:
    for sentence in find_mistakes(raw):
        assert_clean(f"params.yaml: {sentence}")

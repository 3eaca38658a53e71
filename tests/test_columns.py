"""Columns: types recognised with a reason, values cleaned, and nothing dropped without being counted."""

import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plumbline import plugins, recognition
from plumbline.errors import InputError
from plumbline.examples import Column, Examples
from plumbline.files import read_json
from plumbline.params import Ingest
from tests import project
from tests.conftest import Make

DATE, NOON = datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 12)
CODES = [f"{code:05}" for code in range(30)]


def params(target: str = "y", columns: dict[str, str] | None = None, drop: tuple[str, ...] = ()) -> Ingest:
    empty: dict[str, Any] = {"formats": {}, "missing": {"auto": True, "values": {}}, "duplicates": "keep"}
    empty |= {"gather": {}, "broken": "fail"}
    return Ingest(source="table.csv", target=target, columns=columns or {}, drop=list(drop), **empty)


def recognised(values: list[Any], dtype: Any = None, target: str = "y") -> tuple[str, str]:
    (typed,) = recognition.type_columns(pl.LazyFrame({"x": pl.Series(values, dtype=dtype)}), params(target))
    return typed.column.type, typed.why


def cleaned(kind: str, values: list[Any], dtype: Any = None) -> list[Any]:
    expression = plugins.load("columns", kind).clean(pl.col("x"))
    return pl.select(pl.Series("x", values, dtype=dtype)).select(expression).to_series().to_list()


# Recognition


@pytest.mark.parametrize(
    ("values", "dtype", "kind", "why"),
    [
        ([1.5, None], pl.Float32, "number", "stored as Float32"),
        ([1, 2, 3], pl.Int8, "number", "stored as Int8"),
        (["1", "2.5", None, "-1e-3"], None, "number", "every value reads as a number"),
        ([True, None], None, "boolean", "stored as Boolean"),
        (["Yes", "no", None], None, "boolean", "its two values are no and yes"),
        (["t", "F"], None, "boolean", "its two values are f and t"),
        ([0, 1, 1], pl.Int64, "boolean", "its two values are 0 and 1"),
        ([0.0, 1.0], None, "boolean", "its two values are 0.0 and 1.0"),
        ([0, 0], pl.Int64, "number", "stored as Int64"),
        (["a", "b", "b"], None, "category", "text with 2 distinct values"),
        (["a", "b"], pl.Categorical, "category", "text with 2 distinct values"),
        ([None, None], None, "category", "every value is missing"),
        (CODES, None, "category", "text with 30 distinct values"),
        (["1", "x"], None, "category", "text with 2 distinct values"),
        ([DATE], None, "datetime", "stored as Date"),
        ([NOON], None, "datetime", "stored as Datetime(time_unit='us', time_zone=None)"),
        (["2024-02-29", None, "1960-01-01 23:59"], None, "datetime", "every value is an ISO date"),
        (["2024-02-29", "2023-02-29"], None, "category", "text with 2 distinct values"),
        (["29.02.2024"], None, "datetime", "its values are dates as %d.%m.%Y"),
        (["$1,234.50", "$2"], None, "number", "its values are numbers with '$' before them and thousands separators"),
        (["1", "?", "unknown"], None, "number", "every value reads as a number"),
        (["on", "off", "-"], None, "boolean", "its two values are off and on"),
        ([1, 2, 3, -999, -999, -999], pl.Int64, "number", "stored as Int64"),
    ],
)
def test_a_columns_type_is_recognised_with_a_reason(values: list[Any], dtype: Any, kind: str, why: str) -> None:
    assert recognised(values, dtype) == (kind, why)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 1, 2] * 5, "category"),
        (["1", "2", "3"] * 5, "category"),
        ([0.0, 1.0, 2.0] * 5, "category"),
        ([0, 1, 2] * 4, "number"),  # too few of each to be sure
        ([0, 2, 4] * 5, "number"),
        (list(range(21)) * 5, "number"),
        ([1.5, 2.5] * 5, "number"),
        ([5, 6] * 9, "number"),
    ],
)
def test_whole_numbers_are_classes_only_as_a_target_that_counts_them(values: list[Any], kind: str) -> None:
    assert recognised(values, target="x")[0] == kind
    assert recognised(values)[0] == "number"


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        (["no", "yes"], None, "category"),
        (["1", "0"] * 5, None, "category"),
        ([0, 1] * 4, None, "boolean"),  # too few of each to count as classes, and no number either
        (["0.0", "1.0"], None, "boolean"),
        ([0, 1] * 5, None, "category"),
        ([True, False], None, "boolean"),
    ],
)
def test_a_target_of_two_words_keeps_them_as_classes(values: list[Any], dtype: Any, kind: str) -> None:
    assert recognised(values, dtype, target="x")[0] == kind


def test_a_type_that_params_yaml_names_is_taken() -> None:
    (typed,) = recognition.type_columns(pl.LazyFrame({"zip": [1, 2]}), params(columns={"zip": "category"}))
    assert (typed.column, typed.why) == (Column("zip", "category", "feature"), "named in ingest.columns")


@pytest.mark.parametrize("values", [[["a"], ["b"]], [{"a": 1}, {"a": 2}], [b"a", b"\xff"], [datetime.time(1), None]])
@pytest.mark.parametrize("target", ["x", "y"])
def test_what_no_type_reads_is_one_sentence(values: list[Any], target: str) -> None:
    with pytest.raises(InputError) as caught:
        recognised(values, target=target)
    assert str(caught.value) == (
        f"column 'x': is stored as {pl.Series(values).dtype}, which no column type reads; "
        "name it in ingest.drop, or its type in ingest.columns"
    )


@pytest.mark.parametrize("kind", [kind for kind in plugins.names("columns") if kind not in ("series", "vector")])
def test_a_named_type_that_cannot_read_a_list_is_one_sentence(kind: str) -> None:
    with pytest.raises(InputError) as caught:
        recognition.type_columns(pl.LazyFrame({"x": [[1], [2]]}), params(columns={"x": kind}))
    assert str(caught.value) == (
        f"params.yaml: ingest.columns.x: is {kind}, which cannot read what is stored as List(Int64); "
        "name the column in ingest.drop"
    )


# Cleaning


def test_numbers_are_read_from_text_and_what_is_not_finite_is_missing() -> None:
    texts = ["1", "2.5", "1e3", "-.5", "NaN", "inf", "-inf", "", "x", None]
    assert cleaned("number", texts) == [1.0, 2.5, 1000.0, -0.5, *[None] * 6]
    assert cleaned("number", [float("nan"), float("inf"), 3.0]) == [None, None, 3.0]
    assert cleaned("number", [True, False]) == [1.0, 0.0]


def test_texts_lose_the_white_space_around_them() -> None:
    assert cleaned("category", [" a b ", "\t", "", "é\n", None]) == ["a b", None, None, "é", None]
    assert cleaned("category", [1, None], pl.Int64) == ["1", None]


def test_booleans_are_read_from_words_and_numbers() -> None:
    assert cleaned("boolean", ["TRUE", "no", " y ", "1", "0.0", "2", "", None]) == [
        True, False, True, True, False, None, None, None,
    ]  # fmt: skip
    assert cleaned("boolean", [1, 0, 2], pl.Int64) == [True, False, None]


DATES = [
    ("2024-02-29", datetime.datetime(2024, 2, 29)),
    ("2024-02-29T12:00", NOON),
    (" 2024-02-29 12:00:00 ", NOON),
    ("2024-02-29T12:00:00Z", NOON),
    ("2024-02-29T12:00:00+00:00", NOON),
    ("2024-02-29T12:00:00.250", datetime.datetime(2024, 2, 29, 12, 0, 0, 250_000)),
    ("2024-02-29T14:00:00+02:00", NOON),
    ("2024-02-29 06:30-0530", NOON),
    ("1969-12-31", datetime.datetime(1969, 12, 31)),
    ("0001-01-01", datetime.datetime(1, 1, 1)),
    ("9999-12-31", datetime.datetime(9999, 12, 31)),
]
NO_DATES = [
    "2023-02-29", "2023-02-30", "2023-04-31", "2023-13-01", "2023-00-10", "2023-01-00", "0000-01-01", "2023-1-1",
    "2024-02-29 24:00", "2024-02-29 12:60", "2016-12-31 23:59:60", "2024-02-29 12", "12:00", "20240229", "x", "",
    "2024-02-29+02:00", "2024-02-29T12:00:00 CET", "10000-01-01", "2024-02-29 12:00:00.",
]  # fmt: skip


@pytest.mark.parametrize(("text", "date"), DATES)
def test_iso_texts_are_dates(text: str, date: datetime.datetime) -> None:
    assert cleaned("datetime", [text]) == [date]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_day_of_the_calendar_is_missing(text: str) -> None:
    assert cleaned("datetime", [text]) == [None]


def test_stored_dates_stay_what_they_are() -> None:
    assert cleaned("datetime", [DATE, None]) == [datetime.datetime(2024, 2, 29), None]
    assert cleaned("datetime", [NOON]) == [NOON]
    for zone in ("UTC", "Europe/Berlin", "America/New_York"):
        zoned = pl.Series([NOON]).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
        assert cleaned("datetime", zoned.to_list(), zoned.dtype) == [NOON]


# Ingest: what becomes of rows and columns


def report(in_project: Make, table: pl.DataFrame, **changes: Any) -> dict[str, Any]:
    in_project(table, **changes)
    project.run("ingest")
    found: dict[str, Any] = read_json(Path("reports/ingest.json"))
    return found


def test_rows_without_a_target_are_set_aside_counted_and_the_first_twenty_named(in_project: Make) -> None:
    y = [None if row % 2 else float(row) for row in range(60)]
    found = report(in_project, pl.DataFrame({"x": range(60), "y": y}))
    assert found["set_aside"] == {
        "count": 30,
        "why": "the target 'y' is missing",
        "rows": [2 * row + 1 for row in range(20)],
    }
    assert found["examples"] == 30
    assert Examples.open(Path("data/examples.parquet")).read("#row").to_list() == list(range(0, 60, 2))


def test_values_that_their_type_cannot_read_are_counted_and_the_first_named(in_project: Make) -> None:
    x = ["1", "ten", "3", "", "", "x", "7", "8"]
    table = pl.DataFrame({"x": x, "y": ["a", "b"] * 4})
    found = report(in_project, table, **{"ingest.columns": {"x": "number"}})
    assert found["findings"][0] == {
        "kind": "unreadable", "column": "x", "count": 2, "action": "missing", "rows": [1, 5],
        "what": "column 'x': 2 values are no number and count as missing, the first is 'ten'; "
        "another type can be named in ingest.columns",
    }  # fmt: skip
    assert found["columns"][0] | {"why": ""} == {
        "name": "x", "type": "number", "role": "feature", "why": "", "missing": 4, "distinct": 4,
        "skill": {"y": 0.0},
    }  # fmt: skip


def test_empty_texts_are_missing_and_no_finding(in_project: Make) -> None:
    found = report(in_project, pl.DataFrame({"x": ["a", "", "", "b"], "y": ["a", "b"] * 2}))
    assert ([item["kind"] for item in found["findings"]], found["columns"][0]["missing"]) == (["rare class"], 2)


@pytest.mark.parametrize(("action", "kept"), [("keep", [0, 1, 2, 3, 4]), ("drop", [0, 1, 4])])
def test_examples_that_repeat_earlier_ones_are_counted_and_dropped_where_asked(
    in_project: Make, action: str, kept: list[int]
) -> None:
    table = pl.DataFrame({"x": [1, 2, 1, 2, 3], "y": ["a", "b", "a", "b", "a"]})
    found = report(in_project, table, **{"ingest.duplicates": action})
    assert found["duplicates"] == {"count": 2, "action": action}
    assert found["examples"] == len(kept)
    assert Examples.open(Path("data/examples.parquet")).read("#row").to_list() == kept


def test_columns_keep_their_order_and_roles(in_project: Make) -> None:
    table = pl.DataFrame({"id": [1, 2], "y": ["a", "b"], "split": ["train", "test"], "x": [0.5, 1.5]})
    found = report(in_project, table, **{"ingest.drop": ["id"]})
    assert [(entry["name"], entry["type"], entry["role"]) for entry in found["columns"]] == [
        ("id", None, "dropped"),
        ("y", "category", "target"),
        ("split", "category", "split"),
        ("x", "number", "feature"),
    ]
    examples = Examples.open(Path("data/examples.parquet"))
    assert [column.name for column in examples.columns] == ["split", "x", "y"]
    assert [column.name for column in examples.features] == ["x"]
    assert examples.scan().collect_schema() == {
        "#row": pl.Int64, "y": pl.String, "split": pl.String, "x": pl.Float64,
    }  # fmt: skip


NAMES = ["count", "value", "class", "index", "len", "literal", "#", 'a"b', "größe 🎈", "*"]
NAMES += ["a\nb", "n" * 300, "Add"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("column", ["number", "town", "flag", "day", "kind", "amount"])
def test_a_column_may_have_any_name(in_project: Make, name: str, column: str) -> None:
    target = name if column in ("kind", "amount") else "kind"
    in_project(project.mixed_table().rename({column: name}), **{"ingest.target": target, "split.name": "random"})
    project.run("ingest", "split")
    columns = read_json(Path("data/columns.json"))
    assert name in [columns["targets"][0]["name"], *(feature["name"] for feature in columns["features"])]


@pytest.mark.parametrize("name", ["^x$", "^.*$", "^#.*$"])
@pytest.mark.parametrize("column", ["number", "town", "flag", "day"])
def test_a_name_that_polars_reads_as_a_pattern_is_a_name(in_project: Make, name: str, column: str) -> None:
    in_project(project.mixed_table().rename({column: name}), **{"ingest.target": "kind"})
    project.run("ingest", "split")
    examples = Examples.open(Path("data/examples.parquet"))
    assert name in [feature.name for feature in examples.features]
    given = pl.read_parquet("table.parquet")[name].to_list()
    assert examples.read(name).to_list() == [None if value == "" else value for value in given]

"""Findings: each trouble in a table is told in one sentence, and what only looks like trouble is not."""

from __future__ import annotations

import datetime
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from plumbline import readme
from plumbline.examples import Examples
from plumbline.files import read_json
from plumbline.findings.finding import KINDS, lines
from tests import project
from tests.conftest import Make
from tests.project import Changes

N = 120
_G = np.random.default_rng(0)
NOISE = _G.normal(size=(8, N)).round(4)
PICK = _G.permutation(N).tolist()
CLASS = ["no", "yes"] * (N // 2)
WORDS = ["red", "green", "blue", "grey", "teal"]
DAY = datetime.date(2020, 1, 1)


def with_values(values: list[Any], *, at: dict[int, Any]) -> list[Any]:
    """The values, some rows of which are others."""
    return [at.get(row, value) for row, value in enumerate(values)]


def text(numbers: Any) -> list[str]:
    return [str(number) for number in numbers]


INTS = [(7 * i) % 41 for i in range(N)]
COLORS = [WORDS[(i * 3) % 5] for i in range(N)]
DAYS = [DAY + datetime.timedelta(days=9 * i % 97) for i in PICK]


def days(form: str, dates: list[datetime.date] = DAYS) -> list[str]:
    return [date.strftime(form) for date in dates]


Case = tuple[str, list[Any], Changes, list[str]]

COLUMNS: list[Case] = [
    (
        "id",
        [i + 1000 for i in PICK],
        {},
        [
            "column 'id': is named like an id, and another number in each of 120 rows; dropped; a type in "
            "ingest.columns keeps it, as 'id': number"
        ],
    ),
    (
        "x",
        [str(uuid.UUID(int=i)) for i in PICK],
        {},
        [
            "column 'x': is another UUID in each of 120 rows, as '00000000-0000-0000-0000-000000000032'; "
            "dropped; a type in ingest.columns keeps it, as 'x': category"
        ],
    ),
    (
        "code",
        [f"N{i}A" for i in PICK],
        {},
        [
            "column 'code': is another text in each of 120 rows, as 'N50A'; dropped; a type in "
            "ingest.columns keeps it, as 'code': category"
        ],
    ),
    (
        "case",
        list(range(1, N + 1)),
        {},
        ["column 'case': counts the rows from 1 to 120; dropped; a type in ingest.columns keeps it, as 'case': number"],
    ),
    (
        "id",
        [i + 1000 for i in PICK],
        {"ingest.columns": {"id": "number"}},
        [],
    ),
    (
        "note",
        [f"patient said {i}" for i in PICK],
        {},
        [
            "column 'note': is text, 120 different ones in 120 rows; dropped; a type in ingest.columns keeps "
            "it, as 'note': category"
        ],
    ),
    (
        "customer_id",
        [i // 4 for i in range(N)],
        {},
        [
            "column 'customer_id': the file's first and last quarter differ by 100 %; kept; if the order of "
            "rows is time or place, a random split hides this, and split.name can be time or group",
            "column 'customer_id': is named like an id, and 120 rows share 30 of them; kept; a random split "
            "puts rows of one id into train and test, split.name: group keeps them together",
        ],
    ),
    (
        "id",
        NOISE[1].tolist(),
        {},
        [],
    ),
    (
        "population",
        [997 * i + 13 for i in PICK],
        {},
        [],
    ),
    (
        "year",
        list(range(1900, 1900 + N)),
        {},
        [
            "column 'year': the file's first and last quarter differ by 100 %; kept; if the order of rows is "
            "time or place, a random split hides this, and split.name can be time or group"
        ],
    ),
    (
        "t",
        list(range(N)),
        {},
        [
            "column 't': the file's first and last quarter differ by 100 %; kept; if the order of rows is "
            "time or place, a random split hides this, and split.name can be time or group"
        ],
    ),
    (
        "day",
        [DAY + datetime.timedelta(days=i) for i in PICK],
        {},
        [],
    ),
    (
        "idle_hours",
        [i % 24 for i in PICK],
        {},
        [],
    ),
    (
        "x",
        [3] * N,
        {},
        ["column 'x': is 3 in every row; dropped; a type in ingest.columns keeps it, as 'x': number"],
    ),
    (
        "x",
        ["same"] * N,
        {},
        ["column 'x': is 'same' in every row; dropped; a type in ingest.columns keeps it, as 'x': category"],
    ),
    (
        "x",
        [None] * N,
        {},
        ["column 'x': is missing in every row; dropped; a type in ingest.columns keeps it, as 'x': category"],
    ),
    (
        "x",
        [3] * N,
        {"ingest.columns": {"x": "number"}},
        [],
    ),
    (
        "x",
        with_values([None] * N, at=dict.fromkeys(range(0, N, 3), "set")),
        {},
        [],
    ),
    (
        "x",
        with_values([0] * N, at={5: 1}),
        {},
        ["column 'x': is False in all but 1 row of 120; kept; ingest.drop leaves the column out"],
    ),
    (
        "x",
        with_values([0] * N, at={5: 1, 50: 2, 99: 3}),
        {},
        [],
    ),
    (
        "x",
        NOISE[0].tolist(),
        {},
        ["column 'x': equals 'a' in every row; dropped; a type in ingest.columns keeps it, as 'x': number"],
    ),
    (
        "x",
        [round(2.54 * value, 6) for value in NOISE[0].tolist()],
        {},
        ["column 'x': each of its 120 values stands for one value of 'a'; kept; ingest.drop leaves one of them out"],
    ),
    (
        "x",
        NOISE[2].tolist(),
        {},
        [],
    ),
    (
        "x",
        with_values(text(INTS), at={3: "?", 9: "NA", 10: "?"}),
        {},
        [
            "column 'x': '?' (2 times), 'NA' (once) among numbers counts as missing; ingest.missing.values "
            "can say otherwise, as 'x': []"
        ],
    ),
    (
        "x",
        with_values(text(INTS), at={3: "unknown", 9: "-"}),
        {},
        [
            "column 'x': '-' (once), 'unknown' (once) among numbers counts as missing; ingest.missing.values "
            "can say otherwise, as 'x': []"
        ],
    ),
    (
        "x",
        with_values(COLORS, at={3: "?", 9: "n/a"}),
        {},
        ["column 'x': '?' (once), 'n/a' (once) counts as missing; ingest.missing.values can say otherwise, as 'x': []"],
    ),
    (
        "x",
        with_values(COLORS, at={3: "unknown", 9: "none"}),
        {},
        [
            "column 'x': 'none' (once), 'unknown' (once) may stand for a missing value; kept as a category; "
            "ingest.missing.values can say otherwise, as 'x': ['unknown']"
        ],
    ),
    (
        "x",
        with_values(COLORS, at={3: " "}),
        {},
        ["column 'x': ' ' (once) counts as missing; ingest.missing.values can say otherwise, as 'x': []"],
    ),
    (
        "x",
        with_values(COLORS, at={3: "+", 9: "-"}),
        {},
        [],
    ),
    (
        "x",
        with_values(days("%Y-%m-%d"), at={3: "unknown"}),
        {},
        [
            "column 'x': 'unknown' (once) among dates counts as missing; ingest.missing.values can say "
            "otherwise, as 'x': []"
        ],
    ),
    (
        "x",
        with_values(["on", "off", "off", "on"] * (N // 4), at={3: "unknown"}),
        {},
        [
            "column 'x': 'unknown' (once) among yes and no counts as missing; ingest.missing.values can say "
            "otherwise, as 'x': []"
        ],
    ),
    (
        "x",
        with_values(INTS, at={3: -999, 9: -999, 10: -999}),
        {},
        [
            "column 'x': -999 (3 times) among numbers counts as missing; ingest.missing.values can say "
            "otherwise, as 'x': []"
        ],
    ),
    (
        "x",
        with_values(INTS, at={3: 9999, 9: 9999, 10: 9999, 11: -99, 12: -99, 13: -99}),
        {},
        [
            "column 'x': -99 (3 times), 9999 (3 times) among numbers counts as missing; "
            "ingest.missing.values can say otherwise, as 'x': []"
        ],
    ),
    (
        "x",
        with_values(text(INTS), at={3: "-999", 9: "-999.0", 10: "-999"}),
        {},
        [
            "column 'x': '-999' (2 times), '-999.0' (once) among numbers counts as missing; "
            "ingest.missing.values can say otherwise, as 'x': []"
        ],
    ),
    (
        "x",
        with_values(INTS, at={3: -999, 9: -999, 10: -999}),
        {"ingest.missing.values": {"x": []}},
        [],
    ),
    (
        "x",
        with_values(INTS, at={3: -999, 9: -999, 10: -999}),
        {"ingest.missing.auto": False},
        [],
    ),
    (
        "x",
        with_values(INTS, at={3: 77, 9: 77}),
        {"ingest.missing.values": {"x": [77]}},
        [
            "column 'x': 77 (2 times) among numbers counts as missing; ingest.missing.values can say "
            "otherwise, as 'x': []"
        ],
    ),
    (
        "x",
        with_values(COLORS, at={3: "unknown"}),
        {"ingest.missing.values": {"x": ["unknown"]}},
        ["column 'x': 'unknown' (once) counts as missing; ingest.missing.values can say otherwise, as 'x': []"],
    ),
    (
        "x",
        with_values(INTS, at={3: -999}),
        {},
        [],
    ),
    (
        "x",
        with_values(INTS, at={3: 99, 9: 99, 10: 99}),
        {},
        [],
    ),
    (
        "x",
        [0 if i % 3 else i for i in INTS],
        {},
        [],
    ),
    (
        "x",
        [-1 if i % 3 else i for i in INTS],
        {},
        [],
    ),
    (
        "x",
        [-999 + 20 * i for i in INTS],
        {},
        [],
    ),
    (
        "x",
        with_values(NOISE[1].tolist(), at={3: float("inf"), 9: float("-inf")}),
        {},
        ["column 'x': 2 values are infinite and count as missing; mend the source to change it"],
    ),
    (
        "x",
        with_values(text(NOISE[1]), at={3: "inf"}),
        {},
        ["column 'x': 1 value is infinite and counts as missing; mend the source to change it"],
    ),
    (
        "x",
        with_values(NOISE[1].tolist(), at={3: float("nan")}),
        {},
        [],
    ),
    (
        "x",
        with_values(text(NOISE[1]), at={3: "abc", 7: "7.5.1"}),
        {},
        [
            "column 'x': 2 values are no number and count as missing, the first is 'abc'; another type can "
            "be named in ingest.columns"
        ],
    ),
    (
        "x",
        [str(i) if i % 5 else f"{i}+" for i in INTS],
        {},
        [
            "column 'x': 94 numbers and 26 other texts, the first is '0+'; kept as a category; another type "
            "can be named in ingest.columns"
        ],
    ),
    (
        "x",
        with_values([f"{WORDS[i % 5]} {i % 40}" for i in INTS], at={3: "42"}),
        {},
        [
            "column 'x': 1 number among 119 other texts, the first is '42'; kept as a category; another type "
            "can be named in ingest.columns"
        ],
    ),
    (
        "x",
        ["1", "2", "3+"] * (N // 3),
        {},
        [],
    ),
    (
        "x",
        [f"{1000 + 13 * i:,}" for i in INTS],
        {},
        [
            "column 'x': 120 texts as '1,000' are numbers with thousands separators; read as numbers; "
            "ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    (
        "x",
        [f"${i}.50" for i in INTS],
        {},
        [
            "column 'x': 120 texts as '$0.50' are numbers with '$' before them; read as numbers; "
            "ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    (
        "x",
        [f"{i} %" for i in INTS],
        {},
        [
            "column 'x': 120 texts as '0 %' are numbers with '%' behind them; read as numbers; "
            "ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    (
        "x",
        [f"({i})" if i % 2 else str(i) for i in INTS],
        {},
        [
            "column 'x': 120 texts as '0' are numbers with parentheses for a minus; read as numbers; "
            "ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    (
        "x",
        [f"{i} kg" for i in INTS],
        {},
        [
            "column 'x': 120 texts as '0 kg' are numbers with 'kg' behind them; read as numbers; "
            "ingest.columns can keep the texts, as 'x': category"
        ],
    ),
    (
        "x",
        [f"{1000 + 13 * i:,}" for i in INTS],
        {"ingest.columns": {"x": "category"}},
        [],
    ),
    (
        "x",
        [f"{i} kg" if i % 2 else f"{i} g" for i in INTS],
        {},
        [],
    ),
    (
        "x",
        [f"{i:03}" for i in INTS],
        {},
        [],
    ),
    (
        "x",
        days("%d.%m.%Y"),
        {},
        [
            "column 'x': 120 texts as '03.03.2020' are dates as %d.%m.%Y; read as dates; ingest.formats can "
            "name one, as 'x': '%m/%d/%Y'"
        ],
    ),
    (
        "x",
        days("%m/%d/%Y"),
        {},
        [
            "column 'x': 120 texts as '03/03/2020' are dates as %m/%d/%Y; read as dates; ingest.formats can "
            "name one, as 'x': '%m/%d/%Y'"
        ],
    ),
    (
        "x",
        days("%d/%m/%Y", [day.replace(day=day.day % 12 + 1) for day in DAYS]),
        {},
        [
            "column 'x': 120 texts as '04/03/2020' could be dates as %d/%m/%Y or as %m/%d/%Y, taken as "
            "%d/%m/%Y because the day mostly comes first; read as dates; ingest.formats can name one, as "
            "'x': '%m/%d/%Y'"
        ],
    ),
    (
        "x",
        days("%d/%m/%Y", [day.replace(day=day.day % 12 + 1) for day in DAYS]),
        {"ingest.formats": {"x": "%m/%d/%Y"}},
        [],
    ),
    (
        "x",
        days("%Y-%m-%d")[:60] + days("%d.%m.%Y")[60:],
        {},
        [
            "column 'x': 120 texts as '2020-03-03' are dates in several formats, %Y-%m-%d and %d.%m.%Y; read "
            "as dates; ingest.formats can name one, as 'x': '%m/%d/%Y'"
        ],
    ),
    (
        "x",
        days("%d/%m/%Y")[:60] + days("%m/%d/%Y")[60:],
        {},
        [
            "column 'x': 120 texts as '03/03/2020' are dates as %m/%d/%Y and %d/%m/%Y, some of which can be "
            "read both ways; kept as a category; ingest.formats can name one, as 'x': '%m/%d/%Y'",
            "column 'x': has 102 different values in 120 rows, 86 of them once; kept; a value counts from "
            "columns.category.min_count rows on; ingest.drop leaves the column out",
        ],
    ),
    (
        "x",
        days("%d %B %Y"),
        {},
        [
            "column 'x': 120 texts as '03 March 2020' are dates as %d %B %Y; read as dates; ingest.formats "
            "can name one, as 'x': '%m/%d/%Y'"
        ],
    ),
    (
        "x",
        days("%Y-%m-%d"),
        {},
        [],
    ),
    (
        "x",
        ["yes", "no", "no", "yes", "yes", "no"] * (N // 6),
        {},
        [],
    ),
    (
        "x",
        [f"town {i % 60}" for i in PICK],
        {},
        [
            "column 'x': has 60 different values in 120 rows, 0 of them once; kept; a value counts from "
            "columns.category.min_count rows on; ingest.drop leaves the column out"
        ],
    ),
    (
        "x",
        with_values(COLORS, at={3: "Red", 9: "blue."}),
        {},
        ["column 'x': 'Red' and 'red', 'blue' and 'blue.' look alike; kept apart; mend the source to join them"],
    ),
    (
        "x",
        COLORS,
        {},
        [],
    ),
    (
        "x",
        [{"no": "n", "yes": "j"}[c] for c in CLASS],
        {},
        [
            "column 'x': alone takes away 100 % of the error on 'y'; it gives the target away if it is "
            "another word for it, or known only afterwards; kept; ingest.drop leaves it out"
        ],
    ),
    (
        "x",
        [1.5 if c == "no" else 2.5 + i / 1000 for i, c in enumerate(CLASS)],
        {},
        [
            "column 'x': alone takes away 96.6 % of the error on 'y'; it gives the target away if it is "
            "another word for it, or known only afterwards; kept; ingest.drop leaves it out"
        ],
    ),
    (
        "x",
        [None if c == "no" else float(NOISE[1][i]) for i, c in enumerate(CLASS)],
        {},
        [
            "column 'x': alone takes away 96.6 % of the error on 'y'; it gives the target away if it is "
            "another word for it, or known only afterwards; kept; ingest.drop leaves it out",
            "column 'x': is missing where 'y' is 'no', and hardly elsewhere; it gives the target away if it "
            "is known only afterwards; kept; ingest.drop leaves it out",
        ],
    ),
    (
        "x",
        [float(NOISE[1][i]) + 1.2 * (c == "yes") for i, c in enumerate(CLASS)],
        {},
        [],
    ),
    (
        "x",
        [float(value) + i / 20 for i, value in enumerate(NOISE[1])],
        {},
        [
            "column 'x': the file's first and last quarter differ by 100 %; kept; if the order of rows is "
            "time or place, a random split hides this, and split.name can be time or group"
        ],
    ),
    (
        "x",
        [WORDS[i // 24] for i in range(N)],
        {},
        [
            "column 'x': the file's first and last quarter differ by 100 %; kept; if the order of rows is "
            "time or place, a random split hides this, and split.name can be time or group"
        ],
    ),
]


def report(in_project: Make, table: pl.DataFrame, **changes: Any) -> dict[str, Any]:
    in_project(table, **changes)
    project.run("ingest")
    found: dict[str, Any] = read_json(Path("reports/ingest.json"))
    return found


def sentences(found: dict[str, Any]) -> list[str]:
    return [finding["what"] for finding in found["findings"]]


def id_of(value: Any) -> str:
    return " ".join(word[:70] for word in value) or "nothing" if isinstance(value, list) and len(value) < N else ""


@pytest.mark.parametrize(("name", "values", "changes", "expected"), COLUMNS, ids=id_of)
def test_a_column_is_told_of_as_it_is(
    in_project: Make, name: str, values: list[Any], changes: Changes, expected: list[str]
) -> None:
    table = pl.DataFrame({"a": NOISE[0], "b": NOISE[3], name: values, "y": CLASS})
    assert sentences(report(in_project, table, **changes)) == expected


# Targets and rows

CAPPED = np.minimum(100 + 30 * NOISE[4], 120).round(3).tolist()
BLOCK = ["a"] * 40 + ["b"] * 40 + ["c"] * 40
TARGETS: list[tuple[list[Any], Changes, list[str]]] = [
    (
        with_values(CLASS, at=dict.fromkeys(range(110), "no")),
        {},
        [
            "target 'y': 'no' is 96 % of the examples, 'yes' 4.2 %; kept; train.class_weights: balanced "
            "gives all classes the same weight"
        ],
    ),
    (
        with_values(CLASS, at={5: "rare", 6: "odd"}),
        {},
        [
            "target 'y': 2 classes have one or two examples, 'odd', 'rare'; kept; no split has such a class "
            "in all its parts; add examples, or join classes in the source",
            "target 'y': 'yes' is 49 % of the examples, 'odd' 0.83 %; kept; train.class_weights: balanced "
            "gives all classes the same weight",
        ],
    ),
    (
        BLOCK,
        {},
        ["target 'y': the file is sorted by it; kept; a split must mix the rows, as random and stratified do"],
    ),
    (
        sorted(NOISE[1].tolist()),
        {},
        ["target 'y': the file is sorted by it; kept; a split must mix the rows, as random and stratified do"],
    ),
    (
        CAPPED,
        {},
        [
            "target 'y': 26 of 120 rows have its largest value, 120, as if cut off there; kept; a model "
            "learns the limit, not what lies beyond it; a source without these rows leaves them out"
        ],
    ),
    (
        NOISE[1].tolist(),
        {},
        [],
    ),
    (
        [max(0.0, value) for value in NOISE[1].tolist()],
        {},
        [],
    ),
    (
        [min(5, max(1, round(3 + 2 * value))) + 0.5 for value in NOISE[1].tolist()],
        {},
        [],
    ),
    (
        CLASS,
        {},
        [],
    ),
    (
        with_values(CLASS, at=dict.fromkeys(range(0, N, 10), "no.")),
        {},
        ["column 'y': 'no' and 'no.' look alike; kept apart; mend the source to join them"],
    ),
    (
        with_values(CLASS, at={5: "?"}),
        {},
        ["column 'y': '?' (once) counts as missing; ingest.missing.values can say otherwise, as 'y': []"],
    ),
    (
        with_values(CLASS, at=dict.fromkeys(range(1, N, 7), "unknown")),
        {},
        [
            "column 'y': 'unknown' (17 times) may stand for a missing value; kept as a category; "
            "ingest.missing.values can say otherwise, as 'y': ['unknown']"
        ],
    ),
]


@pytest.mark.parametrize(("target", "changes", "expected"), TARGETS, ids=id_of)
def test_a_target_is_told_of_as_it_is(
    in_project: Make, target: list[Any], changes: Changes, expected: list[str]
) -> None:
    table = pl.DataFrame({"a": NOISE[0], "b": NOISE[3], "c": NOISE[5], "y": target})
    assert sentences(report(in_project, table, **changes)) == expected


def test_a_column_that_is_nearly_always_the_same_is_told_of(in_project: Make) -> None:
    x = with_values([0] * 400, at={5: 1, 50: 2, 99: 3})
    table = pl.DataFrame({"a": np.arange(400) % 7, "x": x, "y": ["no", "yes"] * 200})
    assert "column 'x': is 0 in all but 3 rows of 400; kept; ingest.drop leaves the column out" in sentences(
        report(in_project, table)
    )


def test_equal_features_with_different_classes_and_equal_rows_are_counted(in_project: Make) -> None:
    table = pl.DataFrame({"a": NOISE[0], "b": NOISE[3], "c": NOISE[5], "y": CLASS})
    again = pl.concat([table, table.head(3), table.head(2).with_columns(y=pl.lit("yes"))])
    found = report(in_project, again)
    assert sentences(found) == [
        "target 'y': 3 examples equal others in every feature but not in the target; kept; no model gets all of them "
        "right; mend the source if they are mistakes",
        "4 examples equal an earlier one in every column; kept; ingest.duplicates: drop leaves them out",
    ]
    assert [finding["rows"] for finding in found["findings"]] == [[0, 120, 123], [120, 121, 122, 124]]


def test_a_column_of_a_line_that_tells_the_target_is_no_alarm(in_project: Make) -> None:
    x = NOISE[0]
    assert sentences(report(in_project, pl.DataFrame({"x": x, "y": 0.7 * x + 0.3}))) == [
        "column 'x': alone takes away 99.8 % of the error on 'y'; fine in a table of 1 feature, if it is known when "
        "predicting; kept; ingest.drop leaves it out"
    ]


def test_every_feature_has_its_skill_for_every_target(in_project: Make) -> None:
    table = pl.DataFrame({"a": NOISE[0], "b": NOISE[3], "y": CLASS, "z": NOISE[0] + 0.3 * NOISE[3]})
    found = report(in_project, table, **{"ingest.target": ["y", "z"]})
    skills = {column["name"]: column.get("skill") for column in found["columns"]}
    assert skills["y"] is None
    assert set(skills["a"]) == {"y", "z"}
    assert skills["a"]["z"] > 0.7 > 0.2 > skills["a"]["y"]


# What is done


def test_what_counts_as_missing_is_missing_and_texts_are_the_numbers_they_say(in_project: Make) -> None:
    x = with_values([f"${1000 + i:,}" for i in range(N)], at={0: "?", 1: "unknown"})
    report(in_project, pl.DataFrame({"a": NOISE[0], "x": x, "y": CLASS}))
    assert Examples.open(Path("data/examples.parquet")).read("x").to_list() == [None, None, *range(1002, 1000 + N)]


def test_a_format_decides_between_day_and_month(in_project: Make) -> None:
    x = ["01/02/2024", "03/04/2024"] * 60
    table = pl.DataFrame({"a": NOISE[0], "x": x, "y": CLASS})
    report(in_project, table, **{"ingest.formats": {"x": "%m/%d/%Y"}})
    assert Examples.open(Path("data/examples.parquet")).read("x")[0] == datetime.datetime(2024, 1, 2)


def test_an_id_is_not_learned_from_but_a_split_can_go_by_it(in_project: Make) -> None:
    found = report(in_project, pl.DataFrame({"a": NOISE[0], "id": PICK, "y": CLASS}))
    examples = Examples.open(Path("data/examples.parquet"))
    assert [column.name for column in examples.features] == ["a"]
    assert examples.read("id").to_list() == PICK
    assert found["columns"][1] == {
        "name": "id", "type": "number", "role": "id", "missing": 0, "distinct": 120,
        "why": "is named like an id, and another number in each of 120 rows",
    }  # fmt: skip


def test_the_only_feature_is_not_left_out_for_being_an_id(in_project: Make) -> None:
    found = report(in_project, pl.DataFrame({"id": PICK, "y": CLASS}))
    assert found["columns"][0]["role"] == "feature"


def test_many_findings_of_one_kind_are_one_line(in_project: Make, capsys: pytest.CaptureFixture[str]) -> None:
    constant = {f"c{i}": [i] * N for i in range(300)}
    found = report(in_project, pl.DataFrame({"a": NOISE[0], **constant, "y": CLASS}))
    assert len(found["findings"]) == 300
    assert capsys.readouterr().out.splitlines() == [
        "ingest: 120 examples of table.parquet; columns: 1 number",
        "ingest: 300 columns, 'c0', 'c1', 'c2' and 297 more: one value in every row, or none; dropped; a type in "
        "ingest.columns keeps it",
    ]


def test_the_most_serious_finding_comes_first(in_project: Make) -> None:
    table = pl.DataFrame({"x": [3] * N, "id": PICK, "a": NOISE[0], "b": NOISE[1], "twin": CLASS, "y": CLASS})
    kinds = [finding["kind"] for finding in report(in_project, table)["findings"]]
    assert kinds == ["leak", "id", "constant"]
    assert kinds == sorted(kinds, key=list(KINDS).index)


def test_the_same_table_gives_the_same_report_to_the_byte(in_project: Make) -> None:
    report(in_project, project.mixed_table(400), **{"ingest.target": ["kind", "amount"]})
    first = Path("reports/ingest.json").read_bytes()
    project.run("ingest")
    assert Path("reports/ingest.json").read_bytes() == first


def test_a_tidy_table_has_no_findings(in_project: Make) -> None:
    assert report(in_project, project.mixed_table(400).drop("amount"), **{"ingest.target": "kind"})["findings"] == []


def test_every_kind_is_in_the_readme() -> None:
    table = readme.finding_table()
    assert table in (project.ROOT / "README.md").read_text(encoding="utf-8")
    assert len(table.splitlines()) == len(KINDS) + 2


def test_sentences_of_a_report_sum_up_by_kind() -> None:
    entries = [{"kind": "constant", "column": f"c{i}", "what": f"c{i}"} for i in range(3)]
    assert lines(entries) == ["c0", "c1", "c2"]
    assert len(lines([*entries, {"kind": "constant", "column": "d", "what": "d"}])) == 1

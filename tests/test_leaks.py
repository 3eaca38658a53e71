"""Leaks: what is planted is found with its count, a clean split of the same table gives none away."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from plumbline import adversarial, duplicates, examples, leak_figures, leaks
from plumbline.examples import Column, Examples
from plumbline.files import read_json
from plumbline.leaks import Divided
from tests import project
from tests.conftest import Make

TYPES = {pl.Float64: "number", pl.String: "category", pl.Boolean: "boolean", pl.Datetime("us"): "datetime"}
SPLITS = ["train"] * 210 + ["val"] * 45 + ["test"] * 45
TEST = 255  # the first test row
GIVEN = {"ingest.target": "kind", "split.name": "given"}


def clean_table() -> pl.DataFrame:
    """300 rows of every column type in three splits; patients of three rows and days keep to their split."""
    days = np.datetime64("2024-01-01") + np.arange(300).astype("timedelta64[D]")
    return project.mixed_table(300).with_columns(
        split=pl.Series(SPLITS),
        patient=pl.Series([f"p{row // 3}" for row in range(300)]),
        visit=pl.Series(days).cast(pl.Datetime("us")),
    )


def plant(table: pl.DataFrame, places: dict[int, int], **changes: pl.Expr) -> pl.DataFrame:
    """The table with rows replaced by others, {place: row}, changed, but in their own split."""
    order = [places.get(row, row) for row in range(len(table))]
    is_planted = pl.int_range(pl.len()).is_in(list(places))
    changed = [pl.when(is_planted).then(value).otherwise(pl.col(name)).alias(name) for name, value in changes.items()]
    return table[order].with_columns(table["split"]).with_columns(changed)


def found(table: pl.DataFrame, make: Make, **changes: Any) -> list[dict[str, Any]]:
    """Findings of a project of a table whose column `split` says the split."""
    make(table, **GIVEN, **changes)
    project.run("ingest", "split")
    findings: list[dict[str, Any]] = read_json(Path("reports/split.json"))["leaks"]
    return findings


def test_a_clean_split_gives_nothing_away(in_project: Make) -> None:
    in_project(clean_table(), **GIVEN, **{"split.leaks.group": "patient", "split.leaks.time": "visit"})
    project.run("ingest", "split")
    report = read_json(Path("reports/split.json"))
    assert report["leaks"] == []
    assert report["checks"]["duplicates"] == report["checks"]["near_duplicates"] == {"val": 0, "test": 0}
    assert report["checks"]["group"] == {"by": ["patient"], "val": 0, "test": 0}
    assert report["checks"]["time"] == {"by": "visit", "train": 0}


def test_planted_duplicates_are_found(in_project: Make) -> None:
    table = plant(clean_table().drop("patient", "visit"), {TEST + 1: 10, TEST + 2: 11, TEST + 3: 220, 240: 12})
    assert found(table, in_project) == [
        {
            "kind": "duplicates",
            "severity": "leak",
            "count": 1,
            "sentence": "1 of 45 val rows equal a train row in every feature; "
            "split.name: hash keeps equal rows together",
            "rows": [[240, 12]],
        },
        {
            "kind": "duplicates",
            "severity": "leak",
            "count": 3,
            "sentence": "3 of 45 test rows equal a train or val row in every feature; "
            "split.name: hash keeps equal rows together",
            "rows": [[256, 10], [257, 11], [258, 220]],
        },
    ]


def test_rows_equal_but_for_the_target_are_told_apart(in_project: Make) -> None:
    table = clean_table().drop("patient", "visit")
    other = pl.when(pl.col("kind") == "big").then(pl.lit("small")).otherwise(pl.lit("big"))
    planted = plant(plant(table, {TEST: 10}, kind=other), {TEST + 1: 11})
    (finding,) = found(planted, in_project)
    assert finding["sentence"].startswith(
        "2 of 45 test rows equal a train or val row in every feature, 1 of them with another target; "
    )


def test_a_hash_split_parts_no_equal_rows_whatever_file_they_came_from(in_project: Make) -> None:
    table = plant(clean_table().drop("patient", "visit"), {TEST + row: row for row in range(45)})
    assert found(table, in_project)[0]["count"] == 45
    project.change_params(**{"split.name": "hash"})
    project.run("split")
    assert read_json(Path("reports/split.json"))["checks"]["duplicates"] == {"val": 0, "test": 0}


def test_a_column_that_numbers_the_rows_hides_no_duplicate(in_project: Make) -> None:
    table = plant(clean_table().drop("patient", "visit"), {TEST: 10, TEST + 1: 11})
    findings = found(table.with_row_index("id").with_columns(code=pl.format("r{}", "id")), in_project)
    assert [(finding["kind"], finding["count"]) for finding in findings] == [("duplicates", 2)]


def test_planted_near_duplicates_are_found(in_project: Make) -> None:
    table = clean_table().drop("patient", "visit").with_columns(pl.col("number").fill_null(0.5))
    town = pl.format("{} ", pl.col("town").str.to_uppercase())
    planted = plant(table, {TEST + row: 10 + row for row in range(4)}, number=pl.col("number") + 1e-5, town=town)
    assert found(planted, in_project) == [
        {
            "kind": "near_duplicates",
            "severity": "leak",
            "count": 4,
            "sentence": "4 of 45 test rows nearly equal a train row: but for case, white space and last digits; "
            "split.name: group keeps together what belongs together",
            "rows": [[255, 10], [256, 11], [257, 12], [258, 13]],
        }
    ]


def test_a_group_in_two_splits_is_found(in_project: Make) -> None:
    table = plant(clean_table().drop("visit"), {})
    patient = pl.when(pl.int_range(pl.len()).is_in([TEST, TEST + 1, TEST + 9])).then(pl.lit("p7")).otherwise("patient")
    findings = found(table.with_columns(patient.alias("patient")), in_project, **{"split.leaks.group": "patient"})
    assert findings == [
        {
            "kind": "group",
            "severity": "leak",
            "count": 3,
            "sentence": "3 of 45 test rows have the 'patient' of a train or val row (1 shared); "
            "split.name: group keeps them together",
            "rows": [[255, 21], [256, 21], [264, 21]],
        }
    ]


def test_rows_without_a_group_are_counted(in_project: Make) -> None:
    table = clean_table().drop("visit").with_columns(patient=pl.when(pl.int_range(pl.len()) % 100 != 7).then("patient"))
    assert found(table, in_project, **{"split.leaks.group": "patient"}) == [
        {
            "kind": "group",
            "severity": "note",
            "count": 3,
            "sentence": "3 rows have no 'patient'; each counts as a group of its own",
            "rows": [[7], [107], [207]],
        }
    ]


def test_a_column_named_like_an_id_that_the_split_parts_is_mentioned(in_project: Make) -> None:
    table = clean_table().drop("visit", "split").rename({"patient": "patientId"})
    in_project(table, **{"ingest.target": "kind", "split.name": "random"})
    project.run("ingest", "split")
    (finding,) = read_json(Path("reports/split.json"))["leaks"]
    assert (finding["kind"], finding["severity"], finding["count"]) == ("suspect", "note", 33)
    assert finding["sentence"] == (
        "33 of 45 test rows have a train row's 'patientId'; if it names what belongs together, set split.name: group, "
        "split.group.by: patientId"
    )
    project.change_params(**{"split.name": "group", "split.group.by": "patientId"})
    project.run("split")
    assert read_json(Path("reports/split.json"))["leaks"] == []


def test_a_future_row_is_found(in_project: Make) -> None:
    table = (
        clean_table()
        .drop("patient")
        .with_columns(
            visit=pl.when(pl.int_range(pl.len()).is_in([3, 99])).then(pl.col("visit").max()).otherwise("visit")
        )
    )
    findings = found(table, in_project, **{"split.leaks.time": "visit"})
    assert findings[0] == {
        "kind": "time",
        "severity": "leak",
        "count": 2,
        "sentence": "2 of 210 train rows are later in 'visit' than the first test row; "
        "split.name: time keeps the order",
        "rows": [[3, 255], [99, 255]],
    }


def test_a_leak_fails_the_run_where_params_say_so_and_leaves_what_was(in_project: Make) -> None:
    in_project(clean_table().drop("patient", "visit"), **GIVEN, **{"split.leaks.action": "fail"})
    project.run("ingest", "split")
    before = project.contents(Path("data/split")) | {"report": Path("reports/split.json").read_bytes()}
    plant(clean_table().drop("patient", "visit"), {TEST: 10, 240: 12}).write_parquet("table.parquet")
    project.run("ingest")
    assert project.refusal("split").splitlines() == [
        "split: 1 of 45 val rows equal a train row in every feature; split.name: hash keeps equal rows together",
        "split: 1 of 45 test rows equal a train or val row in every feature; "
        "split.name: hash keeps equal rows together",
    ]
    assert project.contents(Path("data/split")) | {"report": Path("reports/split.json").read_bytes()} == before


def test_a_warning_does_not_fail_the_run(in_project: Make) -> None:
    table = clean_table().drop("patient").with_columns(pl.col("number") + 5 * (pl.col("split") == "test"))
    in_project(table, **GIVEN, **{"split.leaks.action": "fail"})
    project.run("ingest", "split")
    assert [finding["severity"] for finding in read_json(Path("reports/split.json"))["leaks"]] == ["warning"]


@pytest.mark.parametrize(("key", "column", "sentence"), [
    ("group", "patients", "the table has no column 'patients'; did you mean 'patient'?"),
    ("time", "visits", "the table has no column 'visits'; did you mean 'visit'?"),
    ("time", "patient", "'patient' holds neither dates nor numbers; name another column"),
])  # fmt: skip
def test_a_wrong_column_to_check_is_one_sentence(in_project: Make, key: str, column: str, sentence: str) -> None:
    in_project(clean_table(), **GIVEN, **{f"split.leaks.{key}": column})
    project.run("ingest")
    assert project.refusal("split") == f"params.yaml: split.leaks.{key}: {sentence}"


# The checks by themselves


def open_examples(folder: Path, table: pl.DataFrame, target: str = "y") -> Examples:
    columns = [Column(name, TYPES[kind], "target" if name == target else "feature") for name, kind in
               table.schema.items()]  # fmt: skip
    examples.write(table.with_row_index("#row").cast({"#row": pl.Int64}).lazy(), columns, folder / "examples.parquet")
    return Examples.open(folder / "examples.parquet")


def random_labels(n_rows: int, seed: int) -> np.ndarray[Any, Any]:
    n_held_out = round(0.15 * n_rows)
    labels = np.repeat(np.array([0, 1, 2], dtype=np.int8), [n_rows - 2 * n_held_out, n_held_out, n_held_out])
    return np.random.default_rng(seed).permutation(labels)


def dataset(name: str) -> pl.DataFrame:
    if name == "mixed":
        return project.mixed_table(300).drop("amount").rename({"kind": "y"})
    if name in ("number", "class"):
        return getattr(project, f"{name}_table")()  # type: ignore[no-any-return]
    from sklearn import datasets

    data = getattr(datasets, f"load_{name}")()
    return pl.DataFrame(
        {f"x{i}": column.astype(float) for i, column in enumerate(data.data.T)} | {"y": data.target * 1.0}
    )


@pytest.mark.parametrize("name", ["breast_cancer", "diabetes", "mixed", "number", "class"])
def test_random_splits_of_tables_without_leaks_raise_no_alarm(tmp_path: Path, name: str) -> None:
    opened = open_examples(tmp_path, dataset(name))
    for seed in range(3):
        divided = Divided(opened, random_labels(opened.n_rows, seed), opened.features, None, None, is_ordered=False)
        assert leaks.find_leaks(divided, np.random.default_rng(seed))[0] == []


def test_equal_rows_are_no_finding_where_values_are_few(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    words = {name: generator.choice(["a", "b", "c"], 200) for name in ("one", "two", "y")}
    opened = open_examples(tmp_path, pl.DataFrame(words))
    divided = Divided(opened, random_labels(200, 0), opened.features, None, None, is_ordered=False)
    assert leaks.find_leaks(divided, generator)[0] == []


def test_words_that_differ_in_case_are_near_where_they_are_rare_only(tmp_path: Path) -> None:
    generator, labels = np.random.default_rng(0), random_labels(200, 0)
    town = generator.choice(["Berlin", "berlin", "BERLIN", "Paris", "paris"], 200).tolist()
    name = [f"{generator.choice(['Ann', 'Bo'])} of house {number}" for number in range(200)]
    first_test, first_train = int(np.flatnonzero(labels == 2)[0]), int(np.flatnonzero(labels == 0)[0])
    name[first_test], town[first_test] = name[first_train].upper().replace(" ", "  "), town[first_train].lower()
    for table, expected in (({"town": town, "name": name}, [("near_duplicates", 1)]), ({"town": town}, [])):
        opened = open_examples(tmp_path, pl.DataFrame(table | {"y": ["a", "b"] * 100}))
        divided = Divided(opened, labels, opened.features, None, None, is_ordered=False)
        findings, _ = leaks.find_leaks(divided, np.random.default_rng(0))
        assert [(finding["kind"], finding["count"]) for finding in findings] == expected


def test_equal_rows_are_a_warning_where_most_rows_have_an_equal(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    kinds = generator.normal(size=(40, 6))[generator.integers(0, 40, 200)]  # 40 kinds of things, 200 rows
    opened = open_examples(tmp_path, pl.DataFrame(dict(zip("abcdey", kinds.T, strict=True))))
    divided = Divided(opened, random_labels(200, 0), opened.features, None, None, is_ordered=False)
    findings, _ = leaks.find_leaks(divided, generator)
    assert [(finding["kind"], finding["severity"]) for finding in findings] == [("duplicates", "warning")] * 2
    assert findings[1]["sentence"] == (
        "30 of 30 test rows equal a train or val row in every feature; "
        "so do 96 % of the train rows among themselves, as usual where values are few"
    )


@pytest.mark.parametrize("n_columns", [1, 2, 5, 20])
def test_near_duplicates_are_told_from_neighbours_in_any_dimension(tmp_path: Path, n_columns: int) -> None:
    generator, n_rows = np.random.default_rng(n_columns), 600
    values = generator.normal(size=(n_rows, n_columns))
    labels = np.repeat(np.array([0, 2], dtype=np.int8), [500, 100])
    table = pl.DataFrame({f"x{i}": values[:, i] for i in range(n_columns)} | {"y": values[:, 0]})
    opened = open_examples(tmp_path, table)
    rows = np.flatnonzero(labels == 2)
    none, _ = duplicates.Neighbours(opened, opened.features, np.flatnonzero(labels == 0), generator).find(rows)
    assert len(none.rows) == 0
    values[500:510] = values[:10] + 1e-9 * generator.normal(size=(10, n_columns))
    opened = open_examples(
        tmp_path, pl.DataFrame({f"x{i}": values[:, i] for i in range(n_columns)} | {"y": values[:, 0]})
    )
    pairs, n_looked_at = duplicates.Neighbours(opened, opened.features, np.flatnonzero(labels == 0), generator).find(
        rows
    )
    assert (pairs.rows.tolist(), pairs.twins.tolist(), n_looked_at) == ([*range(500, 510)], [*range(10)], 100)


def test_the_adversarial_check_names_the_column_that_tells(tmp_path: Path) -> None:
    table, labels = project.mixed_table(300).drop("amount").rename({"kind": "y"}), random_labels(300, 0)
    moved = table.with_columns(pl.Series(table["number"].fill_null(0).to_numpy() + 2 * (labels == 2)).alias("number"))
    opened = open_examples(tmp_path, moved)
    told = adversarial.tell_apart(opened, opened.features, labels, None, 0)
    assert told
    assert told["auc"] > 0.85 > told["high"]
    assert told["columns"] == ["number"]


def test_the_adversarial_check_does_not_take_a_known_group_for_a_difference(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(60), 10)
    table = pl.DataFrame(
        {"x": np.repeat(generator.normal(size=60), 10) + 0.01 * generator.normal(size=600), "y": groups * 1.0}
    )
    opened, labels = open_examples(tmp_path, table), np.where(groups % 4 == 0, 2, 0).astype(np.int8)
    known, alone = (adversarial.tell_apart(opened, opened.features, labels, codes, 0) for codes in (groups, None))
    assert known
    assert alone
    assert alone["auc"] > alone["high"]
    assert known["auc"] < known["high"]


def test_too_few_rows_are_not_told_apart(tmp_path: Path) -> None:
    opened = open_examples(tmp_path, project.number_table(30))
    assert adversarial.tell_apart(opened, opened.features, random_labels(30, 0), None, 0) is None


def test_the_bytes_do_not_depend_on_the_threads(tmp_path: Path) -> None:
    folder = project.make_project(tmp_path / "project", clean_table(), **GIVEN, **{"split.leaks.group": "patient"})
    with project.inside(folder):
        project.run("ingest", "split")
        written = Path("reports/split.json").read_bytes()
        project.change_params(**{"compute.threads": 2})
        environment = os.environ | {"PYTHONPATH": str(project.ROOT), "POLARS_MAX_THREADS": "2"}
        subprocess.run([sys.executable, "-m", "stages.split"], check=True, env=environment)
        assert Path("reports/split.json").read_bytes() == written


def test_the_figure_counts_what_the_report_counts() -> None:
    told = {"auc": 0.9, "low": 0.4, "high": 0.6, "columns": ["number"]}
    none = {"val": 0, "test": 0}
    checks = {"duplicates": {"val": 0, "test": 3}, "near_duplicates": none, "near_looked_at": {"val": 10, "test": 7}}
    checks |= {"group": None, "time": {"by": "day", "train": 5}, "adversarial": told}
    figure, rows = leak_figures.draw_leaks({"checks": checks, "sizes": {"train": 50, "val": 10, "test": 10}})
    assert [(row["check"], row["split"], row["value"], row["of"]) for row in rows] == [
        ("duplicates", "val", 0, 10), ("duplicates", "test", 3, 10), ("near_duplicates", "val", 0, 10),
        ("near_duplicates", "test", 0, 7), ("group", "val", None, 10), ("group", "test", None, 10),
        ("time", "train", 5, 50), ("adversarial auc", "test", 0.9, None), ("adversarial low", "test", 0.4, None),
        ("adversarial high", "test", 0.6, None),
    ]  # fmt: skip
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[:2] == ["none of 10", "3 of 10 (30 %)"]
    assert texts[4:] == ["no column named", "no column named", "5 of 50 (10 %)"]
    assert figure.axes[1].texts[-1].get_text() == "yes, by\nnumber"

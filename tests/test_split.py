"""Split: columns are fitted on train examples only, and every example is in one split."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from plumbline.files import read_json
from tests import project
from tests.conftest import Make
from tests.project import contents

Change = Callable[[pl.DataFrame, "np.ndarray[Any, Any]"], pl.DataFrame]


@pytest.fixture
def in_split(in_project: Make) -> Path:
    """A project of every column type, split."""
    folder = in_project(project.mixed_table().drop("amount"), **{"ingest.target": "kind"})
    project.run("ingest", "split")
    return folder


def change_features(split: str) -> None:
    """Other values in every feature of one split's rows of the source, types as they are; then split again."""
    rows = np.load(f"data/split/{split}/rows.npy")
    table, is_changed = pl.read_parquet("table.parquet"), pl.Series(np.isin(np.arange(150), rows))
    others = {
        "number": pl.lit(1e6),
        "town": pl.lit("a town of no other example"),
        "flag": pl.lit(None, dtype=pl.Boolean),
        "day": pl.col("day").dt.offset_by("900y"),
    }
    changed = [pl.when(is_changed).then(value).otherwise(pl.col(name)).alias(name) for name, value in others.items()]
    table.with_columns(changed).write_parquet("table.parquet")
    project.run("ingest", "split")


def artifacts(*names: str) -> dict[str, bytes]:
    return {name: content for name, content in contents(Path("data")).items() if name.startswith(names)}


def test_changed_test_rows_leave_columns_and_train_tensors_byte_identical(in_split: Path) -> None:
    before, test = artifacts("columns.json", "split/train", "split/val"), artifacts("split/test")
    change_features("test")
    assert artifacts("columns.json", "split/train", "split/val") == before
    now = artifacts("split/test")
    assert [name for name in test if now[name] != test[name]] == [
        f"split/test/{kind}.npy" for kind in ("boolean", "category", "datetime", "number")
    ]


def test_changed_val_rows_leave_columns_and_train_tensors_byte_identical(in_split: Path) -> None:
    before, val = artifacts("columns.json", "split/train", "split/test"), artifacts("split/val")
    change_features("val")
    assert artifacts("columns.json", "split/train", "split/test") == before
    assert artifacts("split/val") != val


@pytest.mark.parametrize(
    ("column", "value"), [("number", 1e6), ("town", None), ("flag", None), ("day", None), ("number", None)]
)
def test_a_changed_train_cell_changes_columns_and_train_tensors(in_split: Path, column: str, value: Any) -> None:
    before = artifacts("columns.json", "split/train")
    table = pl.read_parquet("table.parquet")
    train = np.load("data/split/train/rows.npy")
    row = next(int(row) for row in train if table[column][int(row)] not in (value, None))
    values = [value if i == row else old for i, old in enumerate(table[column])]
    table.with_columns(pl.Series(column, values, dtype=table.schema[column])).write_parquet("table.parquet")
    project.run("ingest", "split")
    now = artifacts("columns.json", "split/train")
    kind = {"number": "number", "town": "category", "flag": "boolean", "day": "datetime"}[column]
    assert [name for name in before if now[name] != before[name]] == ["columns.json", f"split/train/{kind}.npy"]


def test_rows_targets_and_counts_agree_with_the_examples(in_split: Path) -> None:
    examples, report = pl.read_parquet("data/examples.parquet"), read_json(Path("reports/split.json"))
    rows = {name: np.load(f"data/split/{name}/rows.npy") for name in ("train", "val", "test")}
    assert sorted(np.concatenate(list(rows.values()))) == list(range(150))
    for name, positions in rows.items():
        assert (np.diff(positions) > 0).all()
        targets = np.load(f"data/split/{name}/target.0.npy")
        assert np.array(["big", "small"])[targets].tolist() == examples["kind"][positions].to_list()
        assert report["sizes"][name] == len(positions)
        assert report["targets"]["kind"][name] == dict(
            zip(["big", "small"], np.bincount(targets).tolist(), strict=True)
        )
    assert report["strategy"] == "stratified"


def test_positions_point_into_the_examples_also_where_rows_were_set_aside(in_project: Make) -> None:
    table = project.number_table().with_columns(y=pl.when(pl.int_range(pl.len()) % 3 > 0).then(pl.col("y")))
    in_project(table)
    project.run("ingest", "split")
    examples = pl.read_parquet("data/examples.parquet")
    for name in ("train", "val", "test"):
        rows = np.load(f"data/split/{name}/rows.npy")
        assert np.load(f"data/split/{name}/target.0.npy").tolist() == examples["y"][rows].to_list()
        assert (examples["#row"][rows].to_numpy() % 3 > 0).all()


def test_a_tables_chunks_are_encoded_as_one(in_split: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = artifacts("split", "columns.json")
    monkeypatch.setattr("plumbline.examples._CHUNK", 7)
    project.run("split")
    assert artifacts("split", "columns.json") == before


def test_without_a_share_for_validation_there_are_no_validation_rows(in_project: Make) -> None:
    in_project(project.class_table(), **{"split.ratios": {"train": 0.8, "val": 0, "test": 0.2}})
    project.run("ingest", "split")
    assert {path.name: np.load(path).shape for path in Path("data/split/val").iterdir()} == {
        "number.npy": (0, 2, 2), "rows.npy": (0,), "target.0.npy": (0,),
    }  # fmt: skip
    assert read_json(Path("reports/split.json"))["sizes"] == {"train": 96, "val": 0, "test": 24}


def given_table(train: list[str], test: list[str]) -> pl.DataFrame:
    words = [*train, *test]
    split = ["train"] * len(train) + ["test"] * len(test)
    return pl.DataFrame({"a": range(len(words)), "split": split, "y": words})


GIVEN = {"split.name": "given", "split.ratios": {"train": 0.5, "val": 0, "test": 0.5}}


def test_the_column_that_says_the_split_is_no_feature(in_project: Make) -> None:
    in_project(given_table(["a", "b"] * 5, ["a", "b"]).rename({"split": "part"}), **GIVEN, **{"split.given.by": "part"})
    project.run("ingest", "split")
    assert [feature["name"] for feature in read_json(Path("data/columns.json"))["features"]] == ["a"]


REFUSED: list[tuple[pl.DataFrame, dict[str, Any], str]] = [
    (
        project.mixed_table().select("number", y="day"),
        {"split.name": "random"},
        "target 'y': is a datetime, which no task predicts; "
        "name it number or category in ingest.columns, or set another ingest.target",
    ),
    (
        given_table(["a", "b"] * 5, ["a", "c", "d"]),
        GIVEN,
        "target 'y': no train example has 'c', 'd'; add train examples of it, or use a stratified split",
    ),
    (
        given_table(["a"] * 5, ["a", "b"]),
        GIVEN,
        "target 'y': is a in every train example; use a stratified split",
    ),
    (
        given_table(["a", "b"] * 5, ["a"]).with_columns(split=pl.lit("left")),
        GIVEN,
        "column 'split': holds 'left'; a given split says train, val or test in every row",
    ),
    (
        given_table(["a", "b"] * 5, ["a"]),
        {**GIVEN, "split.given.by": "part"},
        "params.yaml: split.given.by: no column 'part'; there are a, split, y",
    ),
    (
        given_table(["a", "b"] * 5, []),
        GIVEN,
        "params.yaml: split.ratios.test: no example of 10 is left for test; take a larger share, or add examples",
    ),
    (
        given_table(["a", "b"] * 2, ["a"]).drop("split"),
        {"split.ratios": {"train": 0.9, "val": 0.05, "test": 0.05}},
        "params.yaml: split.ratios.val: no example of 5 is left for val; take a larger share, or add examples",
    ),
]


@pytest.mark.parametrize(("table", "changes", "sentence"), REFUSED, ids=[sentence for *_, sentence in REFUSED])
def test_a_split_that_cannot_be_is_one_sentence_and_leaves_the_last_one(
    in_project: Make, table: pl.DataFrame, changes: dict[str, Any], sentence: str
) -> None:
    in_project(project.class_table())
    project.run("ingest", "split")
    before = artifacts("split", "columns.json") | {"report": Path("reports/split.json").read_bytes()}
    table.write_parquet("table.parquet")
    project.change_params(**changes)
    project.run("ingest")
    assert project.refusal("split") == sentence
    assert artifacts("split", "columns.json") | {"report": Path("reports/split.json").read_bytes()} == before


def test_another_seed_gives_another_split(in_split: Path) -> None:
    before = artifacts("split/train/rows")
    project.change_params(seed=1)
    project.run("split")
    assert artifacts("split/train/rows") != before


def test_a_number_targets_moments_are_reported(in_project: Make) -> None:
    in_project(project.number_table())
    project.run("ingest", "split")
    report = json.loads(Path("reports/split.json").read_text())["targets"]["y"]
    y = project.number_table()["y"].to_numpy()
    for name in ("train", "val", "test"):
        part = y[np.load(f"data/split/{name}/rows.npy")]
        expected = {"mean": part.mean(), "std": part.std(), "min": part.min(), "max": part.max()}
        assert report[name] == pytest.approx(expected)

"""The stage evaluate: what it writes of what matters to the model, and when it writes none of it."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plumbline import report
from tests import project
from tests.conftest import Make

INSIGHT = {f"{name}.{suffix}" for name in ("importance", "dependence", "slices") for suffix in ("csv", "png")}
FOLDER = Path("reports/evaluation")


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_matters_is_written_twice_as_the_same_bytes(in_finished_mixed: Path) -> None:
    project.change_params(
        **{"evaluate.importance.columns": 9, "evaluate.dependence.columns": 4, "evaluate.slices.resamples": 9}
    )
    project.run("evaluate")
    first = project.contents(FOLDER)
    project.run("evaluate")
    assert project.contents(FOLDER) == first
    assert first.keys() >= INSIGHT
    columns = {"number", "town", "flag", "day"}
    assert {row["column"] for row in rows_of("importance")} == columns
    assert {row["column"] for row in rows_of("dependence")} == columns
    assert {row["column"] for row in rows_of("slices")} == columns


def test_fewer_columns_are_those_that_alone_say_most(in_finished_mixed: Path) -> None:
    project.change_params(**{"evaluate.importance.columns": 1})
    project.run("evaluate")
    with (Path("reports/data") / "strongest.csv").open(encoding="utf-8", newline="") as file:
        strongest = next(csv.DictReader(file))["column"]
    assert {row["column"] for row in rows_of("importance")} == {strongest}
    assert "3 columns that alone say less about the target were not tried." in report.render(Path())


def test_knobs_of_nothing_write_nothing_and_the_report_says_so(in_finished_mixed: Path) -> None:
    before = project.contents(Path("reports"))
    off = {"evaluate.importance.repeats": 0, "evaluate.dependence.columns": 0, "evaluate.slices.resamples": 0}
    project.change_params(**off)
    project.run("evaluate")
    after = project.contents(Path("reports"))
    assert {f"evaluation/{name}" for name in INSIGHT} == before.keys() - after.keys()
    assert all(before[name] == content for name, content in after.items())
    page = " ".join(re.sub("<[^>]*>", "", report.render(Path())).split())
    assert "It was not measured: evaluate.importance.repeats and evaluate.slices.resamples are 0." in page


def test_dependence_without_importance_takes_the_columns_that_alone_say_most(in_finished_mixed: Path) -> None:
    project.change_params(**{"evaluate.importance.repeats": 0})
    project.run("evaluate")
    assert not (FOLDER / "importance.csv").exists()
    assert len({row["column"] for row in rows_of("dependence")}) == 1


def test_slices_do_not_depend_on_importance(in_finished_mixed: Path) -> None:
    before = (FOLDER / "slices.csv").read_bytes()
    project.change_params(**{"evaluate.importance.repeats": 3})
    project.run("evaluate")
    assert (FOLDER / "slices.csv").read_bytes() == before


def given(table: pl.DataFrame, n_test: int) -> pl.DataFrame:
    """The table with a column that says its last `n_test` rows are the test examples."""
    index = pl.int_range(pl.len())
    part = pl.when(index >= pl.len() - n_test).then(pl.lit("test")).when(index < 20).then(pl.lit("val"))
    return table.with_columns(part.otherwise(pl.lit("train")).alias("split"))


@pytest.mark.parametrize("n_test", [1, 2])
@pytest.mark.parametrize("make_table", [project.number_table, project.class_table])
def test_one_or_two_test_examples_are_enough(in_project: Make, make_table: Any, n_test: int) -> None:
    in_project(given(make_table(), n_test), **{"split.name": "given"})
    project.run("ingest", "split", "train", "evaluate")
    assert (FOLDER / "importance.csv").exists() == (n_test > 1)
    assert (FOLDER / "dependence.csv").exists()
    report.render(Path())


def test_columns_that_are_constant_or_missing_in_the_test_part_matter_nothing(in_project: Make) -> None:
    n_test, index = 30, pl.int_range(pl.len())
    table = project.number_table().with_columns(
        pl.lit(1.0).alias("same"),
        pl.when(index < pl.len() - n_test).then("a").alias("gone"),
        pl.when(index < pl.len() - n_test).then(pl.lit("x")).alias("lost"),
    )
    kept = {"same": "number", "gone": "number", "lost": "category"}
    changes = {"ingest.columns": kept, "evaluate.importance.columns": 9, "evaluate.dependence.columns": 9}
    in_project(given(table, n_test), **{"split.name": "given"}, **changes)
    project.run("ingest", "split", "train", "evaluate")
    found = {row["column"]: float(row["importance"]) for row in rows_of("importance")}
    assert (found["same"], found["gone"], found["lost"]) == (0, 0, 0)
    assert min(found["a"], found["b"]) != 0
    values = {row["column"]: row["value"] for row in rows_of("dependence")}
    assert (values["same"], values["gone"], values["lost"]) == ("1.0", "(missing)", "(missing)")
    assert {row["column"] for row in rows_of("slices")} == {"a", "b"}


def test_the_worst_slice_is_said_in_the_terminal(in_project: Make, capsys: pytest.CaptureFixture[str]) -> None:
    table = project.class_table(400).with_columns(pl.Series("odd", [i % 4 < 2 for i in range(400)]).cast(pl.String))
    flipped = pl.when(pl.col("odd") == "true").then(pl.col("y").replace({"no": "yes", "yes": "no"})).otherwise("y")
    in_project(
        given(table, 150).with_columns(pl.when(pl.col("split") == "test").then(flipped).otherwise("y").alias("y")),
        **{"split.name": "given", "train.epochs": 30, "train.optimizer.lr": 0.02, "evaluate.slices.resamples": 50},
    )
    project.run("ingest", "split", "train")
    capsys.readouterr()
    project.run("evaluate")
    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(
        r"evaluate: worst slice: odd true: accuracy 0\.\d+ \(0\.?\d* to 0\.\d+\) in \d+ examples; 0\.\d+ in all", last
    )

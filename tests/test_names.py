"""Names: columns of any name, and thousands of columns, go through every stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from plumbline.errors import hint
from plumbline.files import read_json
from plumbline.network import Recipe
from plumbline.odd_rows import make_odd_rows, measure_rounding
from plumbline.predictor import load_predictor, predict_rows
from plumbline.report import write_report
from tests import project
from tests.conftest import Make

NAMES = [
    "^x$", "^.*$", "*", "#", "x", "X", "new\nline", '"quoted"', "n" * 300, "🎈", "label", "probabilities", "prediction",
    "truth", "row", "position", "target.0", "number", "category", "rows", "Add", "a/../b", "a: prediction",
    "{{ name }}", "<script>alert(1)</script>", "**bold** | `code`", "value", "count", "literal", "é", "e\u0301",
    "a,b;c", "%s", "null",
]  # fmt: skip


def odd_table(*targets: str) -> pl.DataFrame:
    """160 rows of columns of odd names, numbers, words and yes or no in turn; the targets are numbers."""
    generator = np.random.default_rng(0)
    kinds = (
        lambda: pl.Series(generator.normal(size=160)),
        lambda: pl.Series(generator.choice(["u", "v", "w"], 160).tolist()),
        lambda: pl.Series(generator.random(160) < 0.5),
    )
    names = [*(name for name in NAMES if name not in targets), *targets]
    made = [kinds[0 if name in targets else index % 3]().alias(name) for index, name in enumerate(names)]
    return pl.DataFrame(made)


def run_all(table: pl.DataFrame) -> None:
    project.run(*project.STAGES)
    write_report()
    assert all(check["passed"] for check in read_json(Path("reports/export.json"))["checks"])
    assert {column["name"] for column in read_json(Path("reports/ingest.json"))["columns"]} == set(table.columns)


@pytest.mark.slow
@pytest.mark.parametrize("targets", [("^x$",), ("new\nline",), ("a", "b"), ("x/y", "x:y"), ("A", "a")])
def test_columns_and_targets_of_odd_names_go_through_every_stage(in_project: Make, targets: tuple[str, ...]) -> None:
    table = odd_table(*targets)
    in_project(table, **{"ingest.target": list(targets), "plot.columns": 5})
    run_all(table)


def test_a_hint_shows_odd_names_in_one_line() -> None:
    assert hint("zzz", ["a", "b\nc", "n" * 70]) == f"it has a, b\\nc, {'n' * 39}…{'n' * 20}"


def wide_table(n_columns: int, n_rows: int) -> pl.DataFrame:
    """Columns of noise, of which the first makes up the number y."""
    x = np.random.default_rng(0).normal(size=(n_rows, n_columns))
    columns = [pl.Series(f"c{index}", values) for index, values in enumerate(x.T)]
    return pl.DataFrame([*columns, pl.Series("y", 2 * x[:, 0])])


def read_predictions() -> tuple[Recipe, pl.DataFrame]:
    return read_json(Path("models/recipe.json")), pl.read_parquet("table.parquet").drop("y")


def test_the_unit_of_an_odd_row_allows_for_what_float32_rounds_away(in_project: Make) -> None:
    in_project(wide_table(40, 80))
    project.run("ingest", "split", "train")
    recipe, table = read_predictions()
    predictor = load_predictor(recipe, Path("models/model.pt"), torch.device("cpu"))
    with torch.no_grad():  # large weights make large sums
        for parameter in predictor.network.backbone.parameters():
            parameter.mul_(30)
    odd, n_rows = make_odd_rows(table, recipe)
    rounding = measure_rounding(predictor, odd, recipe, predict_rows(predictor, odd, recipe), n_rows)[0]
    assert n_rows == 7
    assert len(rounding) == len(odd)
    variants = rounding.reshape(-1, 7)
    assert (variants == variants[:, :1]).all()  # a variant's rows share their unit
    assert variants[3, 0] > 100 * variants[0, 0]  # far values in every column, beside plain rows


def test_odd_rows_hold_each_odd_value_in_all_columns_and_in_each_alone(in_project: Make) -> None:
    in_project(wide_table(3, 60))
    project.run("ingest", "split", "train")
    recipe, table = read_predictions()
    odd, _ = make_odd_rows(table, recipe)
    assert len(odd) == 7 * (1 + 3 + 3 * 3)
    assert odd.head(7).equals(table.head(7))
    assert odd[7:14].null_count().row(0) == (7, 7, 7)
    assert odd[-7:].select("c2").to_series().to_list() == [-1e6] * 7
    assert odd[-7:].drop("c2").equals(table.head(7).drop("c2"))


@pytest.mark.slow
def test_five_thousand_columns_go_through_every_stage(in_project: Make) -> None:
    in_project(wide_table(5000, 300))
    run_all(wide_table(5000, 300))


def missing_in_parts() -> pl.DataFrame:
    """Columns without a value anywhere, in one split, or of one value in train; categories that train lacks."""
    generator, place = np.random.default_rng(0), pl.int_range(150)
    noise = pl.lit(pl.Series(generator.normal(size=150)))
    word = pl.lit(pl.Series(generator.choice(["u", "v"], 150).tolist()))
    part = pl.when(place < 90).then(pl.lit("train")).when(place < 120).then(pl.lit("val")).otherwise(pl.lit("test"))
    lacks = {f"{kind} {name}": pl.when(part != name).then(values)
             for kind, values in (("number", noise), ("word", word)) for name in ("train", "val", "test")}  # fmt: skip
    return pl.select(
        **lacks,
        a=noise.reverse(),
        none=pl.when(place < 0).then(noise),
        flag=place >= 95,
        unseen=part,
        y=noise,
        split=part,
    )


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["embedding", "onehot"])
def test_columns_that_lack_all_values_of_a_split_go_through_every_stage(in_project: Make, encoder: str) -> None:
    table = missing_in_parts()
    in_project(table, **{"split.name": "given", "encoders.category.name": encoder})
    run_all(table)

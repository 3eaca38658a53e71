"""columns.select: the columns that say most about the targets in the training examples, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from plumbline import report
from plumbline.files import read_json
from tests import project
from tests.conftest import Make


def wide_table(n_rows: int = 600) -> pl.DataFrame:
    """Six numbers; y is made of `strong` and, less, of `weak`, the class `kind` of `other`."""
    generator = np.random.default_rng(0)
    names = ("n1", "weak", "n2", "strong", "other", "n3")
    columns = dict(zip(names, generator.normal(size=(6, n_rows)), strict=True))
    y = 3 * columns["strong"] + 2 * columns["weak"]
    return pl.DataFrame(columns | {"y": y, "kind": np.where(columns["other"] > 0, "up", "down")})


def features() -> list[str]:
    return [feature["name"] for feature in read_json(Path("data/columns.json"))["features"]]


def test_the_strongest_columns_are_kept_in_their_order_and_the_report_lists_all(in_project: Make) -> None:
    in_project(wide_table().drop("kind"), **{"columns.select": 2})
    project.run("ingest", "split")
    assert features() == ["weak", "strong"]
    selected = read_json(Path("reports/split.json"))["selected"]
    assert [row["column"] for row in selected["kept"]] == ["strong", "weak"]
    assert {row["column"] for row in selected["left_out"]} == {"n1", "n2", "n3", "other"}
    scores = [row["y"] for row in selected["kept"] + selected["left_out"]]
    assert scores == sorted(scores, reverse=True)
    assert scores[1] > scores[2]


def test_the_model_its_figures_and_its_export_know_nothing_of_columns_left_out(in_project: Make) -> None:
    in_project(wide_table().drop("kind"), **{"columns.select": 1})
    project.run(*project.STAGES)
    assert [feature["name"] for feature in read_json(Path("models/recipe.json"))["features"]] == ["strong"]
    assert [given["name"] for given in read_json(Path("models/export/signature.json"))["inputs"]] == ["strong"]
    for name in ("importance", "dependence", "slices"):
        assert set(pl.read_csv(f"reports/evaluation/{name}.csv")["column"]) == {"strong"}
    page = report.render(Path())
    assert "Of 6 columns the model gets the 1 that alone say most" in page


def test_test_and_validation_rows_have_no_say(in_project: Make) -> None:
    folder = in_project(wide_table().drop("kind"), **{"columns.select": 2})
    project.run("ingest", "split")
    before, columns = read_json(Path("reports/split.json"))["selected"], Path("data/columns.json").read_bytes()
    unseen = [np.load(folder / "data/split" / part / "rows.npy") for part in ("val", "test")]
    others = pl.Series(np.isin(np.arange(600), np.concatenate(unseen)))
    table = wide_table().drop("kind")
    table.with_columns(n1=pl.when(others).then(pl.col("y")).otherwise("n1")).write_parquet("table.parquet")
    project.run("ingest", "split")
    assert read_json(Path("reports/split.json"))["selected"] == before
    assert Path("data/columns.json").read_bytes() == columns


def test_each_target_keeps_its_best_column(in_project: Make) -> None:
    in_project(wide_table(), **{"ingest.target": ["y", "kind"], "columns.select": 2})
    project.run("ingest", "split")
    assert features() == ["strong", "other"]
    kept = read_json(Path("reports/split.json"))["selected"]["kept"]
    assert [set(row) for row in kept] == [{"column", "y", "kind"}] * 2


def test_more_than_there_are_keeps_all_and_null_ranks_none(in_project: Make) -> None:
    in_project(wide_table().drop("kind"), **{"columns.select": 99})
    project.run("ingest", "split")
    fitted = Path("data/columns.json").read_bytes()
    selected = read_json(Path("reports/split.json"))["selected"]
    assert (len(selected["kept"]), selected["left_out"]) == (6, [])
    project.change_params(**{"columns.select": None})
    project.run("split")
    assert Path("data/columns.json").read_bytes() == fitted
    assert "selected" not in read_json(Path("reports/split.json"))

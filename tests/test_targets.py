"""Several targets: a head, metrics, figures and outputs for each, and one network that learns them all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import polars as pl
import pytest

from plumbline import report
from plumbline.columns import category, number
from plumbline.files import read_json
from tests import project

BOTH = ["heat / kWh", "kind"]


def two_target_table(n_rows: int = 200) -> pl.DataFrame:
    """Two numbers and a word that make up a number and a class."""
    generator = np.random.default_rng(0)
    a, b = generator.normal(size=(2, n_rows))
    word = generator.choice(["x", "y"], n_rows)
    heat, kind = 20 + 5 * a + (word == "x"), np.where(a + b > 0, "warm", "cold")
    return pl.DataFrame({"a": a, "b": b, "word": word, "heat / kWh": heat, "kind": kind})


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose every stage has run on two targets of different kinds."""
    folder = project.make_project(
        tmp_path_factory.mktemp("two") / "project",
        two_target_table(),
        **{"ingest.target": BOTH, "train.epochs": 40, "train.optimizer.lr": 0.02, "export.formats": ["onnx", "pt2"]},
    )
    with project.inside(folder):
        project.run(*project.STAGES)
    return folder


def test_each_target_has_metrics_of_its_own_in_every_part(finished: Path) -> None:
    metrics = read_json(finished / "reports/metrics.json")
    assert {part: list(of_targets) for part, of_targets in metrics.items()} == dict.fromkeys(
        ("test", "val", "untrained", "baseline", "interval"), BOTH
    )
    assert metrics["test"]["heat / kWh"]["r2"] > 0.8
    assert metrics["test"]["kind"]["accuracy"] > 0.8
    assert metrics["baseline"]["kind"]["accuracy"] < 0.7


def test_each_target_has_figures_in_a_folder_of_its_own(finished: Path) -> None:
    evaluation, data = finished / "reports/evaluation", finished / "reports/data"
    assert {path.name for path in evaluation.iterdir()} == {"heat_kWh", "kind", "learning_curves.png"}
    assert (evaluation / "heat_kWh/residuals.csv").exists()
    assert (evaluation / "kind/confusion.csv").exists()
    assert {path.name for path in data.iterdir()} == {"heat_kWh", "kind", "leaks.csv", "leaks.png"}


def test_predictions_name_their_target(finished: Path) -> None:
    table = pl.read_parquet(finished / "data/predictions.parquet")
    assert table.columns == [
        *("row", "position", "split"),
        *("heat / kWh: truth", "heat / kWh: prediction", "heat / kWh: untrained"),
        *("kind: truth", "kind: prediction", "kind: untrained"),
        *("kind: probability: cold", "kind: probability: warm", "kind: untrained: cold", "kind: untrained: warm"),
    ]


def test_the_onnx_model_answers_for_every_target_from_raw_columns(finished: Path) -> None:
    session = onnxruntime.InferenceSession(finished / "models/export/model.onnx")
    names = [output.name for output in session.get_outputs()]
    assert names == ["heat / kWh: prediction", "kind: label", "kind: probabilities"]
    signature = read_json(finished / "models/export/signature.json")
    assert [name for target in signature["targets"] for name in target["outputs"]] == names
    table = pl.read_parquet(finished / "data/predictions.parquet").filter(pl.col("split") == "test")
    examples = pl.read_parquet(finished / "data/examples.parquet")[table["position"]]
    feed: dict[str, Any] = {name: number.raw(examples[name]) for name in ("a", "b")}
    heat, label, _ = session.run(None, feed | {"word": category.raw(examples["word"])})
    np.testing.assert_allclose(heat[:, 0], table["heat / kWh: prediction"], rtol=1e-5)
    assert label[:, 0].tolist() == table["kind: prediction"].to_list()


def test_learning_curves_hold_the_main_metric_of_each_target(finished: Path) -> None:
    curves = pl.read_csv(finished / "reports/training.csv")
    assert curves.columns == ["epoch", "lr", "train_loss", "val_loss", "val_rmse heat / kWh", "val_accuracy kind"]


def test_the_report_has_a_part_for_each_target(finished: Path) -> None:
    page = report.render(finished)
    assert "<h1>heat / kWh, kind</h1>" in page
    assert page.count('alt="leaks"') == 1
    assert page.count("<h3>heat / kWh</h3>") == page.count("<h3>kind</h3>") == 7


def test_rows_that_lack_one_of_the_targets_are_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = two_target_table().with_columns(
        pl.when(pl.int_range(pl.len()) != 3).then("kind"),
        pl.when(pl.int_range(pl.len()) != 7).then("heat / kWh"),
    )
    monkeypatch.chdir(project.make_project(tmp_path / "project", table, **{"ingest.target": BOTH}))
    project.run("ingest")
    aside = read_json(Path("reports/ingest.json"))["set_aside"]
    assert aside == {"count": 2, "why": "a target is missing", "rows": [3, 7]}


REFUSALS = {
    "params.yaml: ingest.target: holds 'kind' twice; take one out": {"ingest.target": ["kind", "kind"]},
    "params.yaml: ingest.target: table.parquet has no column 'kin'; did you mean 'kind'?": {
        "ingest.target": ["heat / kWh", "kin"]
    },
    "params.yaml: ingest.drop: holds the target 'kind'; take it out": {"ingest.target": BOTH, "ingest.drop": ["kind"]},
}


@pytest.mark.parametrize("sentence", REFUSALS)
def test_targets_that_cannot_be_are_one_sentence(
    sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.make_project(tmp_path / "project", two_target_table(), **REFUSALS[sentence]))
    assert project.refusal("ingest") == sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"train.loss": {"name": "CrossEntropyLoss"}},
            "params.yaml: train.loss.name: CrossEntropyLoss does not fit regression; "
            "MSELoss, L1Loss, SmoothL1Loss, HuberLoss, PoissonNLLLoss, GaussianNLLLoss do",
        ),
        (
            {"task.positive": "hot"},
            "params.yaml: task.positive: 'hot' is no class of 'kind'; there are cold, warm",
        ),
    ],
)
def test_what_does_not_fit_a_target_is_one_sentence(
    changes: dict[str, Any], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"ingest.target": BOTH, **changes}
    monkeypatch.chdir(project.make_project(tmp_path / "project", two_target_table(), **changes))
    project.run("ingest", "split")
    assert project.refusal("train") == sentence

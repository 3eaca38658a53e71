"""Ordinal targets: consistent probabilities, the median class, metrics that count ranks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import polars as pl
import pytest
import torch
from sklearn import metrics as sk
from torch import nn

from plumbline import evaluation, losses
from plumbline.columns import number
from plumbline.files import read_json
from plumbline.params import Train
from plumbline.tasks import _resamples, ordinal
from plumbline.tasks._decision import decide
from plumbline.yaml12 import read_yaml
from tests import project
from tests.conftest import Make

ORDER = ["low", "middle", "high", "top"]
STATE = {"name": "ordinal", "classes": ORDER, "positive": 3}


def ordered_table(n_rows: int = 240) -> pl.DataFrame:
    """Two numbers, of which the first says the class of an order, with noise between neighbours."""
    generator = np.random.default_rng(0)
    a, b, noise = generator.normal(size=(3, n_rows))
    rank = np.digitize(a + 0.3 * noise, [-0.7, 0, 0.7])
    return pl.DataFrame({"a": a, "b": b, "y": [ORDER[i] for i in rank]})


ORDERED: project.Changes = {
    "task.name": "ordinal",
    "task.order": ORDER,
    "train.epochs": 30,
    "train.optimizer.lr": 0.02,
    "export.formats": ["onnx", "pt2", "torchscript"],
    "model.name": "tabm",
}


@pytest.fixture
def in_ordered(in_project: Make) -> Path:
    """A project of four ordered classes."""
    return in_project(ordered_table(), **ORDERED)


@pytest.fixture(scope="module")
def finished_ordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with every stage run and every format exported. Only read it."""
    folder = project.make_project(tmp_path_factory.mktemp("ordered") / "project", ordered_table(), **ORDERED)
    with project.inside(folder):
        project.run(*project.STAGES)
    return folder


@pytest.fixture
def in_finished_ordered(finished_ordered: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`finished_ordered` as the current folder."""
    monkeypatch.chdir(finished_ordered)


def test_probabilities_are_products_of_continuation_ratios() -> None:
    logits = torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)
    up = torch.sigmoid(logits).tolist()
    by_hand = [1 - up[0], up[0] * (1 - up[1]), up[0] * up[1] * (1 - up[2]), up[0] * up[1] * up[2]]
    assert ordinal.log_probabilities(logits).exp().tolist() == pytest.approx(by_hand)


def test_far_logits_have_finite_log_probabilities() -> None:
    wild = torch.tensor([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4]])
    assert torch.isfinite(ordinal.log_probabilities(wild)).all()


def test_the_loss_is_corns() -> None:
    """CORN (Shi, Cao and Raschka 2021): the binary losses of rank > j among the examples of rank j or more."""
    settings = read_yaml(project.ROOT / "params.yaml")["train"]
    rank, logits = np.array([0, 1, 2, 3, 3, 1]), torch.randn(6, 1, 3)
    task = STATE | {"loss": "NLLLoss", "outputs": 3}
    made = losses.build_objectives(Train(**settings), {"targets": [{"task": task}]}, [rank])
    corn = torch.zeros(())
    for j in range(3):
        among = torch.from_numpy(rank >= j)
        above = torch.from_numpy(rank > j)[among].float()
        corn += nn.BCEWithLogitsLoss(reduction="sum")(logits[among, 0, j], above)
    torch.testing.assert_close(made([logits], [torch.from_numpy(rank)]), corn / 6)


@pytest.mark.parametrize(
    ("probability", "rank"),
    [
        ([0.4, 0.0, 0.3, 0.3], 2),  # the most probable is the lowest, half is reached at the third
        ([0.5, 0.5, 0.0, 0.0], 0),
        ([0.0, 0.0, 0.0, 1.0], 3),
        ([0.3, 0.3, 0.3, 0.1], 1),
    ],
)
def test_the_answer_is_the_median_class(probability: list[float], rank: int) -> None:
    assert decide(np.array([probability]), STATE).tolist() == [rank]
    costs = [sum(p * abs(guess - other) for other, p in enumerate(probability)) for guess in range(4)]
    assert costs[rank] == pytest.approx(min(costs))  # no other rank has a smaller expected error


def test_metrics_of_ranks_are_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    truth, probability = generator.integers(0, 4, 90), generator.dirichlet(np.ones(4), 90)
    label = decide(probability, STATE)
    measured = ordinal.metrics(truth, probability, STATE)
    assert measured["mae"] == pytest.approx(abs(truth - label).mean())
    assert measured["quadratic_weighted_kappa"] == pytest.approx(
        sk.cohen_kappa_score(truth, label, labels=range(4), weights="quadratic")
    )
    assert measured["accuracy"] == pytest.approx((truth == label).mean())
    assert next(iter(measured)) == ordinal.MAIN_METRIC


def test_a_class_that_no_example_has_keeps_its_place_in_kappa() -> None:
    truth, label = np.array([0, 0, 3, 3, 3]), np.array([0, 3, 3, 3, 2])
    expected = sk.cohen_kappa_score(truth, label, labels=range(4), weights="quadratic")
    assert _resamples.quadratic_kappa(truth, label, np.arange(5)[None]) == pytest.approx([expected])


def test_kappa_is_left_out_where_all_examples_are_one_class() -> None:
    measured = evaluation.measure({"task": STATE}, np.array([1]), np.array([[0, 1.0, 0, 0]]))
    assert "quadratic_weighted_kappa" not in measured
    assert measured["mae"] == 0


@pytest.mark.usefixtures("in_finished_ordered")
def test_an_order_is_kept_from_the_recipe_to_the_confusion_matrix() -> None:
    task = read_json(Path("models/recipe.json"))["targets"][0]["task"]
    assert (task["name"], task["classes"], task["outputs"]) == ("ordinal", ORDER, 3)
    metrics = read_json(Path("reports/metrics.json"))
    assert metrics["test"]["mae"] < 0.5 < metrics["baseline"]["mae"]
    assert metrics["test"]["quadratic_weighted_kappa"] > 0.7
    assert set(metrics["interval"]) == set(metrics["test"])
    table = pl.read_parquet("data/predictions.parquet")
    assert [name for name in table.columns if name.startswith("prob")] == [f"probability: {name}" for name in ORDER]
    examples = pl.read_parquet("data/examples.parquet")
    assert table["truth"].to_list() == examples["y"][table["position"].to_list()].to_list()
    curves = pl.read_csv("reports/training.csv")
    assert "val_mae" in curves.columns


@pytest.mark.usefixtures("in_finished_ordered")
def test_every_format_answers_with_the_evaluated_class() -> None:
    assert [check["passed"] for check in read_json(Path("reports/export.json"))["checks"]] == [True] * 3
    table = pl.read_parquet("data/predictions.parquet")
    examples = pl.read_parquet("data/examples.parquet")[table["position"].to_list()]
    session = onnxruntime.InferenceSession("models/export/model.onnx")
    feed: dict[str, Any] = {name: number.raw(examples[name]) for name in ("a", "b")}
    label, probabilities = session.run(["label", "probabilities"], feed)
    assert label[:, 0].tolist() == table["prediction"].to_list()
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    (target,) = read_json(Path("models/export/signature.json"))["targets"]
    assert target["classes"] == ORDER
    assert target["label"].startswith("the median class: ")


def test_classes_that_are_numbers_need_no_order(in_project: Make) -> None:
    in_project(project.class_table(classes=("9", "10", "11")), **{"task.name": "ordinal"}, **AS_CLASSES)
    project.run("ingest", "split", "train")
    assert read_json(Path("models/recipe.json"))["targets"][0]["task"]["classes"] == ["9", "10", "11"]


def test_an_order_may_be_of_numbers(in_project: Make) -> None:
    changes = {"task.name": "ordinal", "task.order": [3, 1, 2], **AS_CLASSES}
    in_project(project.class_table(classes=("1", "2", "3")), **changes)
    project.run("ingest", "split", "train")
    assert read_json(Path("models/recipe.json"))["targets"][0]["task"]["classes"] == ["3", "1", "2"]


AS_CLASSES = {"ingest.columns": {"y": "category"}}
REFUSALS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "train",
        "params.yaml: task.order: 'y' has classes that are no numbers (high, low, middle, top); "
        "list them from low to high",
        {"task.order": None},
    ),
    (
        "split",
        "params.yaml: task.order: lacks 'middle', 'top' of 'y'; name every class, from low to high",
        {"task.order": ["low", "high"]},
    ),
    (
        "split",
        "params.yaml: task.order: no train example of 'y' has 'huge'; take it out, or use a stratified split",
        {"task.order": [*ORDER, "huge"]},
    ),
    (
        "train",
        "params.yaml: train.loss.name: CrossEntropyLoss does not fit ordinal; NLLLoss does",
        {"train.loss.name": "CrossEntropyLoss"},
    ),
    (
        "train",
        "params.yaml: task.threshold: is for a classification of two classes, and 'y' is ordinal; set it to null",
        {"task.threshold": "f1"},
    ),
    (
        "train",
        "params.yaml: task.name: ordinal takes a target of type category, 'a' is a number; "
        "name its type in ingest.columns, or set task.name to auto",
        {"ingest.target": "a", "task.order": None},
    ),
]


@pytest.mark.parametrize(("stage", "sentence", "changes"), REFUSALS, ids=[sentence for _, sentence, _ in REFUSALS])
def test_an_order_that_does_not_fit_is_one_sentence(
    in_ordered: Path, stage: str, sentence: str, changes: dict[str, Any]
) -> None:
    project.change_params(**changes)
    project.run(*project.STAGES[: project.STAGES.index(stage)][:2])
    assert project.refusal(stage) == sentence

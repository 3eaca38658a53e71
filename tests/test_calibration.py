"""Calibration: what the validation examples decide about probabilities and answers, the same in every file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import polars as pl
import pytest
import torch
from sklearn import metrics as sk

from plumbline import curve_figures
from plumbline.calibration import _fit_temperature, best_threshold
from plumbline.columns import number
from plumbline.files import read_json
from plumbline.tasks._decision import decide
from tests import project
from tests.conftest import Make

METRICS = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": sk.balanced_accuracy_score,
    "f1": sk.f1_score,
    "matthews_corrcoef": sk.matthews_corrcoef,
}


def rare_table(n_rows: int = 300) -> pl.DataFrame:
    """Two numbers that tell a rare class y from the rest now and then, a number and three classes."""
    generator = np.random.default_rng(0)
    a, b, noise = generator.normal(size=(3, n_rows))
    rare = a + noise > 1.6
    grade = np.digitize(a, [-0.5, 0.5])
    return pl.DataFrame({"a": a, "b": b}).with_columns(
        y=pl.Series(np.where(rare, "rare", "usual")), amount=pl.Series(a - b), grade=pl.Series(grade).cast(pl.String)
    )


CHOSEN = {"task.threshold": "f1", "task.calibrate": "temperature", "task.positive": "rare"}
CHANGES = {"train.epochs": 40, "train.optimizer.lr": 0.05, "ingest.drop": ["amount", "grade"], "model.name": "tabm"}
FORMATS = {"export.formats": ["onnx", "pt2", "torchscript"]}


# One threshold


@pytest.mark.parametrize("decimals", [1, 6])
@pytest.mark.parametrize("metric", METRICS)
def test_the_best_threshold_is_that_of_scikit_learns_metric(metric: str, decimals: int) -> None:
    generator = np.random.default_rng(1)
    truth = generator.random(80) < 0.3
    score = (0.3 * truth + 0.7 * generator.random(80)).round(decimals)
    threshold, value, at_half = best_threshold(score, truth, metric)
    measure = METRICS[metric]
    assert value == pytest.approx(measure(truth, score >= threshold))
    assert at_half == pytest.approx(measure(truth, score >= 0.5))
    everywhere = [measure(truth, score >= cut) for cut in np.linspace(0.001, 0.999, 999)]
    assert value >= max(everywhere) - 1e-12


def test_a_threshold_lies_midway_between_scores_and_near_a_half() -> None:
    is_positive = np.array([False, False, True, True])
    assert best_threshold(np.array([0.1, 0.2, 0.7, 0.9]), is_positive, "f1")[0] == 0.5  # 0.45 is as good
    assert best_threshold(np.array([0.1, 0.2, 0.3, 0.9]), is_positive, "f1")[0] == 0.25
    assert best_threshold(np.full(4, 0.25), is_positive, "f1")[0] == 0.125  # all are answered
    assert best_threshold(np.full(4, 0.25), is_positive, "accuracy")[0] == 0.5


@pytest.mark.parametrize(("positive", "labels"), [(1, [0, 0, 1, 1]), (0, [0, 0, 0, 1])])
def test_a_threshold_decides_for_the_positive_class(positive: int, labels: list[int]) -> None:
    probability = np.array([[0.8, 0.2], [0.71, 0.29], [0.7, 0.3], [0.1, 0.9]])
    state = {"name": "classification", "positive": positive, "threshold": 0.3}
    assert decide(probability, state).tolist() == labels


# One temperature


@pytest.mark.parametrize("members", [1, 4])
def test_the_temperature_is_the_one_that_made_logits_too_sure(members: int) -> None:
    generator = torch.Generator().manual_seed(0)
    right = torch.randn(4000, 1, 3, generator=generator).repeat(1, members, 1)
    truth = torch.multinomial(right[:, 0].softmax(-1), 1, generator=generator)[:, 0].numpy()
    target = {"task": {"name": "classification", "classes": ["a", "b", "c"]}}
    fitted, report = _fit_temperature(target, 2.5 * right, truth)
    assert fitted["task"]["temperature"] == report["temperature"] == pytest.approx(2.5, rel=0.05)
    right_loss = sk.log_loss(truth, right[:, 0].double().softmax(-1).numpy())
    assert report["log_loss_after"] == pytest.approx(right_loss, rel=1e-3)
    assert report["log_loss_before"] > 1.2 * report["log_loss_after"]


# The whole way


def test_what_is_chosen_leaves_the_weights_and_stands_in_the_recipe(in_project: Make) -> None:
    in_project(rare_table(), **CHANGES)
    project.run("ingest", "split", "train")
    weights, recipe = Path("models/model.pt").read_bytes(), read_json(Path("models/recipe.json"))
    assert read_json(Path("reports/training.json"))["chosen_on_validation"] == {}
    project.change_params(**CHOSEN)
    project.run("train")
    assert Path("models/model.pt").read_bytes() == weights
    chosen = read_json(Path("reports/training.json"))["chosen_on_validation"]["y"]
    task = read_json(Path("models/recipe.json"))["targets"][0]["task"]
    added = {"threshold": chosen["threshold"], "temperature": chosen["temperature"], "positive": 0}
    assert task == recipe["targets"][0]["task"] | added
    assert chosen["temperature"] != 1
    assert chosen["log_loss_after"] < chosen["log_loss_before"]
    assert chosen["f1"] > chosen["f1_at_half"]


def test_what_is_chosen_is_what_every_file_answers(in_project: Make) -> None:
    in_project(rare_table(), **CHANGES, **CHOSEN, **FORMATS)
    project.run("ingest", "split", "train", "evaluate", "export")
    chosen = read_json(Path("reports/training.json"))["chosen_on_validation"]["y"]
    metrics = read_json(Path("reports/metrics.json"))
    assert metrics["val"]["f1"] == pytest.approx(chosen["f1"])
    assert metrics["val"]["log_loss"] == pytest.approx(chosen["log_loss_after"], rel=1e-6)
    assert metrics["baseline"]["recall"] == 0  # a dummy answers its most frequent class, whatever the threshold
    table = pl.read_parquet("data/predictions.parquet")
    called = table["probability: rare"] >= chosen["threshold"]
    assert table["prediction"].to_list() == ["rare" if is_called else "usual" for is_called in called]
    assert (called != (table["probability: rare"] >= 0.5)).any()
    assert [check["passed"] for check in read_json(Path("reports/export.json"))["checks"]] == [True] * 3
    examples = pl.read_parquet("data/examples.parquet")[table["position"].to_list()]
    session = onnxruntime.InferenceSession("models/export/model.onnx")
    feed: dict[str, Any] = {name: number.raw(examples[name]) for name in ("a", "b")}
    assert session.run(["label"], feed)[0][:, 0].tolist() == table["prediction"].to_list()
    (target,) = read_json(Path("models/export/signature.json"))["targets"]
    assert target["label"] == f"rare where its probability is {chosen['threshold']:.9g} or more"


def test_a_threshold_may_be_a_number(in_project: Make) -> None:
    in_project(rare_table(), **CHANGES, **{"task.threshold": 0.2, "task.positive": "rare"})
    project.run("ingest", "split", "train", "evaluate")
    table = pl.read_parquet("data/predictions.parquet")
    assert table["prediction"].to_list() == ["rare" if p >= 0.2 else "usual" for p in table["probability: rare"]]
    assert read_json(Path("reports/training.json"))["chosen_on_validation"] == {}


def test_of_several_targets_each_gets_what_fits_it(in_project: Make) -> None:
    changes = {"ingest.target": ["amount", "y", "grade"], "ingest.drop": []}
    in_project(rare_table(), **CHOSEN | CHANGES | changes)
    project.run("ingest", "split", "train", "evaluate", "export")
    chosen = read_json(Path("reports/training.json"))["chosen_on_validation"]
    assert {name: "threshold" in said for name, said in chosen.items()} == {"y": True, "grade": False}
    tasks = {target["name"]: target["task"] for target in read_json(Path("models/recipe.json"))["targets"]}
    assert {name: "temperature" in task for name, task in tasks.items()} == {"amount": False, "y": True, "grade": True}


def test_curves_of_two_classes_mark_the_threshold() -> None:
    truth = np.array([0, 0, 1, 1, 0, 1])
    score = np.array([0.1, 0.4, 0.35, 0.8, 0.2, 0.9])
    seen = (truth, np.stack([1 - score, score], axis=1), ["no", "yes"], 1)
    for draw, point in ((curve_figures.roc_curves, (1 / 3, 1.0)), (curve_figures.precision_recall_curves, (1.0, 0.75))):
        marks = [line for line in draw(*seen, 0.3).axes[0].get_lines() if line.get_label() == "threshold  0.300"]
        assert [(mark.get_xdata()[0], mark.get_ydata()[0]) for mark in marks] == [pytest.approx(point)]
        assert not [line for line in draw(*seen).axes[0].get_lines() if "threshold" in str(line.get_label())]


FOR_TWO = "params.yaml: task.threshold: is for a classification of two classes, and "
REFUSALS: list[tuple[str, dict[str, Any]]] = [
    (f"{FOR_TWO}'grade' has 3 classes; set it to null", {"ingest.target": "grade", "task.threshold": "f1"}),
    (f"{FOR_TWO}'amount' is a number; set it to null", {"ingest.target": "amount", "task.threshold": 0.3}),
    (
        f"{FOR_TWO}'grade' has 3 classes and 'amount' is a number; set it to null",
        {"ingest.target": ["grade", "amount"], "task.threshold": "f1"},
    ),
    (
        "params.yaml: task.calibrate: is for probabilities, and the target is a number; set it to null",
        {"ingest.target": "amount", "task.calibrate": "temperature"},
    ),
    (
        "params.yaml: task.threshold: 'y' is usual in every validation example; "
        "set it to a number, or take a stratified split",
        {"task.threshold": "f1", "split.name": "given", "split.given.by": "one class"},
    ),
    (
        "params.yaml: task.calibrate: is fitted on validation examples, and there are none; "
        "set split.ratios.val above 0, or task.calibrate to null",
        {
            "task.calibrate": "temperature",
            "split": {
                "name": "given", "given": {"by": "no val"}, "ratios": {"train": 0.8, "val": 0, "test": 0.2},
                "leaks": {"action": "report", "group": None, "time": None},
            },
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "changes"), REFUSALS, ids=[sentence for sentence, _ in REFUSALS])
def test_what_cannot_be_chosen_is_one_sentence(in_project: Make, sentence: str, changes: dict[str, Any]) -> None:
    index, usual = pl.int_range(pl.len()), pl.col("y") == "usual"
    parts = {
        "one class": pl.when(usual & (index % 4 == 0)).then(pl.lit("val")).otherwise(pl.lit("train")),
        "no val": pl.lit("train"),
    }
    is_test = index % 5 == 0
    table = rare_table().with_columns(
        pl.when(is_test).then(pl.lit("test")).otherwise(part).alias(name) for name, part in parts.items()
    )
    target = changes.get("ingest.target", "y")
    dropped = [name for name in ("amount", "grade", "y") if name not in target]
    in_project(table, **{"ingest.drop": dropped, "ingest.target": target, **changes})
    project.run("ingest", "split")
    assert project.refusal("train") == sentence

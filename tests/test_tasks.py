"""Tasks: classes in their order, the class that matters, and skewed numbers that come back in their own unit."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from plumbline.answer import Answer
from plumbline.classes import in_order
from plumbline.distribution import quantile_grid
from plumbline.files import read_json
from plumbline.params import Loss, Task
from plumbline.targets import fit_target
from plumbline.tasks import regression
from tests import project
from tests.conftest import Make

FORMATS = ["onnx", "pt2", "torchscript"]


def task_params(**changes: Any) -> Task:
    """The section `task` as params.yaml has it, with some keys changed."""
    return Task(**(project.quick_params()["task"] | changes))


# Classes in their order


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["10", "9", "2"], ["2", "9", "10"]),
        (["1.5", "-3", "1e1"], ["-3", "1.5", "1e1"]),
        (["b", "10", "9"], ["10", "9", "b"]),
        (["nan", "2", "10"], ["10", "2", "nan"]),
        (["1.0", "1"], ["1", "1.0"]),
        ([], []),
    ],
)
def test_words_that_are_all_numbers_stand_by_their_size(words: list[str], expected: list[str]) -> None:
    assert in_order(words) == expected


def test_class_numbers_stand_by_their_size_everywhere(in_project: Make) -> None:
    table = project.class_table(160, classes=("8", "9", "10", "11"))
    in_project(table, **{"ingest.columns": {"y": "category"}})
    project.run("ingest", "split", "plot", "train", "evaluate")
    wanted = ["8", "9", "10", "11"]
    assert read_json(Path("models/recipe.json"))["targets"][0]["task"]["classes"] == wanted
    assert list(read_json(Path("reports/split.json"))["targets"]["y"]["test"]) == wanted
    columns = pl.read_parquet("data/predictions.parquet").columns
    assert [name for name in columns if name.startswith("probability")] == [f"probability: {name}" for name in wanted]
    shares = pl.read_csv("reports/data/splits.csv").filter(pl.col("split") == "train")["measure"].to_list()
    assert [name for name in shares if name.startswith("share")] == [f"share: {name}" for name in wanted]


# The class that matters


@pytest.mark.parametrize(("named", "index"), [(None, 1), (True, 1), (False, 0), ("false", 0)])
def test_the_positive_class_of_a_boolean_target_is_true_or_as_named(in_project: Make, named: Any, index: int) -> None:
    flag = pl.Series([row % 2 == 0 for row in range(120)])
    in_project(project.class_table().with_columns(y=flag), **{"task.positive": named})
    project.run("ingest", "split", "train")
    task = read_json(Path("models/recipe.json"))["targets"][0]["task"]
    assert (task["classes"], task["positive"]) == (["false", "true"], index)


def test_the_positive_class_is_named_for_the_target_that_has_it(in_project: Make) -> None:
    table = project.class_table().with_columns(z=pl.when(pl.col("b") > 0).then(pl.lit("up")).otherwise(pl.lit("down")))
    in_project(table, **{"ingest.target": ["y", "z"], "task.positive": "down"})
    project.run("ingest", "split", "train")
    targets = read_json(Path("models/recipe.json"))["targets"]
    assert [target["task"]["classes"][target["task"]["positive"]] for target in targets] == ["yes", "down"]


def test_a_positive_class_changes_what_metrics_speak_of(in_project: Make) -> None:
    in_project(project.class_table())
    project.run("ingest", "split", "train", "evaluate")
    before = read_json(Path("reports/metrics.json"))["test"]
    project.change_params(**{"task.positive": "no"})
    project.run("train", "evaluate")
    after = read_json(Path("reports/metrics.json"))["test"]
    assert after["accuracy"] == before["accuracy"]
    assert after["recall"] == pytest.approx(2 * before["balanced_accuracy"] - before["recall"])


# Skewed numbers

SKEWED = np.random.default_rng(0).lognormal(2, 1, 500)


def prepared(values: Any = SKEWED, **changes: Any) -> dict[str, Any]:
    """The recipe's entry of a number target."""
    target = {"name": "y", "type": "number", "state": fit_target(pl.Series("y", values), "number")}
    return target | {"task": regression.prepare(task_params(**changes), Loss(name="auto"), target)}


def answer(target: dict[str, Any], values: Any) -> Any:
    """What logits that say exactly `values` on the loss's scale predict."""
    logits = torch.tensor(np.asarray(values, dtype=float))[:, None, None]
    return Answer(target)(logits).numpy()


@pytest.mark.parametrize("scale_target", [True, False])
@pytest.mark.parametrize("transform", ["log1p", "quantile", None])
def test_a_transformed_number_comes_back_in_its_own_unit(transform: str | None, scale_target: bool) -> None:
    target = prepared(transform=transform, scale_target=scale_target)
    scaled = regression.scale_target(SKEWED, target["task"])
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(answer(target, scaled), SKEWED, rtol=1e-4)


@pytest.mark.parametrize("transform", ["log1p", "quantile"])
def test_a_scaled_transform_has_mean_zero_and_deviation_one(transform: str) -> None:
    scaled = regression.scale_target(SKEWED, prepared(transform=transform)["task"])
    assert abs(scaled.mean()) < 0.02
    assert abs(scaled.std() - 1) < 0.02


def test_an_unscaled_logarithm_is_numpys() -> None:
    task = prepared(transform="log1p", scale_target=False)["task"]
    np.testing.assert_allclose(regression.scale_target(SKEWED, task), np.log1p(SKEWED), rtol=1e-6)


def test_inverted_normal_scores_are_numpys_interpolation() -> None:
    target = prepared(transform="quantile", scale_target=False)
    scores = np.linspace(-5, 5, 1001)
    knots = target["task"]["knots"]
    np.testing.assert_allclose(answer(target, scores), np.interp(scores, target["task"]["scores"], knots), rtol=1e-12)
    assert knots == quantile_grid(SKEWED).tolist()


def test_predictions_of_a_transformed_number_end_somewhere() -> None:
    wild = [-1e30, -50, 50, 1e30]
    low, below, above, high = answer(prepared(transform="quantile"), wild)
    assert (low, high) == pytest.approx((SKEWED.min(), SKEWED.max()), rel=1e-12)
    assert (below, above) == (low, high)
    low, below, above, high = answer(prepared(transform="log1p"), wild)
    assert (low, below) == (0, 0)
    assert above == high == pytest.approx(100 * SKEWED.max())


def test_members_are_averaged_in_the_targets_own_unit() -> None:
    target = prepared(transform="log1p", scale_target=False)
    said = Answer(target)(torch.tensor([[[1.0], [3.0]]]))
    assert said.item() == pytest.approx((math.expm1(1) + math.expm1(3)) / 2)


def test_a_constant_target_comes_back_whatever_its_transform() -> None:
    for transform in ("log1p", "quantile"):
        target = prepared(np.full(9, 5.0), transform=transform)
        assert answer(target, [0.0]) == pytest.approx([5])


def skewed_table() -> pl.DataFrame:
    """Two numbers, and one that grows exponentially with them and is often 0."""
    return project.number_table(200).with_columns(y=((pl.col("y") - 8).clip(0)).exp() - 1, z=pl.col("a") + pl.col("b"))


@pytest.mark.parametrize("transform", ["log1p", "quantile"])
def test_every_format_predicts_a_skewed_number_in_its_own_unit(in_project: Make, transform: str) -> None:
    in_project(
        skewed_table().drop("z"),
        **{"task.transform": transform, "model.name": "tabm", "export.formats": FORMATS},
        **{"train.epochs": 30, "train.optimizer.lr": 0.02},
    )
    project.run("ingest", "split", "train", "evaluate", "export")
    assert [check["passed"] for check in read_json(Path("reports/export.json"))["checks"]] == [True] * 3
    metrics = read_json(Path("reports/metrics.json"))
    assert metrics["test"]["mae"] < 0.5 * metrics["baseline"]["mae"]
    truth = pl.read_parquet("data/predictions.parquet").filter(pl.col("split") == "test")
    examples = pl.read_parquet("data/examples.parquet")
    assert truth["truth"].to_list() == examples["y"][truth["position"].to_list()].to_list()


def test_each_of_several_numbers_is_transformed(in_project: Make) -> None:
    table = skewed_table().with_columns(z=pl.col("z").exp())
    in_project(table, **{"ingest.target": ["y", "z"], "task.transform": "log1p", "train.epochs": 3})
    project.run("ingest", "split", "train", "evaluate", "export")
    tasks = [target["task"] for target in read_json(Path("models/recipe.json"))["targets"]]
    assert [task["transform"] for task in tasks] == ["log1p", "log1p"]
    assert tasks[0]["mean"] != tasks[1]["mean"]


def test_a_validation_target_below_zero_counts_as_zero_in_the_loss() -> None:
    task = prepared(transform="log1p", scale_target=False)["task"]
    assert regression.scale_target(np.array([-3.0, 0.0]), task).tolist() == [0, 0]


REFUSALS: list[tuple[str, dict[str, Any]]] = [
    (
        "params.yaml: task.transform: log1p takes targets of 0 or more, the smallest of 'z' is -2.5; "
        "quantile takes any number",
        {"ingest.target": "z", "task.transform": "log1p"},
    ),
    (
        "params.yaml: task.transform: is for numbers, and the target is a class; set it to null",
        {"ingest.target": "kind", "task.transform": "quantile"},
    ),
    (
        "params.yaml: task.positive: is for two classes, and 'grade' has 3 classes; set it to null",
        {"ingest.target": "grade", "task.positive": 2},
    ),
    (
        "params.yaml: task.positive: 'yes' is no class of 'kind'; there are false, true",
        {"ingest.target": "kind", "task.positive": "yes"},
    ),
]


@pytest.mark.parametrize(("sentence", "changes"), REFUSALS, ids=[sentence for sentence, _ in REFUSALS])
def test_what_a_target_cannot_be_is_one_sentence(in_project: Make, sentence: str, changes: dict[str, Any]) -> None:
    table = skewed_table().with_columns(
        z=pl.col("z").clip(-2.5), kind=pl.col("a") > 0, grade=(pl.int_range(pl.len()) % 3).cast(pl.String)
    )
    in_project(table, **changes)
    project.run("ingest", "split")
    assert project.refusal("train") == sentence


CROSSED: list[tuple[str, dict[str, Any]]] = [
    (
        "params.yaml: task.transform: PoissonNLLLoss takes counts as they are; set it to null",
        {"train.loss.name": "PoissonNLLLoss", "task.scale_target": False, "task.transform": "log1p"},
    ),
    (
        "params.yaml: task.order: is for task.name ordinal, which is auto; set one of them",
        {"task.order": ["low", "high"]},
    ),
    (
        "params.yaml: task.order: holds a class twice; take one out",
        {"task.name": "ordinal", "task.order": [1, "1", 2]},
    ),
    (
        "params.yaml: task.threshold: is fitted on validation examples, and split.ratios.val is 0; "
        "take a share, or set task.threshold to null",
        {"task.threshold": "f1", "split.ratios": {"train": 0.8, "val": 0, "test": 0.2}},
    ),
    (
        "params.yaml: task.calibrate: is fitted on validation examples, and split.ratios.val is 0; "
        "take a share, or set task.calibrate to null",
        {"task.calibrate": "temperature", "split.ratios": {"train": 0.8, "val": 0, "test": 0.2}},
    ),
    (
        'params.yaml: task.threshold: is "f2", should be a probability below 1, or accuracy, balanced_accuracy, f1 or '
        "matthews_corrcoef: highest on val; null: 0.5",
        {"task.threshold": "f2"},
    ),
    ("params.yaml: task.threshold: is 1, should be less than 1", {"task.threshold": 1}),
    ("params.yaml: task.order: is [], should be a list of at least 2", {"task.name": "ordinal", "task.order": []}),
    (
        'params.yaml: task.transform: is "log", should be one of log1p, quantile, null; did you mean log1p?',
        {"task.transform": "log"},
    ),
]


@pytest.mark.parametrize(("sentence", "changes"), CROSSED, ids=[sentence for sentence, _ in CROSSED])
def test_keys_that_do_not_go_together_are_one_sentence_before_anything_runs(
    in_project: Make, sentence: str, changes: dict[str, Any]
) -> None:
    in_project(project.class_table(), **changes)
    assert project.refusal("ingest") == sentence

"""The loop: it learns, repeats to the bit, has no dead knob, and takes what torch has by torch's own names."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from plumbline import losses, plugins, tensors
from plumbline.columns import is_content
from plumbline.feed import Feed
from plumbline.files import read_json, write_json
from plumbline.network import Network
from plumbline.params import Train
from plumbline.targets import scale_targets
from plumbline.weights import load_weights
from plumbline.yaml12 import read_yaml
from tests import project
from tests.conftest import Make
from tests.project import GONE, ROOT, Changes

SCHEMA = json.loads((ROOT / "plumbline" / "schema.json").read_text())["properties"]
CHOICES = {key: SCHEMA["train"]["properties"][key]["properties"]["name"]["enum"] for key in ("optimizer", "scheduler")}
EASY = {"train.scheduler.name": None, "train.clip_grad_norm": None, "model.mlp.dropout": 0}


@pytest.fixture
def in_mixed_split(in_finished_mixed: Path) -> Path:
    """A split project of classes from every column type."""
    return in_finished_mixed


def train(**changes: Any) -> bytes:
    """Train in the current folder with changed keys; the bytes of the weights."""
    project.change_params(**changes)
    project.run("train")
    return Path("models/model.pt").read_bytes()


def curves() -> list[dict[str, float]]:
    rows = csv.DictReader(Path("reports/training.csv").read_text().splitlines())
    return [{name: float(value) for name, value in row.items()} for row in rows]


def column(name: str) -> list[float]:
    return [row[name] for row in curves()]


# It learns


@pytest.mark.parametrize("model", plugins.names("models"))
@pytest.mark.parametrize("task", plugins.names("tasks"))
def test_one_batch_is_overfitted(in_project: Make, model: str, task: str) -> None:
    table = project.number_table(40) if task == "regression" else project.class_table(40)
    table = table.with_columns(y=1 + 2 * pl.col("a") - pl.col("b")) if model == "linear" != task else table
    named = {} if model == "linear" else {"task.name": task, "task.order": ["no", "yes"] if task == "ordinal" else None}
    ratios = {"train": 0.5, "val": 0, "test": 0.5}
    in_project(table, **EASY, **named, **{"train.batch_size": None, "split.ratios": ratios})
    wide = {"model.mlp.width": 64, "model.tabm": {"members": 2, "width": 64, "dropout": 0}}
    project.run("ingest", "split")
    train(**wide, **{"model.name": model, "train.epochs": 150, "train.optimizer.lr": 0.02})
    losses_seen = column("train_loss")
    assert losses_seen[-1] < (0.2 if model == "linear" else 0.02) * losses_seen[0]


def test_a_line_is_found_by_linear_regression(in_project: Make) -> None:
    in_project(
        pl.DataFrame({"x": range(100), "y": [3.0 * x - 7 for x in range(100)]}),
        **EASY,
        **{"encoders.number.name": "plain", "model.name": "linear", "train.epochs": 20, "train.batch_size": None},
        **{"train.optimizer": {"name": "LBFGS", "lr": 1}},
    )
    project.run("ingest", "split")
    train()
    assert curves()[-1]["val_rmse"] < 1e-3
    network = torch.load("models/model.pt", weights_only=True)
    assert network["heads.0.weight"].item() == pytest.approx(1, abs=1e-5)  # both sides are standardised


# The same bytes


def test_the_same_seed_gives_the_same_bytes(in_mixed_split: Path) -> None:
    first, outs = train(**{"model.name": "tabm"}), project.contents(Path("models"))
    assert train() == first
    ran = subprocess.run(
        [sys.executable, "-m", "stages.train"],
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "2"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert project.contents(Path("models")) == outs


# No knob is dead


def described_keys(prefix: str, schema: Any) -> dict[str, Any]:
    """Dotted keys below a section of the schema that are no sections themselves, with their schemas."""
    found = {}
    for name, inner in schema.get("properties", {}).items():
        key = f"{prefix}.{name}"
        found |= described_keys(key, inner) if inner.get("properties") else {key: inner}
    return found


# For each knob: what it is changed to, and what must be so for it to matter.
KNOBS: dict[str, tuple[Any, Changes]] = {
    "seed": (1, {}),
    "compute.precision": ("bfloat16", {}),
    "compute.reproducible": ("machine", {}),
    "columns.number.scale": ("quantile", {}),
    "columns.category.min_count": (40, {}),
    "columns.category.vocabulary": (1, {}),
    "encoders.boolean.embedding.max_width": (1, {"encoders.boolean": {"name": "embedding", "embedding": {}}}),
    "encoders.category.embedding.max_width": (1, {}),
    "encoders.number.piecewise.bins": (2, {}),
    "encoders.number.piecewise.width": (2, {}),
    "encoders.number.piecewise.activation": (True, {}),
    "encoders.number.periodic.width": (2, {"encoders.number.name": "periodic"}),
    "encoders.number.periodic.frequencies": (2, {"encoders.number.name": "periodic"}),
    "encoders.number.periodic.frequency_scale": (1, {"encoders.number.name": "periodic"}),
    "model.mlp.width": (4, {}),
    "model.mlp.depth": (2, {}),
    "model.mlp.dropout": (0.5, {}),
    "model.tabm.variant": ("tabm-mini", {"model.name": "tabm"}),
    "model.tabm.members": (3, {"model.name": "tabm"}),
    "model.tabm.width": (4, {"model.name": "tabm"}),
    "model.tabm.depth": (2, {"model.name": "tabm"}),
    "model.tabm.dropout": (0.5, {"model.name": "tabm"}),
    "task.name": ("ordinal", {"ingest.target": "grade"}),
    "task.order": (["small", "big"], {"task.name": "ordinal", "task.order": ["big", "small"]}),
    "task.scale_target": (False, {"ingest.target": "amount"}),
    "task.transform": ("quantile", {"ingest.target": "amount"}),
    "train.epochs": (3, {}),
    "train.batch_size": (16, {}),
    "train.clip_grad_norm": (0.01, {}),
    "train.class_weights": ("balanced", {"ingest.target": "rare"}),
    "train.mixup": (0.4, {}),
    "train.early_stopping.monitor": ("metric", {"train.epochs": 30, "train.optimizer.lr": 0.05}),
    "train.early_stopping.patience": (1, {"train.epochs": 60, "train.optimizer.lr": 0.1}),
    "train.start_from": ("other.pt", {}),
}  # fmt: skip
NAMES = {
    "encoders.boolean.name": "embedding",
    "encoders.category.name": "onehot",
    "encoders.number.name": "plain",
    "model.name": "linear",
    "train.optimizer.name": "SGD",
    "train.optimizer.lr": 0.01,
    "train.scheduler.name": "CosineAnnealingLR",
    "train.loss.name": "MultiMarginLoss",
}
ELSEWHERE = {
    "compute.device": "test_cuda",
    "compute.threads": "sums depend on it only where they are large",
    "task.positive": "test_tasks: what metrics speak of, not what is learned",
    "task.threshold": "test_calibration: fitted once the weights are",
    "task.calibrate": "test_calibration: fitted once the weights are",
    "encoders.datetime.name": "one encoder takes dates",
    "columns.select": "test_selection: which columns are learned from",
}


def knobs_of_the_schema() -> dict[str, Any]:
    sections = ("compute", "columns", "encoders", "model", "task")
    found = {key: value for name in sections for key, value in described_keys(name, SCHEMA[name]).items()}
    loop = {
        name: inner
        for name, inner in SCHEMA["train"]["properties"].items()
        if name not in ("loss", "optimizer", "scheduler")
    }
    found |= described_keys("train", {"properties": loop})
    found |= {"seed": SCHEMA["seed"]}
    return {key: schema for key, schema in found.items() if schema.get("type") != "object" and not _of_contents(key)}


def _of_contents(key: str) -> bool:
    """Whether a key is of images, texts or the like, whose knobs are tried in the tests of their type."""
    section, _, rest = key.partition(".")
    kind = rest.partition(".")[0] if section in ("columns", "encoders") else ""
    return key.startswith("train.augment.") or (kind in plugins.names("columns") and is_content(kind))


def test_every_knob_of_training_is_tried_here_or_elsewhere() -> None:
    assert set(knobs_of_the_schema()) - set(ELSEWHERE) == set(KNOBS) | set(NAMES) - {
        key for key in NAMES if key.startswith(("train.optimizer", "train.scheduler", "train.loss"))
    }


def learn(target: str, **changes: Any) -> bytes:
    """Split and train on a table of every column type; the bytes of the weights."""
    dropped = [name for name in ("amount", "kind", "rare", "grade") if name != target]
    project.change_params(**{"ingest.target": target, "ingest.drop": dropped}, **changes)
    project.run("ingest", "split")
    return train()


@pytest.fixture
def in_any_target(in_project: Make) -> Path:
    """A project with a number, a class, a rare class and a grade to choose from as the target."""
    table = project.mixed_table()
    rare = pl.when(pl.int_range(pl.len()) % 8 == 0).then(pl.lit("rare")).otherwise(pl.lit("usual"))
    grade = (pl.int_range(pl.len()) % 3).cast(pl.String)
    folder = in_project(table.with_columns(rare=rare, grade=grade))
    write_json(Path("models/start/none.json"), {})
    return folder


def changes_the_weights(key: str, value: Any, needed: Changes) -> bool:
    settings = dict(needed)
    target = settings.pop("ingest.target", "kind")
    before = learn(target, **settings)
    if key == "train.start_from":
        learn(target, seed=5)
        Path("models/model.pt").rename("models/start/other.pt")
        project.change_params(seed=0)
    return learn(target, **{key: value}) != before


@pytest.mark.parametrize("key", [key for key in KNOBS if key != "compute.reproducible"])
def test_a_knob_changes_the_weights(in_any_target: Path, key: str) -> None:
    assert changes_the_weights(key, *KNOBS[key])


@pytest.mark.parametrize("key", NAMES)
def test_a_choice_changes_the_weights(in_any_target: Path, key: str) -> None:
    variant = {} if key.endswith(".lr") else {f"{key.removesuffix('.name')}.{NAMES[key]}": {}}
    assert changes_the_weights(key, NAMES[key], variant)


def test_each_way_to_be_reproducible_sets_other_switches() -> None:
    from plumbline.reproducible import MODES, _switches

    assert len({json.dumps(_switches(mode, 2)) for mode in MODES}) == len(MODES) == 4


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("plot.columns", 1),
        ("model.tabm.width", 5),
        ("encoders.category.onehot", {}),
        ("train.optimizer.SGD.momentum", 0),
    ],
)
def test_a_knob_of_something_else_leaves_the_weights(in_mixed_split: Path, key: str, value: Any) -> None:
    assert train() == train(**{key: value})


# Optimizers, schedulers and losses of torch by name

NEEDED_ARGUMENTS: dict[str, dict[str, Any]] = {
    "StepLR": {"step_size": 1},
    "MultiStepLR": {"milestones": [1]},
    "ExponentialLR": {"gamma": 0.5},
    "CosineAnnealingWarmRestarts": {"T_0": 1},
    "CyclicLR": {"base_lr": 1e-4},
}
TELLING_ARGUMENTS = {"ReduceLROnPlateau": {"patience": 0, "threshold": 10}}
REFUSED = {"Muon": "params.yaml: train.optimizer.Muon: Muon only supports 2D parameters"}


@pytest.mark.parametrize("name", CHOICES["optimizer"])
def test_every_optimizer_of_torch_trains_or_says_why_not(in_mixed_split: Path, name: str) -> None:
    project.change_params(**{"train.optimizer": {"name": name, "lr": 0.01}, "train.scheduler.name": None})
    if name in REFUSED:
        assert project.refusal("train").startswith(REFUSED[name])
    else:
        assert train() != Path("models/untrained.pt").read_bytes()
        assert column("train_loss")[1] < column("train_loss")[0]


@pytest.mark.parametrize("name", [name for name in CHOICES["scheduler"] if name])
def test_every_scheduler_of_torch_moves_the_rate_as_torch_does(in_mixed_split: Path, name: str) -> None:
    arguments = (NEEDED_ARGUMENTS | TELLING_ARGUMENTS).get(name, {})
    n_epochs, n_steps = 5, 4  # 105 examples in batches of 32
    train(**{"train.scheduler": {"name": name, name: arguments}, "train.epochs": n_epochs, "train.optimizer.lr": 0.01})
    optimizer = torch.optim.AdamW([nn.Parameter(torch.zeros(1))], lr=0.01)
    known = {"CyclicLR": {"max_lr": 0.01}, "CosineAnnealingLR": {"T_max": n_epochs}}
    known["OneCycleLR"] = {"max_lr": 0.01, "total_steps": n_epochs * n_steps}
    scheduler = getattr(lr_scheduler, name)(optimizer, **known.get(name, {}), **arguments)
    expected = []
    for row in curves():
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for _ in range(n_steps if name in ("OneCycleLR", "CyclicLR") else 1):
            scheduler.step(*([row["val_loss"]] if name == "ReduceLROnPlateau" else []))
    assert column("lr") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", [name for name in CHOICES["scheduler"] if name in NEEDED_ARGUMENTS])
def test_a_scheduler_without_the_arguments_it_needs_is_one_sentence(in_mixed_split: Path, name: str) -> None:
    project.change_params(**{"train.scheduler": {"name": name}})
    (argument,) = NEEDED_ARGUMENTS[name]
    text = project.refusal("train")
    assert text.startswith(f"params.yaml: train.scheduler.{name}: ")
    assert f"'{argument}'" in text


WRONG_ARGUMENTS: list[tuple[Changes, str]] = [
    ({"train.optimizer": {"name": "SGD", "lr": 0.1, "SGD": {"momentum": -1}}},
     "params.yaml: train.optimizer.SGD: Invalid momentum value: -1"),
    ({"train.optimizer.AdamW.betas": 3}, "params.yaml: train.optimizer.AdamW: 'int' object is not subscriptable"),
    ({"train.optimizer.AdamW.betas": [0.9, 2]},
     "params.yaml: train.optimizer.AdamW: Invalid beta parameter at index 1: 2"),
    ({"train.optimizer.AdamW.foreach": True},
     "params.yaml: train.optimizer.AdamW: `fused` and `foreach` cannot be `True` together."),
    ({"train.scheduler": {"name": "StepLR", "StepLR": {"step_size": "ten"}}},
     "params.yaml: train.scheduler.StepLR: unsupported operand type(s) for %: 'int' and 'str'"),
    ({"train.optimizer.name": "Adagrad"}, "params.yaml: train.scheduler.OneCycleLR: optimizer must support momentum or "
     "beta1 with `cycle_momentum` option enabled"),
    ({"train.scheduler": {"name": "MultiStepLR", "MultiStepLR": {"milestones": 3}}},
     "params.yaml: train.scheduler.MultiStepLR: 'int' object is not iterable"),
    ({"train.scheduler": {"name": "OneCycleLR", "OneCycleLR": {"pct_start": 0.1}}, "train.epochs": 10,
      "train.batch_size": None},
     "params.yaml: train.scheduler.OneCycleLR: divides by zero; change its arguments or train.epochs"),
    ({"train.scheduler": {"name": "StepLR", "StepLR": {"step_size": 0}}},
     "params.yaml: train.scheduler.StepLR: divides by zero; change its arguments or train.epochs"),
    ({"train.scheduler.OneCycleLR.total_steps": 3},
     "params.yaml: train.scheduler.OneCycleLR: Tried to step 4 times. The specified number of total steps is 3"),
    ({"train.loss": {"name": "CrossEntropyLoss", "CrossEntropyLoss": {"weight": [1, 2, 3]}}},
     "params.yaml: train.loss.CrossEntropyLoss: weight tensor should be defined either for all 2 classes or no classes "
     "but got weight tensor of shape: [3]"),
    ({"train.loss": {"name": "MultiMarginLoss", "MultiMarginLoss": {"p": 3}}},
     "params.yaml: train.loss.MultiMarginLoss: only p == 1 and p == 2 supported"),
    ({"train.loss": {"name": "CrossEntropyLoss", "CrossEntropyLoss": {"label_smoothing": 2}}},
     "params.yaml: train.loss.CrossEntropyLoss: label_smoothing must be between 0.0 and 1.0. Got: 2"),
    ({"train.loss.name": "PoissonNLLLoss"},
     "params.yaml: train.loss.name: PoissonNLLLoss does not fit classification; CrossEntropyLoss, MultiMarginLoss, "
     "NLLLoss, BCELoss, MSELoss, L1Loss, SmoothL1Loss, HuberLoss, BCEWithLogitsLoss, SoftMarginLoss do"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "sentence"), WRONG_ARGUMENTS, ids=[sentence for _, sentence in WRONG_ARGUMENTS])
def test_an_argument_that_torch_does_not_take_is_one_sentence(
    in_mixed_split: Path, changes: Changes, sentence: str
) -> None:
    project.change_params(**changes)
    text = project.refusal("train")
    assert text.startswith(sentence)
    assert "\n" not in text


@pytest.mark.parametrize("name", losses.CLASSIFICATION)
def test_every_loss_of_classes_lowers_itself(in_project: Make, name: str) -> None:
    in_project(project.class_table(), **{"train.loss": {"name": name}, "train.epochs": 15, "train.optimizer.lr": 0.01})
    project.run("ingest", "split", "train")
    assert column("val_loss")[-1] < column("val_loss")[0]
    assert curves()[-1]["val_accuracy"] > 0.7


@pytest.mark.parametrize("name", losses.REGRESSION)
def test_every_loss_of_numbers_lowers_itself(in_project: Make, name: str) -> None:
    counts = name == "PoissonNLLLoss"
    table = project.number_table().with_columns(y=pl.col("y").clip(0).round() if counts else pl.col("y"))
    changes = {"train.loss": {"name": name}, "train.epochs": 30, "train.optimizer.lr": 0.02}
    in_project(table, **changes, **{"task.scale_target": not counts})
    project.run("ingest", "split", "train")
    assert column("val_loss")[-1] < column("val_loss")[0]
    assert curves()[-1]["val_rmse"] < 0.7 * table["y"].std()  # type: ignore[operator]


def test_losses_of_the_schema_are_those_that_fit_a_task() -> None:
    names = SCHEMA["train"]["properties"]["loss"]["properties"]["name"]["enum"]
    assert set(names) == {"auto", *losses.CLASSIFICATION, *losses.REGRESSION}


def test_arguments_of_a_loss_reach_torch(in_mixed_split: Path) -> None:
    smooth = {"name": "CrossEntropyLoss", "CrossEntropyLoss": {"label_smoothing": 0.3, "weight": [1, 4]}}
    assert train() != train(**{"train.loss": smooth})


def objective(train: Changes, **task: Any) -> Any:
    settings = project.changed(read_yaml(ROOT / "params.yaml")["train"], train)
    target = np.array([0, 0, 0, 1, 2, 2])
    recipe = {"targets": [{"task": {"name": "classification", "outputs": 3, **task}}]}
    return losses.build_objectives(Train(**settings), recipe, [target])


def test_balanced_class_weights_are_cross_entropys() -> None:
    made = objective({"class_weights": "balanced"}, loss="CrossEntropyLoss", classes=["a", "b", "c"])
    logits, target = torch.randn(6, 1, 3), torch.tensor([0, 0, 0, 1, 2, 2])
    weighted = nn.CrossEntropyLoss(weight=torch.tensor([6 / 9, 6 / 3, 6 / 6]))
    torch.testing.assert_close(made([logits], [target]), weighted(logits[:, 0], target))


def test_each_member_of_an_ensemble_is_judged_by_itself() -> None:
    made = objective({}, loss="CrossEntropyLoss", classes=["a", "b", "c"])
    logits, target = torch.randn(6, 4, 3), torch.tensor([0, 0, 0, 1, 2, 2])
    alone = torch.stack([nn.CrossEntropyLoss()(logits[:, member], target) for member in range(4)])
    torch.testing.assert_close(made([logits], [target]), alone.mean())


# Early stopping, best weights


def validation_loss() -> float:
    """The loss of the kept weights on the validation examples, computed anew."""
    recipe, network = read_json(Path("models/recipe.json")), None
    network = Network(recipe).eval()
    load_weights(network, Path("models/model.pt"))
    blocks = tensors.open_blocks(Path("data/split/val"))
    feed = Feed(blocks, scale_targets(blocks, recipe), torch.device("cpu"))
    ((batch, (target,)),) = feed.in_order()
    with torch.no_grad():
        return float(nn.CrossEntropyLoss()(network(batch)[0].flatten(0, 1), target))


def test_the_best_epochs_weights_are_kept(in_mixed_split: Path) -> None:
    train(**{"train.epochs": 60, "train.optimizer.lr": 0.1, "train.early_stopping.patience": 5})
    report, seen = read_json(Path("reports/training.json")), column("val_loss")
    assert report["best_epoch"] == int(np.argmin(seen)) + 1 == len(seen) - 5
    assert report["epochs"] == len(seen) < 60
    assert report["stopped"] == "no better validation loss for 5 epochs"
    assert validation_loss() == pytest.approx(min(seen), rel=1e-6)


def test_the_main_metric_can_be_what_is_monitored(in_mixed_split: Path) -> None:
    train(
        **{"train.epochs": 60, "train.optimizer.lr": 0.1, "train.early_stopping": {"monitor": "metric", "patience": 5}}
    )
    report, seen = read_json(Path("reports/training.json")), column("val_accuracy")
    assert report["best_epoch"] == int(np.argmax(seen)) + 1
    assert report["stopped"] == "no better validation accuracy for 5 epochs"


def test_without_patience_every_epoch_is_run(in_mixed_split: Path) -> None:
    train(**{"train.epochs": 30, "train.optimizer.lr": 0.1, "train.early_stopping.patience": None})
    report = read_json(Path("reports/training.json"))
    assert (report["epochs"], report["stopped"]) == (30, "all epochs done")
    assert report["best_epoch"] == int(np.argmin(column("val_loss"))) + 1


def test_without_validation_examples_the_last_weights_are_kept(in_project: Make) -> None:
    in_project(project.class_table(), **EASY, **{"split.ratios": {"train": 0.8, "val": 0, "test": 0.2}})
    project.run("ingest", "split")
    five = train(**{"train.epochs": 5, "train.early_stopping.patience": 1})
    assert list(curves()[0]) == ["epoch", "lr", "train_loss"]
    assert read_json(Path("reports/training.json"))["best_epoch"] == 5
    assert train(**{"train.epochs": 4}) != five


def test_a_rate_at_which_training_diverges_is_one_sentence_and_leaves_the_last_weights(in_mixed_split: Path) -> None:
    before = project.contents(Path("models")) | project.contents(Path("reports"))
    project.change_params(**{"train.optimizer": {"name": "SGD", "lr": 1e30}, "train.clip_grad_norm": None, "seed": 3})
    assert project.refusal("train") == (
        "params.yaml: train.optimizer.lr: the loss became nan in epoch 1; "
        "a lower rate than 1e+30 may help, or train.clip_grad_norm"
    )
    assert project.contents(Path("models")) | project.contents(Path("reports")) == before


def test_bfloat16_trains(in_mixed_split: Path) -> None:
    train(**{"compute.precision": "bfloat16", "train.epochs": 20, "train.optimizer.lr": 0.02})
    assert column("val_loss")[-1] < column("val_loss")[0]
    assert {value.dtype for value in torch.load("models/model.pt", weights_only=True).values()} == {torch.float32}


# Weights to go on from


@pytest.mark.parametrize("suffix", [".pt", ".json"])
def test_training_goes_on_from_given_weights(in_mixed_split: Path, suffix: str) -> None:
    train()
    weights = torch.load("models/model.pt", weights_only=True)
    start = Path(f"models/start/last{suffix}")
    if suffix == ".pt":
        Path("models/model.pt").rename(start)
    else:
        write_json(start, {name: value.tolist() for name, value in weights.items()})
    train(**{"train.start_from": start.name})
    untrained = torch.load("models/untrained.pt", weights_only=True)
    assert all(torch.equal(untrained[name], value) for name, value in weights.items())


STARTS = {
    "missing.pt": (
        None,
        "params.yaml: train.start_from: models/start/missing.pt: no such file",
    ),
    "other.json": (
        '{"heads.0.weight": [[1.0]]}',
        "models/start/other.json: does not hold this network's weights: Error(s) in loading state_dict for Network: "
        "Missing key(s) in state_dict: ",
    ),
    "text.json": ("hello", "models/start/text.json: is no file of weights: "),
    "list.json": ("[1, 2]", "models/start/list.json: is no file of weights: "),
    "ragged.json": ('{"a": [[1], [1, 2]]}', "models/start/ragged.json: is no file of weights: "),
    "text.pt": ("hello", "models/start/text.pt: is no file of weights: "),
}


@pytest.mark.parametrize("name", STARTS)
def test_weights_that_do_not_fit_are_one_sentence(in_mixed_split: Path, name: str) -> None:
    content, sentence = STARTS[name]
    if content is not None:
        Path("models/start", name).write_text(content)
    project.change_params(**{"train.start_from": name})
    text = project.refusal("train")
    assert text.startswith(sentence)
    assert "\n" not in text


def test_a_pickle_is_never_loaded(in_mixed_split: Path) -> None:
    torch.save({"heads.0.weight": Path("somewhere")}, "models/start/evil.pt")
    project.change_params(**{"train.start_from": "evil.pt"})
    assert project.refusal("train").startswith("models/start/evil.pt: is no file of weights: ")


def test_the_report_lists_every_weight_of_the_network(in_mixed_split: Path) -> None:
    train()
    weights = torch.load("models/model.pt", weights_only=True)
    report = read_json(Path("reports/training.json"))
    assert {entry["name"]: entry["shape"] for entry in report["network"]} == {
        name: list(value.shape) for name, value in weights.items()
    }
    learning = [entry["count"] for entry in report["network"] if entry["learns"]]
    assert report["parameters"] == sum(learning)


def test_a_table_without_features_is_one_sentence(in_project: Make) -> None:
    table = project.class_table().with_columns(split=pl.when(pl.int_range(pl.len()) % 4 > 0).then(pl.lit("train")))
    table = table.with_columns(pl.col("split").fill_null("test"))
    in_project(
        table,
        **{"split.name": "given", "split.ratios": {"train": 0.5, "val": 0, "test": 0.5}},
    )
    project.run("ingest", "split")
    write_json(Path("data/columns.json"), read_json(Path("data/columns.json")) | {"features": []})
    assert project.refusal("train") == (
        "data/columns.json: holds no feature; a model needs a column besides the target"
    )


def test_changes_of_a_test_can_take_keys_out() -> None:
    assert project.changed({"a": {"b": 1, "c": 2}}, {"a.b": GONE}) == {"a": {"c": 2}}

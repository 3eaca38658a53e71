"""Reruns: `dvc repro` runs exactly the stages that a change touches; diffs and experiments work in any clone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from plumbline.example import make_copy
from plumbline.yaml12 import read_yaml
from tests import contract, project
from tests.project import STAGES, Changes

pytestmark = pytest.mark.slow

QUICKER: Changes = {
    "ingest.source": "table.csv",
    "ingest.target": "kind",
    "train.epochs": 1,
    "evaluate.importance.repeats": 0,
    "evaluate.dependence.columns": 0,
    "evaluate.slices.resamples": 0,
    "export.formats": [],  # signature.json and the report come out; what formats cost is not asked here
}
DOWNSTREAM = ("split", "plot", "train", "evaluate", "export")
LAST = ("plot", "export")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A committed copy of the project with a small table, run once by `dvc repro`. Copy it before changing anything."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    folder.mkdir()
    with project.inside(project.ROOT):
        make_copy(folder)
    project.mixed_table().drop("amount").write_csv(folder / "table.csv")
    project.write_params(project.quick_params(**QUICKER), folder)
    assert ran_stages(folder, environment) == STAGES
    commit(folder, environment)
    return folder


@pytest.fixture
def in_finished(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished project as the current folder."""
    folder = tmp_path / "project"
    shutil.copytree(finished, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder


def run(*command: str, folder: Path, environment: dict[str, str]) -> str:
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def ran_stages(folder: Path, environment: dict[str, str]) -> tuple[str, ...]:
    """Stages that `dvc repro` runs, in order; none of them by its run cache."""
    output = run("dvc", "repro", "--no-run-cache", folder=folder, environment=environment)
    return tuple(re.findall(r"Running stage '(\w+)'", output))


def stale_stages(folder: Path, environment: dict[str, str]) -> tuple[str, ...]:
    """Stages that `dvc repro` would run, in order. Those that others read from do run; of the last ones DVC is asked.

    The last ones take much of the time, and whether they are run is settled before they are.
    """
    output = run("dvc", "repro", "--no-run-cache", "evaluate", folder=folder, environment=environment)
    status = json.loads(run("dvc", "status", "--json", *LAST, folder=folder, environment=environment))
    stale = {*re.findall(r"Running stage '(\w+)'", output), *status}
    assert stale <= {*STAGES}
    return tuple(stage for stage in STAGES if stage in stale)


def commit(folder: Path, environment: dict[str, str], branch: str = "main") -> None:
    for command in (["checkout", "-q", "-B", branch], ["add", "-A"], ["commit", "-qm", branch]):
        run("git", *command, folder=folder, environment=environment)


def test_no_stage_reads_what_the_last_ones_write() -> None:
    stages = contract.stages(project.ROOT)
    written = {out for stage in LAST for out in contract.declared_outs(stages[stage])}
    read = {Path(dep) for stage in stages.values() for dep in stage["deps"]}
    assert not any(dep.is_relative_to(out) for dep in read for out in written)


# What a change of the parameters reruns

PARAMS: list[tuple[Changes, tuple[str, ...]]] = [
    ({}, ()),
    ({"plot.columns": 1}, ("plot",)),
    ({"train.optimizer.lr": 0.01}, ("train", "evaluate", "export")),
    ({"encoders.category.name": "onehot"}, ("train", "evaluate", "export")),
    ({"model.name": "linear"}, ("train", "evaluate", "export")),
    ({"model.mlp.width": 9}, ("train", "evaluate", "export")),
    ({"model.tabm.width": 9}, ()),  # another model's knob
    ({"encoders.number.periodic.width": 9}, ()),  # another encoder's
    ({"split.given.by": "part"}, ()),  # another split's
    ({"train.optimizer.SGD.momentum": 0.5}, ("train",)),  # of the section that train reads, but nothing comes of it
    ({"train.early_stopping.patience": 99}, ("train",)),
    ({"task.threshold": "f1"}, ("train", "evaluate", "export")),
    ({"task.calibrate": "temperature"}, ("train", "evaluate", "export")),
    ({"task.name": "ordinal", "task.order": ["small", "big"]}, DOWNSTREAM),  # the classes' codes change
    ({"split.ratios": {"train": 0.6, "val": 0.2, "test": 0.2}}, DOWNSTREAM),
    ({"split.name": "random"}, DOWNSTREAM),
    ({"split.stratified.bins": 5}, ("split",)),  # nothing comes of bins where the target is a class
    ({"columns.number.scale": "quantile"}, DOWNSTREAM),
    ({"seed": 1}, DOWNSTREAM),
    ({"evaluate.bootstrap": 7}, ("evaluate",)),
    ({"evaluate.gates": {"test": {"accuracy": {"min": 0}}}}, ("evaluate",)),
    ({"export.formats": ["pt2"]}, ("export",)),
    ({"ingest.duplicates": "drop"}, ("ingest",)),  # the table has none
    ({"ingest.csv.separator": ","}, ("ingest",)),  # as it was recognised
    ({"ingest.drop": ["flag"]}, STAGES),
]


def name_of(changes: Changes) -> str:
    return ", ".join(f"{key}={value}" for key, value in changes.items()) or "nothing"


@pytest.mark.parametrize(("changes", "stages"), PARAMS, ids=[name_of(changes) for changes, _ in PARAMS])
def test_a_parameter_reruns_only_what_it_touches(
    in_finished: Path, environment: dict[str, str], changes: Changes, stages: tuple[str, ...]
) -> None:
    if changes:
        project.change_params(**changes)
    assert stale_stages(in_finished, environment) == stages


def test_a_comment_an_order_and_a_way_to_write_a_number_rerun_nothing(
    in_finished: Path, environment: dict[str, str]
) -> None:
    params = read_yaml(Path("params.yaml"))
    project.write_params({**dict(reversed(params.items())), "seed": 0})
    text = Path("params.yaml").read_text().replace("weight_decay: 0.01", "weight_decay: 1e-2  # a comment")
    Path("params.yaml").write_text(f"# another\n{text}")
    assert stale_stages(in_finished, environment) == ()


# What a change of the data reruns


def change_cell(split: str) -> None:
    """Another number in the first row of the source that is in this split."""
    row = int(np.load(f"data/split/{split}/rows.npy")[0])
    table = pl.read_csv("table.csv")
    table.with_columns(number=pl.when(pl.int_range(pl.len()) == row).then(0.125).otherwise("number")).write_csv(
        "table.csv"
    )


@pytest.mark.parametrize(
    ("split", "stages"),
    [("test", ("ingest", "split", "plot", "evaluate", "export")), ("val", STAGES), ("train", STAGES)],
)
def test_a_cell_reruns_training_only_where_training_sees_it(
    in_finished: Path, environment: dict[str, str], split: str, stages: tuple[str, ...]
) -> None:
    change_cell(split)
    assert stale_stages(in_finished, environment) == stages


# What a change of the code reruns

MODULES = [
    "plumbline/figures.py",
    "plumbline/fit.py",
    "plumbline/models/mlp.py",
    "plumbline/models/tabm.py",
    "plumbline/columns/number.py",
    "plumbline/sources/_dialect.py",
    "plumbline/splits/given.py",
    "plumbline/check.py",
    "plumbline/report.py",
    "stages/plot.py",
    "requirements.lock",
]


def declaring(path: str) -> tuple[str, ...]:
    """Stages whose deps hold a file, by the dvc.yaml of the project and model mlp."""
    chosen = {"${model.name}": "mlp", "${split.name}": "stratified"}
    found = []
    for name, stage in contract.stages(project.ROOT).items():
        deps = [re.sub(r"\$\{[\w.]+\}", lambda word: chosen.get(word[0], word[0]), dep) for dep in stage["deps"]]
        if any(path == dep or path.startswith(f"{dep}/") for dep in deps):
            found.append(name)
    return tuple(found)


@pytest.mark.parametrize("path", MODULES)
def test_a_module_makes_the_stages_stale_that_declare_it_and_no_other(
    in_finished: Path, environment: dict[str, str], path: str
) -> None:
    Path(path).write_text(Path(path).read_text() + "# a comment\n")
    status = json.loads(run("dvc", "status", "--json", folder=in_finished, environment=environment))
    assert {*status} == {*declaring(path)}


def test_a_module_that_changes_no_output_reruns_the_stages_that_declare_it_and_no_other(
    in_finished: Path, environment: dict[str, str]
) -> None:
    path = Path("plumbline/columns/number.py")
    path.write_text(path.read_text() + "# a comment\n")
    assert stale_stages(in_finished, environment) == declaring(path.as_posix())


def test_declared_stages_are_those_one_expects() -> None:
    assert declaring("plumbline/figures.py") == ("plot", "evaluate")
    assert declaring("plumbline/models/mlp.py") == ("train", "evaluate", "export")
    assert declaring("plumbline/models/tabm.py") == declaring("plumbline/check.py") == ()
    assert declaring("plumbline/columns/number.py") == ("ingest", "split", "plot", "evaluate", "export")
    assert declaring("requirements.lock") == STAGES


# What a gate ends


def test_a_missed_gate_ends_the_pipeline_until_it_is_kept(in_finished: Path, environment: dict[str, str]) -> None:
    project.change_params(**{"train.epochs": 2, "evaluate.gates": {"test": {"accuracy": {"min": 1.5}}}})
    for stages in (["train", "evaluate"], ["evaluate"]):  # it fails until something is changed
        ended = subprocess.run(["dvc", "repro"], env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode != 0
        assert re.findall(r"Running stage '(\w+)'", ended.stdout) == stages
        assert "evaluate.gates asks for at least 1.5\n" in ended.stderr
    project.change_params(**{"evaluate.gates": {"test": {"accuracy": {"min": 0}}}})
    assert ran_stages(in_finished, environment) == ("evaluate", "export")


# Diffs between branches, in a clone without a remote


@pytest.fixture(scope="module")
def clone(finished: Path, tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> Path:
    """A clone of a repository with branches main and linear; it has no artifact and no DVC remote."""
    origin, clone = (tmp_path_factory.mktemp(name) / "project" for name in ("origin", "clone"))
    shutil.copytree(finished, origin, symlinks=True)
    with project.inside(origin):
        project.change_params(**{"model.name": "linear"})
    assert ran_stages(origin, environment) == ("train", "evaluate", "export")
    commit(origin, environment, branch="linear")
    run("git", "clone", "-q", "--branch", "linear", str(origin), str(clone), folder=origin, environment=environment)
    assert not (clone / "models" / "model.pt").exists()
    return clone


def diff(clone: Path, environment: dict[str, str], kind: str) -> Any:
    return json.loads(run("dvc", kind, "diff", "origin/main", "--json", folder=clone, environment=environment))


def test_metrics_of_branches_are_compared_in_a_clone(clone: Path, environment: dict[str, str]) -> None:
    metrics = diff(clone, environment, "metrics")["reports/metrics.json"]
    assert set(metrics["test.log_loss"]) == {"old", "new", "diff"}


def test_params_of_branches_are_compared_in_a_clone(clone: Path, environment: dict[str, str]) -> None:
    assert diff(clone, environment, "params") == {"params.yaml": {"model.name": {"old": "mlp", "new": "linear"}}}


def test_a_clone_without_data_compares_branches_and_knows_its_lock_in_step(
    clone: Path, environment: dict[str, str]
) -> None:
    def ask(*command: str) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "plumbline", *command], cwd=clone, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) in [(0, ""), (1, "")]
        return ended.stdout

    assert ask("locked") == "dvc.lock: in step with code and params\n"
    assert re.search(
        r"^params.yaml  origin/main  workspace\nmodel.name   mlp +linear$", ask("compare", "origin/main"), re.M
    )


def test_plots_of_branches_are_compared_in_a_clone(clone: Path, environment: dict[str, str]) -> None:
    plots = diff(clone, environment, "plots")["data"]
    revisions = {
        name: {revision for entry in entries for revision in entry["revisions"]} for name, entries in plots.items()
    }
    assert {"loss", "confusion", "roc", "reports/data/target.csv"} <= set(revisions)
    assert revisions["loss"] == {"origin/main", "workspace"}


# Experiments


def experiments(folder: Path, environment: dict[str, str]) -> set[str]:
    return set(run("dvc", "exp", "list", "--name-only", folder=folder, environment=environment).split())


def test_an_experiment_changes_parameters_from_the_command_line(in_finished: Path, environment: dict[str, str]) -> None:
    output = run(
        "dvc", "exp", "run", "-S", "model.name=linear", "-S", "train.optimizer.lr=1e-5",
        folder=in_finished, environment=environment,
    )  # fmt: skip
    assert re.findall(r"Running stage '(\w+)'", output) == ["train", "evaluate", "export"]
    params = read_yaml(Path("params.yaml"))
    assert (params["model"]["name"], params["train"]["optimizer"]["lr"]) == ("linear", 1e-5)
    assert len(experiments(in_finished, environment)) == 1


def test_queued_experiments_run_in_copies(in_finished: Path, environment: dict[str, str]) -> None:
    run(
        "dvc", "exp", "run", "--queue", "-S", "model.name=linear,tabm", folder=in_finished, environment=environment
    )  # fmt: skip
    before = project.contents(Path("models"))
    run("dvc", "exp", "run", "--run-all", folder=in_finished, environment=environment)
    shown = json.loads(run("dvc", "exp", "show", "--json", folder=in_finished, environment=environment))
    found = [revision for entry in shown for group in entry.get("experiments") or [] for revision in group["revs"]]
    names = {revision["data"]["params"]["params.yaml"]["data"]["model"]["name"] for revision in found}
    assert names == {"linear", "tabm"}
    assert all("test" in revision["data"]["metrics"]["reports/metrics.json"]["data"] for revision in found)
    assert project.contents(Path("models")) == before
    assert read_yaml(Path("params.yaml"))["model"]["name"] == "mlp"

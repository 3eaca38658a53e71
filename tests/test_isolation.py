"""Isolation: every stage runs with nothing but what dvc.yaml declares; what it does beyond that is named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from plumbline import plugins
from plumbline.columns import is_content
from plumbline.yaml12 import read_yaml
from tests import contract, isolation, project
from tests.project import STAGES, Changes

pytestmark = pytest.mark.slow

CONFIGURATIONS: dict[str, Changes] = {
    "classes": {"ingest.target": "kind"},
    "targets": {
        "ingest.target": ["amount", "kind"],
        "split.name": "given",
        "model.name": "tabm",
        "encoders.number.name": "periodic",
        "encoders.category.name": "onehot",
        "encoders.boolean.name": "embedding",
        "task.transform": "quantile",
        "train.class_weights": "balanced",
        "export.formats": ["onnx", "pt2", "torchscript"],
    },
    "number": {
        "ingest.target": "amount",
        "split.name": "hash",
        "columns.select": 3,
        "model.name": "linear",
        "encoders.number.name": "plain",
        "train.optimizer.name": "SGD",
    },
    "contents": {
        "ingest.target": "kind",
        "encoders.image.convnet": {"width": 2},
        "encoders.audio.spectrogram": {"width": 2, "depth": 1, "mels": 8},
        "encoders.sequence.motif": {"width": 5},
    },
}
"""Between them every model, every encoder of every column type in a table, and every other column type."""
SPLITS: dict[str, Changes] = {
    "random": {},
    "group": {"split.group.by": "town"},
    "stratified_group": {"split.stratified_group.by": "town", "split.leaks.action": "report"},
    "time": {"split.time.by": "day"},
}
"""The strategies that no configuration has."""
Outcomes = dict[str, isolation.Outcome]


def make_project(folder: Path, changes: Changes) -> Path:
    """A copy of the code and a table of every table's, or every other column type; kind or amount only as targets."""
    table = project.mixed_table().drop(name for name in ("kind", "amount") if name not in changes["ingest.target"])
    if changes is CONFIGURATIONS["contents"]:
        table = project.contents_table()
    if changes.get("split.name") == "given":
        part = pl.int_range(pl.len()) % 5
        table = table.with_columns(split=pl.when(part == 0).then(pl.lit("test")).otherwise(pl.lit("train")))
    project.make_project(folder, table, **changes)
    return project.copy_code(folder)


def run_alone(folder: Path, *stages: str) -> Outcomes:
    """Run stages one after another, each alone; what one writes is there for the next."""
    outcomes = {}
    for stage in stages:
        outcomes[stage] = isolation.run_alone(folder, folder.with_name(f"{folder.name}-{stage}"), stage)
        for name, content in outcomes[stage].written.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
    return outcomes


def run_configuration(parent: Path, changes: Changes) -> Outcomes:
    """All six stages; then train once more, from the weights that it found."""
    folder = make_project(parent / "project", changes)
    outcomes = run_alone(folder, *STAGES)
    shutil.copy(folder / "models" / "model.pt", folder / "models" / "start" / "weights.pt")
    project.write_params(project.quick_params(**changes, **{"train.start_from": "weights.pt"}), folder)
    shutil.rmtree(parent / "project-train")
    again = run_alone(folder, "train")["train"]
    assert "models/model.pt" in again.written
    return outcomes | {"train again": again}


def run_split(parent: Path, name: str) -> Outcomes:
    """Ingest and split, by one strategy."""
    changes = {"ingest.target": "kind", "split.name": name, **SPLITS[name]}
    return run_alone(make_project(parent / "project", changes), "ingest", "split")


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Outcomes]]]:
    """Outcomes of every configuration and every split, as many at a time as there are cores."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        make = tmp_path_factory.mktemp
        whole = {n: pool.submit(run_configuration, make(n), changes) for n, changes in CONFIGURATIONS.items()}
        yield whole | {name: pool.submit(run_split, make(name), name) for name in SPLITS}


@pytest.mark.parametrize("name", [*CONFIGURATIONS, *SPLITS])
def test_stages_do_nothing_but_what_dvc_yaml_declares(name: str, outcomes: dict[str, Future[Outcomes]]) -> None:
    assert {stage: outcome.faults for stage, outcome in outcomes[name].result().items() if outcome.faults} == {}


def test_stages_that_have_only_their_deps_write_what_they_write_in_the_whole_project(
    outcomes: dict[str, Future[Outcomes]], finished_mixed: Path
) -> None:
    found = outcomes["classes"].result()
    written = {name: content for stage in STAGES for name, content in found[stage].written.items()}
    assert {name: (finished_mixed / name).read_bytes() for name in written} == written


def test_every_param_in_dvc_yaml_is_read_somewhere(outcomes: dict[str, Future[Outcomes]]) -> None:
    idle = {(stage, param) for stage, entry in contract.stages(project.ROOT).items() for param in entry["params"]}
    for name, changes in CONFIGURATIONS.items():
        params = project.quick_params(**changes)
        for stage in STAGES:
            read = outcomes[name].result()[stage].read
            for param in contract.stages(project.ROOT)[stage]["params"]:
                key = isolation.fill(param, params)
                if any(word == key or word.startswith(f"{key}.") for word in read):
                    idle.discard((stage, param))
    assert idle == set()


def test_between_them_configurations_choose_every_file_that_dvc_yaml_can_name() -> None:
    chosen = [project.quick_params(**changes) for changes in CONFIGURATIONS.values()]
    assert {params["model"]["name"] for params in chosen} == set(plugins.names("models"))
    assert {params["split"]["name"] for params in chosen} | set(SPLITS) == set(plugins.names("splits"))
    for kind, variants in read_yaml(project.ROOT / "params.yaml")["encoders"].items():
        if is_content(kind):  # every encoder of images and the like: test_contents
            continue
        assert {params["encoders"][kind]["name"] for params in chosen} >= set(variants) - {"name"}


# Broken on purpose


@pytest.fixture
def whole(finished_mixed: Path, tmp_path: Path) -> Path:
    """A finished project with a copy of the code."""
    shutil.copytree(finished_mixed, tmp_path / "project")
    return project.copy_code(tmp_path / "project")


def plant(path: str, before: str, planted: str) -> Callable[[Path], None]:
    """Put `planted` before a line of a file of the project."""

    def put(folder: Path) -> None:
        text = (folder / path).read_text(encoding="utf-8")
        assert before in text
        (folder / path).write_text(text.replace(before, planted + before, 1), encoding="utf-8")

    return put


def drop(line: str) -> Callable[[Path], None]:
    """Take the last of a line's places out of dvc.yaml."""

    def take(folder: Path) -> None:
        lines = (folder / "dvc.yaml").read_text(encoding="utf-8").splitlines()
        del lines[len(lines) - 1 - lines[::-1].index(line)]
        (folder / "dvc.yaml").write_text("\n".join(lines), encoding="utf-8")

    return take


_INGEST, _MAIN, _AFTER, _LAST = "stages/ingest.py", "def main()", "    import polars as pl", "    write_json("
BROKEN: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "an import": (
        "ingest",
        plant(_INGEST, _MAIN, "from plumbline import progress\n\n\n"),
        "ingest imports plumbline/progress.py, which is not in its deps",
    ),
    "an import in a function": (
        "ingest",
        plant(_INGEST, _AFTER, "    import plumbline.progress\n"),
        "ingest imports plumbline/progress.py, which is not in its deps",
    ),
    "an import through the library": (
        "ingest",
        plant("plumbline/survey.py", "from plumbline", "from plumbline.progress import shown as shown\n"),
        "ingest imports plumbline/progress.py, which is not in its deps",
    ),
    "an import by its name": (
        "ingest",
        plant(_INGEST, _AFTER, "    __import__('plumbline.' + 'progress')\n"),
        "ingest imports plumbline/progress.py, which is not in its deps",
    ),
    "a section's parameter": (
        "ingest",
        plant(_INGEST, _AFTER, "    print(params.plot.columns)\n"),
        "ingest reads params.plot.columns, which is not in its params",
    ),
    "a parameter beside those of its section": (
        "split",
        plant("stages/split.py", "    labels =", "    print(params.task.positive_class)\n"),
        "split reads params.task.positive, which is not in its params",
    ),
    "a section as a whole": (
        "split",
        plant("stages/split.py", "    labels =", "    print(params.train.early_stopping.model_dump())\n"),
        "split reads params.train.early_stopping.monitor, which is not in its params",
    ),
    "a knob of a variant that is not chosen": (
        "split",
        plant("stages/split.py", "    labels =", "    print(params.split.model_extra['time']['by'])\n"),
        "split reads params.split.time.by, which is not in its params",
    ),
    "a parameter taken out of dvc.yaml": (
        "split",
        drop("      - split.ratios"),
        "split reads params.split.ratios.test, which is not in its params",
    ),
    "a file opened": (
        "ingest",
        plant(_INGEST, _AFTER, "    print(len(open('reports/metrics.json').read()))\n"),
        "ingest opens reports/metrics.json, which is neither in its deps nor in its outs",
    ),
    "a folder listed": (
        "ingest",
        plant(_INGEST, _AFTER, "    print(list(paths.MODEL.parent.iterdir()))\n"),
        "ingest opens models, which is neither in its deps nor in its outs",
    ),
    "a file opened by native code": (
        "ingest",
        plant(_INGEST, _LAST, "    pl.read_parquet('data/predictions.parquet')\n"),
        "ingest fails where it has only its deps: data/predictions.parquet: no such file; `dvc repro` makes what a "
        "stage reads",
    ),
    "a dep taken out of dvc.yaml": (
        "plot",
        drop("      - reports/split.json"),
        "plot opens reports/split.json, which is neither in its deps nor in its outs",
    ),
    "a file written": (
        "ingest",
        plant(_INGEST, _LAST, "    paths.METRICS.with_name('more.json').write_text('{}')\n"),
        "ingest writes reports/more.json, which is not in its outs",
    ),
    "a file written by native code": (
        "ingest",
        plant(_INGEST, _LAST, "    pl.DataFrame({'a': [1]}).write_parquet('data/more.parquet')\n"),
        "ingest writes data/more.parquet, which is not in its outs",
    ),
    "an out that is not written": (
        "ingest",
        plant("dvc.yaml", "      - data/examples.parquet\n    metrics:", "      - data/more.parquet\n"),
        "ingest has the out data/more.parquet, which it never writes",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_dvc_yaml_does_not_declare_is_named(what: str, whole: Path) -> None:
    stage, break_it, sentence = BROKEN[what]
    break_it(whole)
    faults = run_alone(whole, stage)[stage].faults
    assert sentence in faults
    assert {fault.partition(" ")[0] for fault in faults} == {stage}

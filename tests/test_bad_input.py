"""Bad input: each mistake ends in one clear sentence, exit status 2 and no traceback, and harms nothing made before."""

from __future__ import annotations

import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plumbline import cli
from plumbline.sources import suffixes
from tests import project
from tests.conftest import Make
from tests.project import GONE, ROOT, STAGES, Changes

GOOD = "a,b,y\n" + "".join(f"{i},{i % 7},{'no' if i % 2 else 'yes'}\n" for i in range(60))


@pytest.fixture
def in_csv(in_project: Make) -> Path:
    """A project whose source is table.csv."""
    folder = in_project(project.class_table(), **{"ingest.source": "table.csv"})
    Path("table.csv").write_text(GOOD)
    return folder


# What the source holds

CONTENTS: list[tuple[str | bytes, Changes, str]] = [
    ("", {}, "table.csv: is empty; a table has a header and at least one row"),
    ("a,b,y\n", {}, "table.csv: has a header but no rows; a table has at least one"),
    (
        "a,b,y\n1,2,no\n1,2\n3,4,yes\n",
        {},
        "table.csv: line 3 has 2 fields, the header has 3; quote the separator or mend the line",
    ),
    (GOOD, {"ingest.target": "Y"}, "params.yaml: ingest.target: table.csv has no column 'Y'; it has a, b, y"),
    (
        GOOD.replace("y\n", "kind\n", 1),
        {"ingest.target": "kid"},
        "params.yaml: ingest.target: table.csv has no column 'kid'; did you mean 'kind'?",
    ),
    (
        GOOD,
        {"ingest.drop": ["c"]},
        "params.yaml: ingest.drop: table.csv has no column 'c'; it has a, b, y",
    ),
    (
        GOOD,
        {"ingest.columns": {"zip": "category"}},
        "params.yaml: ingest.columns: table.csv has no column 'zip'; it has a, b, y",
    ),
    (GOOD, {"ingest.drop": ["y"]}, "params.yaml: ingest.drop: holds the target 'y'; take it out"),
    (GOOD, {"ingest.drop": ["a", "b"]}, "params.yaml: ingest.drop: leaves no column of table.csv to learn from"),
    ("a,y\n1,\n2,\n", {}, "target 'y': is missing in every one of 2 rows"),
    ("a,y\n1,no\n2,no\n", {}, "target 'y': is no in every row; a model needs two different values"),
    ("a,y\n1,3\n2,3\n", {}, "target 'y': is 3.0 in every row; a model needs two different values"),
    (
        "a,b,y\n1,é,no\n2,b,yes\n".encode("latin-1"),
        {"ingest.csv.encoding": "utf-8"},
        "table.csv: line 2, byte 8: is not utf-8; set ingest.csv.encoding in params.yaml",
    ),
    (
        GOOD,
        {"ingest.csv.encoding": "klingon"},
        "params.yaml: ingest.csv.encoding: no such text encoding (got 'klingon'); "
        "a name that Python knows would do, as utf-8, cp1252 or utf-16",
    ),
    ("#row,y\n1,no\n2,yes\n", {}, "table.csv: has a column named '#row', which Plumbline adds itself; rename it"),
    (
        "x,y\n3,no\n3,yes\n",
        {},
        "table.csv: no column is left to learn from; column 'x': is 3 in every row; dropped; a type in ingest.columns "
        "keeps it, as 'x': number",
    ),
    (
        GOOD,
        {"ingest.formats": {"a": "%"}},
        "params.yaml: ingest.formats.a: is '%', which reads none of 60 texts, the first is '0'; "
        "'%d/%m/%Y' would read 29/02/2024",
    ),
    (
        GOOD,
        {"ingest.missing.values": {"c": ["x"]}},
        "params.yaml: ingest.missing.values: table.csv has no column 'c'; it has a, b, y",
    ),
    (
        b"a,y\n1,\x00no\n2,yes\n",
        {},
        "table.csv: line 2, byte 6: is a NUL, which no text holds; UTF-16 without a byte order mark would; "
        "set ingest.csv.encoding in params.yaml",
    ),
]


@pytest.mark.parametrize(("content", "changes", "sentence"), CONTENTS, ids=[sentence for *_, sentence in CONTENTS])
def test_a_source_that_cannot_be_used_is_one_sentence(
    in_csv: Path, content: str | bytes, changes: Changes, sentence: str
) -> None:
    Path("table.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    project.change_params(**changes)
    text = project.refusal("ingest")
    assert text == sentence
    assert not Path("data/examples.parquet").exists()


TAKEN = f"readers take {', '.join(suffixes())} files"
SOURCES = [
    ("none.csv", "params.yaml: ingest.source: none.csv: no such file or folder"),
    ("table.xyz", f"table.xyz: no reader takes .xyz; {TAKEN}"),
    ("table", f"table: no reader takes files without a suffix; {TAKEN}"),
    ("empty", f"empty: holds no table and no media files; {TAKEN}"),
    (
        "broken.parquet",
        "broken.parquet: is not a Parquet file (parquet: File out of specification: The file must end with PAR1 or "
        "PARE); write it again",
    ),
    ("raises.py", "raises.py: line 2 raised KeyError: 'no key'; mend the file"),
    ("other.py", "other.py: defines no load(); define load() -> polars.DataFrame"),
]


@pytest.mark.parametrize(("source", "sentence"), SOURCES, ids=[source for source, _ in SOURCES])
def test_a_source_of_another_kind_is_one_sentence(in_csv: Path, source: str, sentence: str) -> None:
    Path("empty").mkdir()
    for name in ("table.xyz", "table", "broken.parquet"):
        Path(name).write_text(GOOD)
    Path("raises.py").write_text("def load():\n    raise KeyError('no key')\n")
    Path("other.py").write_text("x = 1\n")
    project.change_params(**{"ingest.source": source})
    assert project.refusal("ingest") == sentence


# params.yaml

FILES: list[tuple[str | bytes | None, str]] = [
    (None, "params.yaml: no such file; run from the project's folder"),
    ("", "params.yaml: holds no keys; it needs the sections that the README lists"),
    ("- 1\n- 2\n", "params.yaml: holds no keys; it needs the sections that the README lists"),
    ("seed: [", "params.yaml: line 1: expected the node content, but found '<stream end>'"),
    ("seed: 1\nseed: 2\n", "params.yaml: line 2: key 'seed' is given twice"),
    (b"seed: \xff", "params.yaml: is not UTF-8 text"),
]


@pytest.mark.parametrize(("content", "sentence"), FILES, ids=[sentence for _, sentence in FILES])
@pytest.mark.parametrize("stage", ["ingest", "export"])
def test_a_params_yaml_that_cannot_be_read_is_one_sentence(
    in_csv: Path, stage: str, content: str | bytes | None, sentence: str
) -> None:
    Path("params.yaml").unlink()
    if content is not None:
        Path("params.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert project.refusal(stage) == sentence


KEYS: list[tuple[Changes, list[str]]] = [
    ({"train.epochs": GONE}, ["train.epochs: is missing"]),
    ({"train.epoch": 3}, ["train.epoch: unknown key; did you mean epochs?"]),
    ({"train.epochs": "10"}, ['train.epochs: is "10", should be a whole number']),
    ({"task.scale_target": 1}, ["task.scale_target: is 1, should be true or false"]),
    (
        {"model.name": "resnet", "seed": -1},
        ['model.name: is "resnet", should be one of linear, mlp, tabm', "seed: is -1, should be at least 0"],
    ),
    ({"split.ratios.test": 0.5}, ["split.ratios: sum to 1.35, should sum to 1"]),
    ({"model.mlp": GONE}, ["model.mlp: is missing; write `mlp: {}` under model"]),
    (
        {"compute.device": "cuda"},
        ["compute.reproducible: is everywhere, which no cuda device keeps; machine or fast goes with it"],
    ),
    (
        {"train.optimizer.AdamW.weight_dacay": 1},
        ["train.optimizer.AdamW.weight_dacay: unknown key; did you mean weight_decay?"],
    ),
    ({"train.optimizer.lr": float("inf")}, ['train.optimizer.lr: is ".inf", should be a number']),
]


@pytest.mark.parametrize(("changes", "sentences"), KEYS, ids=[sentences[0] for _, sentences in KEYS])
@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_checks_all_of_params_yaml(
    in_csv: Path, stage: str, changes: Changes, sentences: list[str]
) -> None:
    project.change_params(**changes)
    assert project.refusal(stage).splitlines() == [f"params.yaml: {sentence}" for sentence in sentences]


# What one stage finds in what another made

COMBINATIONS: list[tuple[str, Changes, str]] = [
    (
        "kind",
        {"train.loss.name": "PoissonNLLLoss"},
        "params.yaml: train.loss.name: PoissonNLLLoss does not fit classification; CrossEntropyLoss, MultiMarginLoss, "
        "NLLLoss, BCELoss, MSELoss, L1Loss, SmoothL1Loss, HuberLoss, BCEWithLogitsLoss, SoftMarginLoss do",
    ),
    (
        "amount",
        {"train.loss.name": "CrossEntropyLoss"},
        "params.yaml: train.loss.name: CrossEntropyLoss does not fit regression; MSELoss, L1Loss, SmoothL1Loss, "
        "HuberLoss, PoissonNLLLoss, GaussianNLLLoss do",
    ),
    (
        "kind",
        {"task.name": "regression"},
        "params.yaml: task.name: regression takes a target of type number, 'kind' is a category; "
        "name its type in ingest.columns, or set task.name to auto",
    ),
    (
        "amount",
        {"task.name": "classification"},
        "params.yaml: task.name: classification takes a target of type category or boolean, 'amount' is a number; "
        "name its type in ingest.columns, or set task.name to auto",
    ),
    (
        "kind",
        {"task.positive": "huge"},
        "params.yaml: task.positive: 'huge' is no class of 'kind'; there are big, small",
    ),
    ("amount", {"task.positive": "big"}, "params.yaml: task.positive: the target is a number; set it to null"),
    (
        "amount",
        {"train.class_weights": "balanced"},
        "params.yaml: train.class_weights: the target is a number; set it to null",
    ),
    (
        "amount",
        {"train.loss.name": "PoissonNLLLoss"},
        "params.yaml: task.scale_target: PoissonNLLLoss takes counts as they are; set it to false",
    ),
    (
        "town",
        {"train.loss.name": "BCEWithLogitsLoss"},
        "params.yaml: train.loss.name: BCEWithLogitsLoss is for two classes, 'town' has 4; "
        "CrossEntropyLoss takes any number",
    ),
]


@pytest.mark.parametrize(("target", "changes", "sentence"), COMBINATIONS, ids=[text for *_, text in COMBINATIONS])
def test_what_does_not_fit_the_target_is_one_sentence(
    in_project: Make, target: str, changes: Changes, sentence: str
) -> None:
    in_project(project.mixed_table(), **{"ingest.target": target})
    project.run("ingest", "split")
    project.change_params(**changes)
    assert project.refusal("train") == sentence
    assert not Path("models/untrained.pt").exists()


FIRST_READ = {
    "split": "data/examples.parquet",
    "plot": "data/split/train/rows.npy",
    "train": "data/columns.json",
    "evaluate": "models/recipe.json",
    "export": "models/recipe.json",
}


@pytest.mark.parametrize("stage", FIRST_READ)
def test_a_stage_run_before_those_it_needs_says_what_is_missing(in_csv: Path, stage: str) -> None:
    assert project.refusal(stage) == f"{FIRST_READ[stage]}: no such file; `dvc repro` makes what a stage reads"


READ = [
    ("plot", "data/examples.parquet"),
    ("train", "data/split/train"),
    ("train", "data/split/val"),
    ("evaluate", "data/split/test"),
    ("evaluate", "models/model.pt"),
    ("evaluate", "models/untrained.pt"),
    ("evaluate", "data/examples.parquet"),
    ("evaluate", "reports/training.csv"),
    ("evaluate", "reports/training.json"),
    ("export", "models/model.pt"),
    ("export", "data/examples.parquet"),
    ("export", "data/predictions.parquet"),
]


@pytest.mark.parametrize(("stage", "path"), READ)
def test_a_missing_artifact_is_named(in_finished_mixed: Path, stage: str, path: str) -> None:
    if Path(path).is_dir():
        shutil.rmtree(path)
    else:
        Path(path).unlink()
    before = project.contents(Path())
    assert project.refusal(stage) == f"{path}: no such file; `dvc repro` makes what a stage reads"
    assert project.contents(Path()) == before


# Nothing made before is harmed

HARMLESS: list[tuple[str, Changes]] = [
    ("ingest", {"ingest.target": "none"}),
    ("ingest", {"ingest.drop": ["kind"]}),
    ("split", {"split.name": "given"}),
    ("plot", {"plot.columns": 0}),
    ("train", {"train.optimizer": {"name": "SGD", "lr": 1e30}, "train.clip_grad_norm": None}),
    ("train", {"train.loss.name": "PoissonNLLLoss"}),
]


@pytest.mark.parametrize(("stage", "changes"), HARMLESS)
def test_a_stage_that_refuses_leaves_every_artifact_as_it_was(
    in_finished_mixed: Path, stage: str, changes: Changes
) -> None:
    project.change_params(**changes)
    before = project.contents(Path())
    project.refusal(stage)
    assert project.contents(Path()) == before


# The same from a shell


def run(*command: str, folder: Path) -> tuple[int, str, str]:
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_two_mistakes_are_two_lines_on_stderr_and_exit_status_2(in_csv: Path) -> None:
    project.change_params(**{"train.epochs": 0, "plot.colums": 3})
    expected = (
        "params.yaml: plot.colums: unknown key; did you mean columns?\n"
        "params.yaml: train.epochs: is 0, should be at least 1\n"
    )
    for command in (["-m", "stages.ingest"], ["-m", "plumbline", "check"]):
        assert run(*command, folder=in_csv) == (2, "", expected)


def test_a_sentence_of_a_stage_goes_to_stderr_with_exit_status_2(in_csv: Path) -> None:
    Path("table.csv").write_text("a,y\n1,no\n2,no\n")
    assert run("-m", "stages.ingest", folder=in_csv) == (
        2, "", "target 'y': is no in every row; a model needs two different values\n",
    )  # fmt: skip


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_run_as_a_file_says_how_it_is_run(stage: str) -> None:
    script = ROOT / "stages" / f"{stage}.py"
    assert run(str(script), folder=ROOT) == (
        1, "", f"stages/{stage}.py: run it from the project's folder as `python -m stages.{stage}`\n",
    )  # fmt: skip


def test_a_full_disk_is_one_sentence(in_csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device", "data/examples.parquet")

    monkeypatch.setattr("plumbline.examples.write", refuse)
    assert project.refusal("ingest") == "data/examples.parquet: No space left on device"


def test_ctrl_c_ends_the_command_line_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("plumbline", run_name="__main__")
    assert ended.value.code == 130


def test_a_reader_that_has_had_enough_ends_the_command_line_without_a_traceback() -> None:
    command = f"{sys.executable} -u -m plumbline check | true; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr) == ("141\n", "")


def test_an_error_of_plumbline_itself_keeps_its_traceback(in_csv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr("plumbline.examples.write", fail)
    with pytest.raises(ValueError, match="a mistake of ours"):
        project.refusal("ingest")


def test_a_table_of_one_row_a_class_is_one_sentence(in_project: Make) -> None:
    in_project(pl.DataFrame({"x": [1.0, 2.0], "y": ["a", "b"]}))
    project.run("ingest")
    assert project.refusal("split") == (
        "params.yaml: split.ratios.val: no example of 2 is left for val; take a larger share, or add examples"
    )

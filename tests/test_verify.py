"""Verify: a rerun of the last commit that equals it passes; one that does not fails, and says what, where, why."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from plumbline import environment, errors
from plumbline.errors import InputError
from plumbline.files import write_json
from plumbline.verify import TOLERANCE, artifacts, verdict
from plumbline.verify.artifacts import compare_artifacts, make_table
from plumbline.verify.clones import Clones
from plumbline.verify.environment_changes import by_stage
from plumbline.verify.rerun import bring_inputs, check_in_step, choose_cores

HERE: dict[str, Any] = {
    "python": "3.11.7",
    "system": "Linux x86_64, glibc 2.36",
    "cpu": {"vendor": "GenuineIntel", "family": 6, "model": 85, "flags": ["avx", "avx2", "fma"]},
    "packages": {},
}


# Bad circumstances, a sentence each


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def git(*arguments: str) -> None:
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *author, *arguments], check=True, capture_output=True)


def refusal(stages: list[str] | None = None, tolerance: float = TOLERANCE, cores: int | None = None) -> str:
    with pytest.raises(InputError) as refused:
        verdict.verify(stages or [], tolerance, cores, keep=False)
    return str(refused.value)


def test_outside_of_git_there_is_nothing_to_verify(folder: Path) -> None:
    assert refusal() == "verify: this folder is in no Git repository; verify reruns what is committed"


def test_before_the_first_commit_there_is_nothing_to_verify(folder: Path) -> None:
    git("init")
    assert refusal() == "verify: the repository has no commit yet; commit the project with its dvc.lock first"


def test_a_commit_without_a_run_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("init")
    git("commit", "--allow-empty", "-m", "empty")
    Path("dvc.lock").write_text("stages: {}\n")
    assert refusal() == "dvc.lock: is not in the last commit; run `dvc repro` and commit what it makes"
    assert capsys.readouterr().out == "not verified, since not committed: dvc.lock\n"


def test_an_unknown_stage_is_refused(folder: Path) -> None:
    git("init")
    Path("dvc.yaml").write_text("stages: {ingest: {cmd: a}, train: {cmd: b}}\n")
    Path("dvc.lock").write_text("stages: {}\n")
    git("add", ".")
    git("commit", "-m", "run")
    assert refusal(["trian"]) == "--stage: 'trian' is no stage of dvc.yaml; did you mean 'train'?"
    assert refusal(["ship"]) == "--stage: 'ship' is no stage of dvc.yaml; it has ingest, train"


def test_more_cores_than_there_are_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3, 1})
    assert refusal(cores=9) == "--cores: is 9, and there are 2 cores; choose 1 to 2"
    assert refusal(cores=0) == "--cores: is 0, and there are 2 cores; choose 1 to 2"
    assert (choose_cores(1), choose_cores(2), choose_cores(None)) == ([1], [1, 3], None)


@pytest.mark.parametrize("tolerance", [-1.0, math.nan, math.inf])
def test_a_tolerance_that_is_none_is_refused(folder: Path, tolerance: float) -> None:
    assert refusal(tolerance=tolerance) == f"--tolerance: is {tolerance}; choose a number from 0 on, as 0.001"


def test_the_command_line_ends_in_a_sentence(folder: Path) -> None:
    root = Path(errors.__file__).parents[1]
    command = [sys.executable, "-m", "plumbline", "verify", "--stage", "train"]
    ran = subprocess.run(command, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.count("\n"), ran.stdout) == (2, 1, "")


def test_a_source_that_nothing_keeps_is_told(folder: Path) -> None:
    git("init")
    clones = Clones(folder / "recorded", folder / "rerun", folder)
    write_lock(clones.recorded, {"ingest": {"deps": [{"path": "lost.csv", "md5": "1"}]}})
    clones.rerun.mkdir()
    said = "lost.csv: is kept by neither Git nor DVC, so that clones and experiments will miss it; "
    with pytest.raises(InputError, match=f"^{re.escape(said)}`dvc add lost.csv` keeps it$"):
        bring_inputs(clones, ["ingest"])
    Path("lost.csv").touch()
    git("add", "lost.csv")
    with pytest.raises(InputError, match=r"^lost\.csv: is not in the last commit; commit it$"):
        bring_inputs(clones, ["ingest"])


def test_a_stage_out_of_step_is_named_with_what_has_changed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clones = Clones(folder / "recorded", folder / "rerun", folder)
    write_lock(clones.recorded, {"split": {}, "train": {}, "export": {}})
    status = {
        "split": [{"changed outs": {"data/split": "not in cache"}}, {"changed deps": {"data/a": "deleted"}}],
        "train": [{"changed deps": {"a.py": "modified", "params.yaml": {"seed": "modified"}}}, "changed command"],
        "export": [{"changed deps": {"a.py": "modified"}}],
    }
    said = subprocess.CompletedProcess([], 0, json.dumps(status), "")
    monkeypatch.setattr(Clones, "run_dvc", lambda *_: said)
    with pytest.raises(InputError) as refused:
        check_in_step(clones, ["split", "train", "export", "ship"])
    assert str(refused.value) == (
        "dvc.lock: is out of step with train, export, ship, so that no rerun can equal it "
        "(a.py modified, seed modified, changed command, ship never run); run `dvc repro` and commit what it makes"
    )


# What decides: bytes or numbers


def why(recorded: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setattr(environment, "describe", lambda: HERE)
    return verdict._why_bits_may_differ({"train": {"mode": "portable", "threads": 2, **HERE, **recorded}}, ["train"])


def test_bytes_decide_where_cpu_and_versions_are_as_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert why({}, monkeypatch) is None


@pytest.mark.parametrize(
    ("recorded", "reason"),
    [
        ({"python": "3.11.9"}, "python 3.11.7, recorded 3.11.9"),
        ({"device": "no such GPU"}, "device none, recorded no such GPU"),
        (
            {"packages": {"torch": {"locked": "2.13.0", "installed": "2.12.1"}}},
            "torch 2.13.0, recorded 2.12.1",
        ),
        ({"mode": "fast"}, "compute.reproducible: fast promises no equal bits"),
        (
            {"cpu": {"vendor": "AuthenticAMD", "family": 25, "model": 1, "flags": ["avx2", "fma"]}},
            "portable holds on CPUs of one vendor; recorded on AuthenticAMD, this is GenuineIntel",
        ),
    ],
)
def test_numbers_decide_elsewhere_and_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch, recorded: dict[str, Any], reason: str
) -> None:
    assert why(recorded, monkeypatch) == f"{reason}; numbers are compared"


# Artifacts side by side


@pytest.fixture
def clones(tmp_path: Path) -> Clones:
    return Clones(tmp_path / "recorded", tmp_path / "rerun", tmp_path)


def write_lock(folder: Path, stages: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "dvc.lock").write_text(yaml.safe_dump({"stages": stages}))


def write_run(folder: Path, hashes: dict[str, str], files: dict[str, Any]) -> None:
    """A clone's dvc.lock, and JSON files."""
    outs = [
        {"path": path, "md5": md5} | ({"nfiles": 2} if md5.endswith(".dir") else {}) for path, md5 in hashes.items()
    ]
    write_lock(folder, {"train": {"outs": outs}})
    for path, value in files.items():
        write_json(folder / path, value)


def test_the_table_has_a_verdict_for_each_artifact_and_each_file_that_differs(clones: Clones) -> None:
    same = {"a.json": "1", "plots": "2.dir", "near.json": "3", "far.json": "4", "lost.pt": "5", "gone": "6"}
    files = {"plots/one.json": 1.0, "plots/two.json": 1, "near.json": {"x": 1.0}, "far.json": {"x": 1.0, "y": 1}}
    write_run(clones.recorded, same, files)
    other = {"a.json": "1", "plots": "9.dir", "near.json": "9", "far.json": "9", "lost.pt": "9", "new": "9"}
    near = {"plots/one.json": 1.0, "plots/three.json": 1, "near.json": {"x": 1.0001}, "far.json": {"x": 2.0, "y": 2}}
    write_run(clones.rerun, other, near)
    found = compare_artifacts(clones, ["train"], TOLERANCE)
    assert make_table(found).splitlines() == [
        "stage  artifact",
        "train  a.json           same bytes",
        "       plots (2 files)  changed",
        "         three.json     extra",
        "         two.json       missing",
        "       near.json        same numbers to 1e-04",
        "       far.json         changed",
        "       lost.pt          changed (recorded bytes not at hand)",
        "       gone             missing",
        "       new              extra",
    ]
    failed = [artifact for artifact in found if artifact.verdict not in (artifacts.BYTES, artifacts.NUMBERS)]
    assert list(verdict._name_changes(failed)) == ["far.json: x 1 -> 2", "far.json: y 1 -> 2"]


def test_the_tolerance_divides_the_same_numbers_from_changed_ones(clones: Clones) -> None:
    write_run(clones.recorded, {"a.json": "1"}, {"a.json": 1.0})
    write_run(clones.rerun, {"a.json": "2"}, {"a.json": 1.01})
    verdicts = [compare_artifacts(clones, ["train"], tolerance)[0].verdict for tolerance in (0.009, 0.01)]
    assert verdicts == ["changed", "same numbers"]


def test_metrics_are_told_before_weights_columns_and_figures_and_no_more_than_five(clones: Clones) -> None:
    names = ["b.png", "a.csv", "model.pt", "reports/metrics.json", "other.json"]
    many = [artifacts.Item(1.0, f"x{i} 1 -> 2") for i in range(7)]
    files = [artifacts.File(name, "changed", many if name == "other.json" else many[:1]) for name in names]
    lines = list(verdict._name_changes([artifacts.Artifact("train", "a", "changed", None, files)]))
    assert [line.partition(":")[0] for line in lines] == [
        "reports/metrics.json", *["other.json"] * 6, "model.pt", "a.csv", "b.png"
    ]  # fmt: skip
    assert lines[6] == "other.json: and 2 other differences"


# Where it begins, and what may be why


def lock_of(**hashes: str) -> dict[str, Any]:
    """Stages split, train, export: each reads what the one before writes."""
    files = {"split": ("raw", "a"), "train": ("a", "b"), "export": ("b", "c")}
    return {
        stage: {key: [{"path": path, "md5": hashes[path]}] for key, path in zip(("deps", "outs"), paths, strict=True)}
        for stage, paths in files.items()
    }


@pytest.mark.parametrize(
    ("changed", "origin"),
    [
        ({"b": "9", "c": "9"}, "train: its inputs are the recorded ones, its outputs are not"),
        ({"c": "9"}, "export: its inputs are the recorded ones, its outputs are not"),
        (
            {"raw": "9", "a": "9", "b": "9", "c": "9"},
            "before the first stage: what the stages read is not what the recorded run has read",
        ),
    ],
)
def test_the_origin_is_the_first_stage_that_makes_something_else_of_equal_inputs(
    clones: Clones, changed: dict[str, str], origin: str
) -> None:
    hashes = {"raw": "1", "a": "1", "b": "1", "c": "1"}
    write_lock(clones.recorded, lock_of(**hashes))
    write_lock(clones.rerun, lock_of(**{**hashes, **changed}))
    failed = {stage for stage, path in (("split", "a"), ("train", "b"), ("export", "c")) if path in changed}
    assert verdict._name_origin(clones, ["split", "train", "export"], failed) == f"origin: {origin}"


def test_another_mode_or_version_than_recorded_is_named_once(clones: Clones, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "describe", lambda: HERE)
    runs = {"split": {"mode": "portable", "threads": 2}, "train": {"mode": "portable", "threads": 2}}
    recorded = [{"stages": runs, **HERE, "python": "3.11.9"}]
    write_json(
        clones.rerun / "reports/environment.json",
        [{"stages": {**runs, "train": {"mode": "fast", "threads": 1}}, **HERE}],
    )
    said = verdict._compare_environments(clones, ["split", "train"], by_stage(json.dumps(recorded)))
    assert said == "python 3.11.7, recorded 3.11.9; mode fast, recorded portable; threads 1, recorded 2"
    unknown = "reports/environment.json of the commit does not say where it was run"
    assert verdict._compare_environments(clones, ["split", "train"], {}) == unknown

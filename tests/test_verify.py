"""Verify: a rerun of the last commit that equals it passes; one that does not fails, and says what, where, why."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from plumbline import artifacts, environment, errors, verify
from plumbline.artifacts import compare_artifacts, make_table
from plumbline.clones import Clones
from plumbline.differences import TOLERANCE
from plumbline.errors import InputError
from plumbline.files import write_json
from plumbline.rerun import choose_cores

HERE: dict[str, Any] = {
    "python": "3.11.7",
    "system": "Linux x86_64, glibc 2.36",
    "cpu": {"vendor": "GenuineIntel", "family": 6, "model": 85, "flags": ["avx", "avx2"]},
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
        verify.verify(stages or [], tolerance, cores, keep=False)
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


# What decides: bytes or numbers


def why(recorded: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setattr(environment, "describe", lambda: HERE)
    return verify._why_bits_may_differ({"train": {"mode": "portable", "threads": 2, **HERE, **recorded}}, ["train"])


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
        ({"mode": "fast"}, "mode fast promises no equal bytes"),
        (
            {"cpu": {"vendor": "AuthenticAMD", "family": 25, "model": 1, "flags": ["avx2"]}},
            "this CPU is GenuineIntel 6/85, recorded was AuthenticAMD 25/1: "
            "mode portable promises equal bytes among CPUs of one vendor",
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


def write_run(folder: Path, hashes: dict[str, str], files: dict[str, Any]) -> None:
    """A clone's dvc.lock, and JSON files."""
    outs = [
        {"path": path, "md5": md5} | ({"nfiles": 2} if md5.endswith(".dir") else {}) for path, md5 in hashes.items()
    ]
    folder.mkdir(exist_ok=True)
    (folder / "dvc.lock").write_text(yaml.safe_dump({"stages": {"train": {"outs": outs}}}))
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
    assert list(verify._name_changes(failed)) == ["far.json: x 1 -> 2", "far.json: y 1 -> 2"]


def test_the_tolerance_divides_the_same_numbers_from_changed_ones(clones: Clones) -> None:
    write_run(clones.recorded, {"a.json": "1"}, {"a.json": 1.0})
    write_run(clones.rerun, {"a.json": "2"}, {"a.json": 1.01})
    verdicts = [compare_artifacts(clones, ["train"], tolerance)[0].verdict for tolerance in (0.009, 0.01)]
    assert verdicts == ["changed", "same numbers"]


def test_metrics_are_told_before_weights_columns_and_figures_and_no_more_than_five(clones: Clones) -> None:
    names = ["b.png", "a.csv", "model.pt", "reports/metrics.json", "other.json"]
    many = [artifacts.Item(1.0, f"x{i} 1 -> 2") for i in range(7)]
    files = [artifacts.File(name, "changed", many if name == "other.json" else many[:1]) for name in names]
    lines = list(verify._name_changes([artifacts.Artifact("train", "a", "changed", None, files)]))
    assert [line.partition(":")[0] for line in lines] == [
        "reports/metrics.json", *["other.json"] * 6, "model.pt", "a.csv", "b.png"
    ]  # fmt: skip
    assert lines[6] == "other.json: and 2 other differences"

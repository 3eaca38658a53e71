"""Workflows: what CI runs are targets of the Makefile, and those that compare work as they stand there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plumbline.yaml12 import read_yaml
from tests.project import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in read_yaml(workflow)["jobs"].values() for step in job["steps"]]


COMMANDS = [step["run"] for workflow in WORKFLOWS for step in steps(workflow) if "run" in step]


def test_workflows_are_found() -> None:
    assert [path.name for path in WORKFLOWS] == ["check.yml", "reproduce.yml"]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_ci_runs_are_targets_of_the_makefile(command: str) -> None:
    assert re.fullmatch(r"make( [a-z-]+)+( [A-Z_]+=(\"[^\"]*\"|\S+))*", command)
    targets = re.sub(r"\"[^\"]*\"", "", command).split()[1:]
    assert {word for word in targets if "=" not in word} <= TARGETS
    assert "${{" not in command  # what others name, as branches, would be read as shell


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_jobs_end(workflow: Path) -> None:
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"]) for step in steps(workflow) if "uses" in step)
    assert all(job["timeout-minutes"] <= 60 for job in read_yaml(workflow)["jobs"].values())


def test_only_the_comment_may_write() -> None:
    workflow = read_yaml(ROOT / ".github/workflows/reproduce.yml")
    assert workflow["permissions"] == {"contents": "read"}
    allowed = {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}
    assert allowed == {"compare": {"contents": "read", "pull-requests": "write"}}


# The commands behind, with the Makefile as it is and an environment that needs no installing


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with the library, the Makefile and two runs: a branch main and a worse one in the workspace."""
    for name in ("plumbline", "Makefile", "params.yaml", "requirements.lock"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/run").touch()
    (tmp_path / ".gitignore").write_text(".venv\n__pycache__\n")
    write_metrics(tmp_path, 0.9)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "run"]):
        subprocess.run(["git", *author, *command], cwd=tmp_path, check=True)
    write_metrics(tmp_path, 0.5)
    return tmp_path


def write_metrics(folder: Path, value: float) -> None:
    (folder / "reports").mkdir(exist_ok=True)
    metrics = {"test": {"accuracy": value}, "interval": {"accuracy": {"low": value - 0.1, "high": value + 0.05}}}
    (folder / "reports/metrics.json").write_text(json.dumps(metrics))


def make(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Make as from a shell, also where these tests run within a make: what that exports changes what is printed."""
    outer = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "BASE"}
    path = f"{folder}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["make", *arguments], cwd=folder,
        env={name: value for name, value in os.environ.items() if name not in outer} | {"PATH": path, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_comparison_is_added_to_the_summary_and_fails_where_the_branch_is_worse(clone: Path) -> None:
    (clone / "summary.md").write_text("before\n")
    ran = make(clone, "compare-markdown", "SUMMARY=summary.md", BASE="main")
    assert ran.returncode != 0
    written = (clone / "summary.md").read_text(encoding="utf-8")
    assert written == f"before\n{ran.stdout}"
    assert ran.stdout.startswith("### main → workspace: worse in test.accuracy\n")
    write_metrics(clone, 0.91)
    assert make(clone, "compare", "BASE=main").returncode == 0


def test_the_comment_is_posted_whatever_the_verdict(clone: Path) -> None:
    (clone / "gh").write_text('#!/bin/sh\necho "$@" > said; cat >> said\n')
    (clone / "gh").chmod(0o755)
    assert make(clone, "compare-comment", BASE="main", PR="7").returncode == 0
    said = (clone / "said").read_text(encoding="utf-8").splitlines()
    assert said[0] == "pr comment 7 --edit-last --create-if-none --body-file -"
    assert said[1] == "### main → workspace: worse in test.accuracy"


def test_a_branch_whose_name_is_a_command_is_only_a_name(clone: Path) -> None:
    ran = make(clone, "compare", BASE="$(touch made)`touch made`")
    assert ran.returncode != 0
    assert "$(touch made)`touch made`: is no revision that Git knows here" in ran.stderr
    assert not (clone / "made").exists()


def test_the_cheap_check_fails_with_a_sentence(clone: Path) -> None:
    ran = make(clone, "locked")
    assert ran.returncode != 0
    assert ran.stdout == (
        "dvc.lock: no such file, as before the first run; make repro, then commit dvc.lock and reports\n"
    )

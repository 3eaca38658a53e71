"""Locked: what has left dvc.lock behind is named, in a clone without data."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from plumbline.errors import InputError
from plumbline.locked import find_stale
from tests import project

PIPELINE = """\
stages:
  ingest:
    cmd: cp data/raw/table.csv data/examples.csv; cp code/ingest.py reports/ingest.json
    deps:
      - data/raw/table.csv
      - code/ingest.py
    outs:
      - data/examples.csv
    metrics:
      - reports/ingest.json:
          cache: false
  train:
    cmd: cp data/examples.csv models.csv
    deps:
      - data/examples.csv
      - code/folder
    params:
      - train.epochs
    outs:
      - models.csv
"""
CURE = "make repro, then commit dvc.lock and reports"


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a source that DVC keeps, run once and committed."""
    folder = tmp_path_factory.mktemp("origin") / "project"
    for name in ("data/raw", "code/folder", "reports"):
        (folder / name).mkdir(parents=True)
    with project.inside(folder):
        Path("dvc.yaml").write_text(PIPELINE)
        Path("params.yaml").write_text("train: {epochs: 3, other: 1}\n")
        Path("data/raw/table.csv").write_text("x\n1\n")
        Path("code/ingest.py").write_text("1\n")
        Path("code/folder/model.py").write_text("2\n")
        run("git", "init", "-q")
        for command in (["init", "-q"], ["add", "-q", "data/raw/table.csv"], ["repro", "-q"]):
            run(sys.executable, "-m", "dvc", *command)
        run("git", "add", "-A")
        run("git", "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "run")
    return folder


@pytest.fixture
def _in_clone(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("git", "clone", "-q", str(origin), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    assert not Path("data/raw/table.csv").exists()


def change(path: str, old: str, new: str) -> Callable[[], None]:
    def do() -> None:
        text = Path(path).read_text()
        assert old in text
        Path(path).write_text(text.replace(old, new))

    return do


def first_hash(path: str) -> str:
    return Path(path).read_text().partition("md5: ")[2][:32]


def another_source() -> None:
    change("data/raw/table.csv.dvc", first_hash("data/raw/table.csv.dvc"), "d" * 32)()


CHANGES: list[tuple[Callable[[], None], list[str]]] = [
    (lambda: None, []),
    (change("params.yaml", "other: 1", "other: 2"), []),
    (change("code/ingest.py", "1", "2"), ["stage ingest is behind: code/ingest.py is modified"]),
    (change("code/folder/model.py", "2", "3"), ["stage train is behind: code/folder is modified"]),
    (change("params.yaml", "epochs: 3", "epochs: 4"), ["stage train is behind: params.yaml: train.epochs is modified"]),
    (change("dvc.yaml", "cmd: cp data/ex", "cmd: cp  data/ex"), ["stage train is behind: its command is changed"]),
    (change("reports/ingest.json", "1", "2"), ["stage ingest is behind: reports/ingest.json is modified"]),
    (lambda: Path("reports/ingest.json").unlink(), ["stage ingest is behind: reports/ingest.json is deleted"]),
    (lambda: Path("code/ingest.py").unlink(), ["stage ingest is behind: code/ingest.py is deleted"]),
    (lambda: shutil.rmtree("code/folder"), ["stage train is behind: code/folder is deleted"]),
    (another_source, ["stage ingest is behind: data/raw/table.csv is another than the one that was made"]),
    (lambda: Path("dvc.lock").unlink(), ["no such file, as before the first run"]),
]


@pytest.mark.parametrize(
    ("do", "said"), CHANGES, ids=[" ".join(said) or f"nothing {i}" for i, (_, said) in enumerate(CHANGES)]
)
def test_what_has_left_the_lock_behind_is_named(_in_clone: None, do: Callable[[], None], said: list[str]) -> None:
    do()
    assert find_stale() == [f"dvc.lock: {sentence}; {CURE}" for sentence in said]


def test_a_lock_whose_stages_do_not_fit_together_is_found(_in_clone: None) -> None:
    """As after a merge that took one stage from each branch."""
    text = Path("dvc.lock").read_text()
    before, stage, after = text.partition("  train:")
    made = before.partition("path: data/examples.csv")[2].partition("md5: ")[2][:32]
    Path("dvc.lock").write_text(before + stage + after.replace(made, "d" * 32, 1))
    assert find_stale() == [
        f"dvc.lock: stage train is behind: data/examples.csv is another than the one that was made; {CURE}"
    ]


def test_a_lock_with_conflicts_is_one_sentence(_in_clone: None) -> None:
    Path("dvc.lock").write_text(f"<<<<<<< HEAD\n{Path('dvc.lock').read_text()}=======\n>>>>>>> other\n")
    with pytest.raises(InputError) as caught:
        find_stale()
    assert str(caught.value) == "dvc status: './dvc.lock' is invalid (possible merge conflicts)."


def test_a_pipeline_that_dvc_cannot_read_is_one_sentence(_in_clone: None) -> None:
    change("dvc.yaml", "- code/ingest.py", "- ${nothing}")()
    with pytest.raises(InputError) as caught:
        find_stale()
    assert str(caught.value) == (
        "dvc status: failed to parse 'stages.ingest.deps' in 'dvc.yaml': Could not find 'nothing'"
    )

"""A source that clones and experiments would miss is told, in a sentence that says what keeps it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from plumbline.tracking import find_gaps
from tests import project

LOST = "so that clones and experiments will miss it"


@pytest.fixture(autouse=True)
def _in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    subprocess.run(["git", "init", "-q"], check=True)


def write(path: str, content: str = "") -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(content)
    return path


def test_a_source_that_nothing_keeps_is_told() -> None:
    source = write("data/raw/x.csv")
    assert find_gaps(source) == [f"{source}: is kept by neither Git nor DVC, {LOST}; `dvc add {source}` keeps it"]


def test_a_source_in_git_is_kept() -> None:
    subprocess.run(["git", "add", write("x.csv"), write("folder/a.csv")], check=True)
    assert find_gaps("x.csv") == find_gaps("folder") == find_gaps("./x.csv") == []


@pytest.mark.parametrize("note", ["data/raw/x.csv.dvc", "data/raw.dvc", "data.dvc"])
def test_a_source_in_dvc_is_kept(note: str) -> None:
    source = write("data/raw/x.csv")
    write(note)
    assert find_gaps(source) == []


def test_what_a_stage_writes_is_kept() -> None:
    write("dvc.lock", "stages:\n  fetch:\n    cmd: x\n    outs:\n    - path: data/raw\n      md5: a\n")
    assert find_gaps(write("data/raw/x.csv")) == []
    assert len(find_gaps(write("data/other.csv"))) == 1


def test_a_source_outside_is_told() -> None:
    source = write("../x.csv")
    assert find_gaps(source) == [
        f"{source}: lies outside of the repository, {LOST}; "
        f"`dvc import-url {source} data/raw/x.csv` copies it in and remembers where it came from"
    ]
    assert find_gaps(str(Path(source).resolve()))[0].startswith(f"{Path(source).resolve()}: lies outside of")


def test_an_absolute_path_inside_is_told() -> None:
    source = str(Path(write("x.csv")).absolute())
    assert find_gaps(source) == [f"{source}: is an absolute path, {LOST}; write it relative to the project's folder"]


def test_without_git_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write("x.csv")
    with monkeypatch.context() as without:
        without.setenv("PATH", "")
        assert find_gaps(source) == []
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert find_gaps(source) == []


def test_what_says_something_of_the_place_is_printed_and_never_written(
    in_project: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    in_project(project.number_table(), **{"ingest.source": "table.csv"})
    subprocess.run(["git", "init", "-q"], check=True)
    Path("table.csv").write_text(",a,y\n" + "".join(f"{i * i % 83},{i * 7 % 31},{i % 5}\n" for i in range(50)))
    project.run("ingest")
    note = "table.csv: line 1: column 1 has no name and is called 'unnamed'"
    gap = f"table.csv: is kept by neither Git nor DVC, {LOST}; `dvc add table.csv` keeps it"
    assert capsys.readouterr().out.splitlines()[1:] == [f"ingest: {note}", f"ingest: {gap}"]
    report = Path("reports/ingest.json").read_text()
    assert (json.loads(report)["notes"], "neither Git nor DVC" in report) == ([note], False)

"""Fixtures: projects in temporary folders; the switches that make bits repeat are on before numpy is imported."""

from plumbline.reproducible import switch_on

switch_on("everywhere", threads=1)

import os  # noqa: E402
import shutil  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import polars as pl  # noqa: E402
import pytest  # noqa: E402

from tests import databases, project  # noqa: E402

Make = Callable[..., Path]


@pytest.fixture
def in_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """A function that makes a project of a table and changed keys, and makes it the current folder."""

    def make(table: pl.DataFrame, **changes: Any) -> Path:
        folder = project.make_project(tmp_path / "project", table, **changes)
        monkeypatch.chdir(folder)
        return folder

    return make


def _finished(folder: Path, table: pl.DataFrame, **changes: Any) -> Path:
    project.make_project(folder, table, **changes)
    with project.inside(folder):
        project.run(*project.STAGES)
    return folder


@pytest.fixture(scope="session")
def finished_mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose six stages have run: classes from every column type. Copy it before changing anything."""
    folder = tmp_path_factory.mktemp("mixed") / "project"
    return _finished(folder, project.mixed_table().drop("amount"), **{"ingest.target": "kind"})


@pytest.fixture
def in_finished_mixed(finished_mixed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of `finished_mixed` as the current folder."""
    folder = tmp_path / "project"
    shutil.copytree(finished_mixed, folder)
    monkeypatch.chdir(folder)
    yield folder


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What git, dvc and stages find around them: this interpreter, a name for commits, no home."""
    home = tmp_path_factory.mktemp("home")
    names = {f"GIT_{role}_{what}": "test@localhost" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {"HOME": str(home), "PATH": path, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(home), **names}


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server, empty but for what tests put in."""
    with databases.running_postgres() as url:
        yield url


@pytest.fixture
def in_scratch_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder as the current one, with a folder scratch for readers' intermediate files."""
    monkeypatch.chdir(tmp_path)
    Path("scratch").mkdir()

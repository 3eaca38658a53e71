"""Locks: one process at a time, and dvc's own lock file after dvc was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from plumbline import locks
from tests.project import ROOT


def test_a_lock_that_is_held_names_its_holder(tmp_path: Path) -> None:
    with locks.held(tmp_path / "lock", "train 1"), pytest.raises(locks.BusyError, match="train 1"):
        locks._lock(tmp_path / "lock")
    with locks.held(tmp_path / "lock", "train 2"):
        assert (tmp_path / "lock").read_text() == "train 2"


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from plumbline import locks\n"
    code += "with locks.held(Path(sys.argv[1]), 'it'): os.kill(os.getpid(), 9)"
    ended = subprocess.run([sys.executable, "-c", code, str(tmp_path / "lock")], cwd=ROOT, check=False)
    assert ended.returncode == -9
    with locks.held(tmp_path / "lock", "another"):
        assert (tmp_path / "lock").read_text() == "another"


@pytest.mark.parametrize("torn", ["", '{"data/split": {"wri'])
def test_a_lock_file_that_dvc_left_half_written_is_removed(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "rwlock"
    path.write_text(torn)
    assert locks.mend_dvc_lock(path)
    assert not path.exists()


def test_a_whole_lock_file_of_dvc_stays(tmp_path: Path) -> None:
    path = tmp_path / "rwlock"
    assert not locks.mend_dvc_lock(path)
    path.write_text("{}")
    assert not locks.mend_dvc_lock(path)
    assert path.read_text() == "{}"

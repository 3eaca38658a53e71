"""Clones of the last commit in a scratch folder: one with the recorded artifacts, one to be run again."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plumbline.errors import InputError
from plumbline.tracking import run_git
from plumbline.wording import in_line, listed
from plumbline.yaml12 import read_yaml

LOCK = Path("dvc.lock")

_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")  # would turn git away from the clone


@dataclass(frozen=True)
class Clones:
    """`recorded` holds the commit's artifacts as far as they are at hand, `rerun` is to be run again."""

    recorded: Path
    rerun: Path
    scratch: Path

    def stages(self) -> list[str]:
        """Names of the stages of dvc.yaml, in its order."""
        return list(read_yaml(self.recorded / "dvc.yaml")["stages"])

    def lock(self) -> dict[str, Any]:
        """The stages of the committed dvc.lock."""
        stages: dict[str, Any] = read_yaml(self.recorded / LOCK)["stages"]
        return stages

    def rerun_lock(self) -> dict[str, Any]:
        """The stages of dvc.lock after the rerun."""
        stages: dict[str, Any] = read_yaml(self.rerun / LOCK)["stages"]
        return stages

    def run_dvc(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the dvc of this interpreter in a folder."""
        return self._run([sys.executable, "-m", "dvc", *arguments], folder)

    def run_git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run git in the project's folder, as if no hook had called."""
        return self._run(["git", *arguments], Path())

    def _run(self, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=folder, env=self.variables(), capture_output=True, text=True, check=False)

    def variables(self) -> dict[str, str]:
        """Environment variables: `python` is this interpreter, and DVC keeps its notes in the scratch folder."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        others = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
        return {**others, "PATH": path, "DVC_SITE_CACHE_DIR": str(self.scratch / "site")}


def name_uncommitted() -> str | None:
    """A sentence on what of the workspace is not committed and so not verified; None where all is."""
    lines = (run_git("status", "--porcelain", "--", ".") or "").splitlines()
    order = (str(LOCK), "params.yaml", "dvc.yaml")  # these say what a run is
    paths = sorted((line[3:] for line in lines), key=lambda path: order.index(path) if path in order else len(order))
    return f"not verified, since not committed: {listed(paths, 5)}" if paths else None


def clone_commit(scratch: Path) -> Clones:
    """Clone the last commit twice, and check out what DVC's cache has of it; InputError where there is none."""
    root, prefix = run_git("rev-parse", "--show-toplevel"), run_git("rev-parse", "--show-prefix")
    if root is None or prefix is None:
        raise InputError("verify: this folder is in no Git repository; verify reruns what is committed")
    if run_git("rev-parse", "--verify", "HEAD") is None:
        raise InputError("verify: the repository has no commit yet; commit the project with its dvc.lock first")
    if run_git("cat-file", "-e", f"HEAD:./{LOCK}") is None:
        raise InputError(f"{LOCK}: is not in the last commit; run `dvc repro` and commit what it makes")
    folder = prefix.strip("\n")
    clones = Clones(scratch / "recorded" / folder, scratch / "rerun" / folder, scratch)
    for name in ("recorded", "rerun"):
        cloned = clones.run_git("clone", "--quiet", root.strip("\n"), str(scratch / name))
        if cloned.returncode:
            raise InputError(f"{scratch / name}: git cannot clone the repository there: {in_line(cloned.stderr)}")
    cache = clones.run_dvc(Path(), "cache", "dir").stdout.strip()
    for place in (clones.recorded, clones.rerun):
        clones.run_dvc(place, "config", "--local", "cache.dir", cache)
    clones.run_dvc(clones.recorded, "config", "--local", "cache.type", "symlink,copy")  # it is only looked at
    clones.run_dvc(clones.recorded, "checkout", "--allow-missing")
    _borrow(clones)
    return clones


def _borrow(clones: Clones) -> None:
    """Link to the workspace's artifacts where the cache lacks them and they are the recorded ones to the byte."""
    for stage in clones.lock().values():
        for out in stage.get("outs", []):
            here, there = Path(out["path"]).absolute(), clones.recorded / out["path"]
            if not there.exists() and here.exists() and _hash(here) == out["md5"]:
                there.parent.mkdir(parents=True, exist_ok=True)
                there.symlink_to(here)


def _hash(path: Path) -> str:
    """The MD5 that dvc.lock gives a file, or a folder by its list of files."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    files = {file.relative_to(path).parts: file for file in path.rglob("*") if file.is_file()}
    entries = [{"md5": _hash(files[parts]), "relpath": "/".join(parts)} for parts in sorted(files)]
    return hashlib.md5(json.dumps(entries).encode(), usedforsecurity=False).hexdigest() + ".dir"

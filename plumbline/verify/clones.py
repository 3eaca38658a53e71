"""Clones of the last commit in a scratch folder: one with the recorded artifacts, one to be run again."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
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

    @cached_property
    def stages(self) -> list[str]:
        """Names of the stages of dvc.yaml, in its order."""
        return list(read_yaml(self.recorded / "dvc.yaml")["stages"])

    @cached_property
    def lock(self) -> dict[str, Any]:
        """The stages of the committed dvc.lock."""
        stages: dict[str, Any] = read_yaml(self.recorded / LOCK)["stages"]
        return stages

    @cached_property
    def rerun_lock(self) -> dict[str, Any]:
        """The stages of dvc.lock after the rerun, not before."""
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
    lines = (run_git("--no-optional-locks", "status", "--porcelain", "--", ".") or "").splitlines()
    order = (str(LOCK), "params.yaml", "dvc.yaml")  # these say what a run is
    paths = sorted((line[3:] for line in lines), key=lambda path: order.index(path) if path in order else len(order))
    return f"not verified, since not committed: {listed(paths, 5)}" if paths else None


def clone_commit(scratch: Path) -> Clones:
    """Clone the last commit twice, as Git has it; InputError where there is none, or nothing was run in it."""
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
    return clones


def check_out(clones: Clones) -> None:
    """Put the artifacts that are at hand into `recorded`; both clones take from the workspace's DVC cache."""
    cache = clones.run_dvc(Path(), "cache", "dir")
    if cache.returncode:
        raise InputError(f"dvc cache dir: {complaint(cache)}")
    folder = cache.stdout.strip()
    _set_cache(clones.rerun, f'dir = "{folder}"')
    _set_cache(clones.recorded, f'dir = "{folder}"', "type = symlink,copy")  # no copies of what is only looked at
    clones.run_dvc(clones.recorded, "checkout", "--allow-missing")
    for stage in clones.lock.values():
        for out in stage.get("outs", []):
            _complete(clones.recorded / out["path"], Path(out["path"]).absolute(), out["md5"])


def _set_cache(clone: Path, *lines: str) -> None:
    (clone / ".dvc" / "config.local").write_text("\n".join(["[cache]", *lines, ""]), encoding="utf-8")


def _complete(recorded: Path, here: Path, md5: str) -> None:
    """Take away links to what the cache lacks; link to the workspace's artifact where it is the recorded one."""
    parts = [recorded, *recorded.rglob("*")]
    if any(part.is_symlink() and not part.exists() for part in parts):
        shutil.rmtree(recorded) if recorded.is_dir() else recorded.unlink()
    if not recorded.exists() and here.exists() and _hash(here) == md5:
        recorded.parent.mkdir(parents=True, exist_ok=True)
        recorded.symlink_to(here)


def complaint(ended: subprocess.CompletedProcess[str]) -> str:
    """What a failed dvc command says, in one line."""
    said = (ended.stderr or ended.stdout).strip().rpartition("ERROR: ")[2]
    return in_line(" ".join(line.strip() for line in said.splitlines() if not line.startswith("<https://")))


def _hash(path: Path) -> str:
    """The MD5 that dvc.lock gives a file, or a folder by its list of files."""
    if path.is_file():
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    files = {file.relative_to(path).parts: file for file in path.rglob("*") if file.is_file()}
    entries = [{"md5": _hash(files[parts]), "relpath": "/".join(parts)} for parts in sorted(files)]
    return hashlib.md5(json.dumps(entries).encode(), usedforsecurity=False).hexdigest() + ".dir"

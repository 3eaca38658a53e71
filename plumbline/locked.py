"""Whether dvc.lock is in step with code and params: a check that needs no data, only what Git keeps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from plumbline import paths
from plumbline.errors import InputError
from plumbline.tracking import run_git
from plumbline.wording import in_line, listed

_CURE = "make repro, then commit dvc.lock and reports"
_ABSENT = ("deleted", "not in cache")  # what DVC says of data that a clone does not have


def find_stale() -> list[str]:
    """A sentence for each stage that code, params, reports or data in the folder have left behind.

    `dvc repro --dry --allow-missing` would ask the same, but takes a lost module or report for absent data, and ends in
    an error at the first stage that would run, because it wants to hash the data of those behind it.
    """
    if not paths.LOCK.exists():
        return [f"{paths.LOCK}: no such file, as before the first run; {_CURE}"]
    causes = {stage: _causes(entries) for stage, entries in _ask_dvc().items() if not stage.endswith(".dvc")}
    lock = yaml.safe_load(paths.LOCK.read_text(encoding="utf-8"))  # which DVC could read
    for stage, path in _find_mismatches(lock["stages"]):
        causes.setdefault(stage, []).append(f"{path} is another than the one that was made")
    return [
        f"{paths.LOCK}: stage {stage} is behind: {listed(found, 5)}; {_CURE}"
        for stage, found in causes.items()
        if found
    ]


def _ask_dvc() -> dict[str, list[Any]]:
    """For each stage what DVC sees changed; InputError with its own words where dvc.yaml cannot be read."""
    ended = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "--json"], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        first = ended.stderr.strip().partition("\n")[0]
        raise InputError(f"dvc status: {in_line(first.removeprefix('ERROR: '))}")
    found: dict[str, list[Any]] = json.loads(ended.stdout)
    return found


def _causes(entries: list[Any]) -> list[str]:
    """What was changed of a stage: paths, keys of params.yaml, its command; absent data is no change."""
    found = []
    for entry in entries:
        if isinstance(entry, str):
            found.append({"changed command": "its command is changed"}.get(entry, entry))
            continue
        for path, how in [item for changed in entry.values() for item in changed.items()]:
            if isinstance(how, dict):
                found += [f"{path}: {key} is {word}" for key, word in how.items()]
            elif how not in _ABSENT or _is_in_git(path):
                found.append(f"{path} is {how}")
    return found


def _is_in_git(path: str) -> bool:
    """Whether Git keeps a file, or something in a folder, there or not."""
    return bool(run_git("ls-files", "--", path))


def _find_mismatches(lock: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (stage, path) where the lock says that a stage read other data than a stage, or `dvc add`, has made."""
    made = {out["path"]: out["md5"] for stage in lock.values() for out in stage.get("outs", [])} | dict(_added())
    for name, stage in lock.items():
        for dep in stage["deps"]:
            if made.get(dep["path"], dep["md5"]) != dep["md5"]:
                yield name, dep["path"]


def _added() -> Iterator[tuple[str, str]]:
    """Yield path and hash of what `dvc add` and `dvc import-url` keep."""
    for line in (run_git("ls-files", "--", "*.dvc") or "").splitlines():
        for out in yaml.safe_load(Path(line).read_text(encoding="utf-8")).get("outs", []):
            yield Path(os.path.normpath(Path(line).parent / out["path"])).as_posix(), out["md5"]

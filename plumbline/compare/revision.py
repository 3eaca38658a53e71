"""A revision: what Git, or the workspace, has of a run – its metrics, its parameters and its dvc.lock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plumbline import paths
from plumbline.errors import InputError
from plumbline.metrics import Metrics
from plumbline.tracking import run_git
from plumbline.yaml12 import parse

WORKSPACE = "workspace"


@dataclass(frozen=True)
class Revision:
    """A run by its name, with the content of metrics.json, params.yaml and dvc.lock (empty where there is none)."""

    name: str
    metrics: Metrics
    params: dict[str, Any]
    lock: dict[str, Any]


def read_revision(name: str | None) -> Revision:
    """A revision of Git, or the workspace where the name is None; InputError where there is no such run."""
    shown, commit = name or WORKSPACE, None if name is None else _find_commit(name)
    metrics, params, lock = (_read(commit, path) for path in (paths.METRICS, paths.PARAMS, paths.LOCK))
    if metrics is None or params is None:
        lacked = paths.METRICS if metrics is None else paths.PARAMS
        right = (
            "a revision of this project is needed that was run and committed" if commit else "run `make repro` first"
        )
        raise InputError(f"{shown}: has no {lacked}; {right}")
    return Revision(
        shown,
        _parse_metrics(metrics, shown),
        _parse_mapping(params, f"{shown}: {paths.PARAMS}:"),
        _parse_mapping(lock, f"{shown}: {paths.LOCK}:") if lock else {},
    )


def have_same_examples(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether two dvc.lock say that runs were tested on the same examples.

    The encoded test examples have the same hash; or the stage split had the same code and data and differs in nothing
    but `columns`, which says how examples are encoded, not where they are put.
    """
    old, new = (lock.get("stages", {}).get("split") for lock in (before, after))
    if old is None or new is None:
        return False
    encoded = [{out["path"]: out["md5"] for out in stage["outs"]}.get(paths.TEST.as_posix()) for stage in (old, new)]
    return encoded[0] == encoded[1] is not None or _division(old) == _division(new)


def _division(split: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """What decides where an example is put: hashes of the stage's deps, and its params without `columns`."""
    read = split["params"][paths.PARAMS.as_posix()]
    deps = {dep["path"]: dep["md5"] for dep in split["deps"]}
    return deps, {key: value for key, value in read.items() if key != "columns"}


def _find_commit(name: str) -> str:
    commit = run_git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit is None:
        right = "name a branch, a tag or a commit, as main or HEAD~1; `git fetch` brings those of the remote"
        raise InputError(f"{name}: is no revision that Git knows here; {right}")
    return commit.strip()


def _read(commit: str | None, path: Path) -> str | None:
    """The text of a file of this project, by its path from the project's folder; None where it is not there."""
    if commit is not None:
        return run_git("show", f"{commit}:./{path.as_posix()}")
    return path.read_text(encoding="utf-8") if path.exists() else None


def _parse_metrics(text: str, name: str) -> Metrics:
    try:
        metrics = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(f"{name}: {paths.METRICS}: line {error.lineno}: {error.msg}") from None
    if not isinstance(metrics, dict) or not isinstance(metrics.get("test"), dict):
        raise InputError(f"{name}: {paths.METRICS}: holds no test metrics; it should be as the stage evaluate wrote it")
    return metrics


def _parse_mapping(text: str, place: str) -> dict[str, Any]:
    content = parse(text, place)
    if not isinstance(content, dict):
        raise InputError(f"{place} holds no keys")
    return content

"""Whether Git or DVC keeps a source: what neither does is missing in clones and in experiments' copies."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import yaml


def find_gaps(source: str) -> list[str]:
    """A sentence where clones and experiments lack a source, to be printed only: it says something of this place.

    None outside of a Git repository, which nobody clones, or without Git.
    """
    path = Path(os.path.normpath(source))
    root = run_git("rev-parse", "--show-toplevel")
    if root is None:
        return []
    lost = "clones and experiments will miss it"
    if not Path(os.path.abspath(path)).is_relative_to(os.path.realpath(root.strip())):  # noqa: PTH100 - links into DVC's cache stay
        keep = f"`dvc import-url {source} data/raw/{path.name}` copies it in and remembers where it came from"
        return [f"{source}: lies outside of the repository, so that {lost}; {keep}"]
    if path.is_absolute():
        return [f"{source}: is an absolute path, so that {lost}; write it relative to the project's folder"]
    if _is_in_dvc(path) or run_git("ls-files", "--", str(path)):
        return []
    return [f"{source}: is kept by neither Git nor DVC, so that {lost}; `dvc add {source}` keeps it"]


def run_git(*arguments: str) -> str | None:
    """What git prints; None where it fails or is not there."""
    try:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def _is_in_dvc(path: Path) -> bool:
    """Whether a .dvc file lies beside the path or a folder above, or a stage writes it."""
    above = [path, *path.parents]
    return any(Path(f"{place}.dvc").is_file() for place in above if place.name) or not _stage_outs().isdisjoint(above)


def _stage_outs() -> set[Path]:
    """What stages have written, by dvc.lock."""
    lock = Path("dvc.lock")
    if not lock.is_file():
        return set()
    stages = (yaml.safe_load(lock.read_text(encoding="utf-8")) or {}).get("stages", {})
    return {Path(out["path"]) for stage in stages.values() for out in stage.get("outs", [])}

"""Artifacts of two runs side by side: same bytes, same numbers within a tolerance, or changed, file by file."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from plumbline.verify.clones import Clones
from plumbline.verify.differences import Item, compare_files
from plumbline.wording import counted

BYTES, NUMBERS, CHANGED, MISSING, EXTRA = "same bytes", "same numbers", "changed", "missing", "extra"
UNKNOWN = "changed (recorded bytes not at hand)"


@dataclass(frozen=True)
class File:
    """One file of an artifact: its path, a verdict, and what differs."""

    path: str
    verdict: str
    items: list[Item] = field(default_factory=list)

    @property
    def deviation(self) -> float:
        """The largest relative deviation of its numbers."""
        return max((item.deviation for item in self.items), default=0.0)


@dataclass(frozen=True)
class Artifact:
    """One output of a stage: a file, or a folder with the files that differ."""

    stage: str
    path: str
    verdict: str
    n_files: int | None
    files: list[File]

    def lines(self) -> Iterator[tuple[str, str, str]]:
        """Stage, artifact and verdict as a table shows them, and a line for each file of a folder that differs."""
        one = self.n_files is None
        yield self.stage, self.path + ("" if one else f" ({counted(self.n_files or 0, 'file')})"), _said(self)
        for file in () if one else self.files:
            yield "", f"  {Path(file.path).relative_to(self.path)}", _said(file)

    @property
    def deviation(self) -> float:
        """The largest relative deviation among its files."""
        return max((file.deviation for file in self.files), default=0.0)


def compare_artifacts(clones: Clones, stages: list[str], tolerance: float) -> list[Artifact]:
    """Every output of the stages, in dvc.lock's order: recorded against rerun."""
    recorded, rerun = clones.lock, clones.rerun_lock
    found = []
    for stage in stages:
        before, after = (
            {out["path"]: out for out in lock.get(stage, {}).get("outs", [])} for lock in (recorded, rerun)
        )
        for path in dict.fromkeys([*before, *after]):
            out = before.get(path) or after[path]
            verdict, files = _verdict(clones, path, before.get(path), after.get(path), tolerance)
            found.append(Artifact(stage, path, verdict, out.get("nfiles"), files))
    return found


def _verdict(
    clones: Clones, path: str, before: dict[str, str] | None, after: dict[str, str] | None, tolerance: float
) -> tuple[str, list[File]]:
    if before is None or after is None:
        return (EXTRA if before is None else MISSING), []
    if before["md5"] == after["md5"]:
        return BYTES, []
    recorded, rerun = clones.recorded / path, clones.rerun / path
    if not recorded.exists():
        return UNKNOWN, []
    files = [file for file in _compare_trees(recorded, rerun, path, tolerance) if file.verdict != BYTES]
    return (NUMBERS if all(file.verdict == NUMBERS for file in files) else CHANGED), files


def _compare_trees(recorded: Path, rerun: Path, path: str, tolerance: float) -> Iterator[File]:
    """Every file of an output, sorted: itself, or those below a folder."""
    if recorded.is_file() and rerun.is_file():
        yield _compare_pair(recorded, rerun, path, tolerance)
        return
    names = sorted({file.relative_to(root) for root in (recorded, rerun) for file in root.rglob("*") if file.is_file()})
    for name in names:
        one, other, shown = recorded / name, rerun / name, f"{path}/{name.as_posix()}"
        if one.exists() and other.exists():
            yield _compare_pair(one, other, shown, tolerance)
        else:
            yield File(shown, MISSING if one.exists() else EXTRA)


def _compare_pair(recorded: Path, rerun: Path, path: str, tolerance: float) -> File:
    if filecmp.cmp(recorded, rerun, shallow=False):
        return File(path, BYTES)
    items = compare_files(recorded, rerun)
    same = all(item.deviation <= tolerance for item in items)
    return File(path, NUMBERS if same else CHANGED, items)


def _said(one: Artifact | File) -> str:
    """A verdict, and of numbers how far they are apart: the largest deviation relative to a column or tensor."""
    return f"{one.verdict} to {one.deviation:.0e}" if one.verdict == NUMBERS and one.deviation else one.verdict


def make_table(artifacts: list[Artifact]) -> str:
    """Stage × artifact × verdict, aligned, a stage's name on its first line only."""
    rows = [("stage", "artifact", "")]
    for i, artifact in enumerate(artifacts):
        (stage, path, verdict), *below = artifact.lines()
        repeated = i and artifacts[i - 1].stage == stage
        rows += [("" if repeated else stage, path, verdict), *below]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}".rstrip() for row in rows)

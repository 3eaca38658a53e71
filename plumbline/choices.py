"""Choices: what params.yaml should say of a table that was looked at, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline.examples import Examples

if TYPE_CHECKING:
    import polars as pl


NEUTRAL: dict[str, Any] = {
    "ingest.columns": {},
    "ingest.formats": {},
    "ingest.missing.values": {},
    "ingest.drop": [],
    "ingest.gather": {},
    "ingest.folder.pattern": None,
    "ingest.csv.names": None,
    "ingest.xlsx.sheet": None,
    "split.leaks.group": None,
    "split.leaks.time": None,
    "task.name": "auto",
    "task.positive": None,
    "task.order": None,
    "task.transform": None,
    "evaluate.gates": {},
}
"""Keys of params.yaml that name what one table has, with the value that suits any table."""


_SLOW = {"image": "images", "audio": "sounds"}  # of which an epoch takes long
_FEW_EPOCHS = 20


@dataclass(frozen=True)
class Chosen:
    """A key of params.yaml, its value and why."""

    key: str
    value: Any
    why: str


def describe_size(report: dict[str, Any]) -> str:
    """Rows and columns that ingest saw."""
    n_rows = report["examples"] + report["set_aside"]["count"]
    return f"{n_rows:,} rows, {len(report['columns'])} columns"


def choose(targets: list[str], report: dict[str, Any], path: Path) -> list[Chosen]:
    """Choices for predicting `targets` of the table that ingest reported on and whose examples lie at `path`."""
    examples = Examples.open(path)
    return [
        _choose_target(report, targets),
        *_choose_split(report, examples),
        *_choose_positive(examples),
        *_choose_epochs(examples),
    ]


def _choose_target(report: dict[str, Any], targets: list[str]) -> Chosen:
    columns = {column["name"]: column for column in report["columns"]}
    why = "; ".join(f"{columns[name]['type']}: {columns[name]['why']}" for name in targets)
    return Chosen("ingest.target", targets if len(targets) > 1 else targets[0], why)


def _choose_split(report: dict[str, Any], examples: Examples) -> list[Chosen]:
    for column in examples.columns:
        if column.role == "split":
            return [
                Chosen("split.name", "given", f"column {column.name!r} says which split each row belongs to"),
                Chosen("split.given.by", column.name, "holds train, val and test"),
            ]
    groups = [finding["column"] for finding in report["findings"] if finding["kind"] == "group"]
    if groups:
        why = f"rows of one {groups[0]!r} stay together, lest the model be tested on what it has learned from"
        by = Chosen("split.stratified_group.by", groups[0], "ids that several rows share")
        return [Chosen("split.name", "stratified_group", why), by]
    kinds = {target.type for target in examples.targets}
    what = "quantiles of the target" if kinds == {"number"} else "classes of the target"
    return [Chosen("split.name", "stratified", f"every split gets its share of the {what}")]


def _choose_positive(examples: Examples) -> list[Chosen]:
    """The rarer of two classes, which is usually the one that matters."""
    counts = [_count_classes(examples.read(target.name)) for target in examples.targets if target.type != "number"]
    two = [count for count in counts if len(count) == 2]
    if len(two) != 1:
        return []
    (rarer, n_rarer), (_, n_other) = two[0]
    share = n_rarer / (n_rarer + n_other)
    return [Chosen("task.positive", rarer, f"the rarer class, {share:.0%} of the examples")]


def _choose_epochs(examples: Examples) -> list[Chosen]:
    """Fewer passes over images and sounds, each of which takes long and tells much."""
    kinds = [column.type for column in examples.features if column.type in _SLOW]
    return [Chosen("train.epochs", _FEW_EPOCHS, f"{_SLOW[kinds[0]]} are learned in few passes")] if kinds else []


def _count_classes(values: pl.Series) -> list[tuple[str, int]]:
    """Classes and their counts, the rarest first; of equals the last in sorted order first."""
    import polars as pl

    counts = values.cast(pl.String).rename("class").value_counts(sort=False).sort("class", descending=True)
    return counts.sort("count", maintain_order=True).rows()

"""Choices: what params.yaml should say of a table that was looked at, each with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline.examples import Column, Examples

if TYPE_CHECKING:
    import polars as pl

_GROUP = re.compile(
    r"(.*[^a-z])?(patient|subject|participant|person|individual|user|customer|client|member|household|family|speaker|group)"
    r"s?[^a-z]*(id|nr|no|num|number|code|key)?",
    re.IGNORECASE,
)
_LEAST_REPEATED, _FEWEST_GROUPS = 1.5, 20  # rows a group has on average; groups


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
    return [_choose_target(report, targets), *_choose_split(examples), *_choose_positive(examples)]


def _choose_target(report: dict[str, Any], targets: list[str]) -> Chosen:
    columns = {column["name"]: column for column in report["columns"]}
    why = "; ".join(f"{columns[name]['type']}: {columns[name]['why']}" for name in targets)
    return Chosen("ingest.target", targets if len(targets) > 1 else targets[0], why)


def _choose_split(examples: Examples) -> list[Chosen]:
    for column in examples.columns:
        if column.role == "split":
            return [
                Chosen("split.name", "given", f"column {column.name!r} says which split each row belongs to"),
                Chosen("split.given.by", column.name, "holds train, val and test"),
            ]
    if group := _find_group(examples):
        why = f"rows that share {group.name!r} stay together, lest the model be tested on what it has learned from"
        return [Chosen("split.name", "stratified_group", why), Chosen("split.stratified_group.by", group.name, why)]
    kinds = {target.type for target in examples.targets}
    what = "quantiles of the target" if kinds == {"number"} else "classes of the target"
    return [Chosen("split.name", "stratified", f"every split gets its share of the {what}")]


def _find_group(examples: Examples) -> Column | None:
    """A column whose name says that rows belong together and whose values repeat often enough."""
    for column in examples.columns:
        if column.role == "feature" and _GROUP.fullmatch(column.name):
            values = examples.read(column.name).drop_nulls()
            n_groups = values.n_unique()
            if n_groups >= _FEWEST_GROUPS and len(values) / n_groups >= _LEAST_REPEATED:
                return column
    return None


def _choose_positive(examples: Examples) -> list[Chosen]:
    """The rarer of two classes, which is usually the one that matters."""
    counts = [_count_classes(examples.read(target.name)) for target in examples.targets if target.type != "number"]
    two = [count for count in counts if len(count) == 2]
    if len(two) != 1:
        return []
    (rarer, n_rarer), (_, n_other) = two[0]
    share = n_rarer / (n_rarer + n_other)
    return [Chosen("task.positive", rarer, f"the rarer class, {share:.0%} of the examples")]


def _count_classes(values: pl.Series) -> list[tuple[str, int]]:
    """Classes and their counts, the rarest first; of equals the last in sorted order first."""
    import polars as pl

    counts = values.cast(pl.String).rename("class").value_counts(sort=False).sort("class", descending=True)
    return counts.sort("count", maintain_order=True).rows()

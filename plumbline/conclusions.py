"""Conclusions: what importance and slices say, in sentences."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from plumbline import wording

Row = dict[str, Any]
_TEXTS = ("column", "slice", "metric")
_MOST_NAMED = 3
_LONGEST = 60  # characters of a name in a sentence
_WHY_NONE = ": others say the same, or the examples are too few to tell"
ENOUGH = 30
"""Test examples without which a slice is called neither good nor bad."""


def read_rows(path: Path) -> list[Row]:
    """Rows of importance.csv or slices.csv as they were before they were written; none where there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{name: _read(name, value) for name, value in row.items()} for row in csv.DictReader(file)]


def _read(name: str, value: str) -> Any:
    if name in _TEXTS:
        return value
    return value == "True" if name == "is_worse" else float(value)


def describe_importance(rows: list[Row], n_columns: int) -> str:
    """Which columns matter to the model, how that was measured, and how many of `n_columns` were not."""
    names = dict.fromkeys(row["column"] for row in rows)
    sure = [row for row in rows if row["metric"] == rows[-1]["metric"] and row["low"] > 0]
    how = f"shuffled ({rows[0]['repeats']:.0f} times, among {rows[0]['examples']:,.0f} test examples)"
    verb, whose = ("makes", "its") if len(sure) < 2 else ("make", "their")
    tried, metric = wording.counted(len(names), "column"), _spaced(rows[-1]["metric"])
    said = f"{len(sure) or 'None'} of {tried} {verb} {metric} measurably worse"
    named = [f"{_short(row['column'])} by {wording.number(row['importance'])}" for row in sure[:_MOST_NAMED]]
    most = f": {'most of all ' if len(sure) > _MOST_NAMED else ''}{', '.join(named)}" if sure else _WHY_NONE
    left = n_columns - len(names)
    rest = f" {left:,} columns that alone say less about the target were not tried." if left else ""
    return f"{said} when {whose} values are {how}{most}.{rest}"


def describe_slices(rows: list[Row]) -> str:
    """The slices that are worse than chance explains, the worst first; that there is none, where there is none."""
    judged = [row for row in rows if row["examples"] >= ENOUGH]
    worse = [row for row in judged if row["is_worse"]]
    of = f"of {wording.counted(len(judged), 'slice')} with {ENOUGH} test examples or more"
    if not judged:
        return f"No slice has the {ENOUGH} test examples that a verdict needs."
    if not worse:
        return f"None {of} is worse than chance explains."
    metric, whole = _spaced(rows[0]["metric"]), wording.number(rows[0]["whole"])
    verb = "is" if len(worse) == 1 else "are"
    return (
        f"{len(worse):,} {of} {verb} worse than chance explains: "
        f"{'; '.join(name_slice(row) for row in worse[:_MOST_NAMED])}{' …' if len(worse) > _MOST_NAMED else '.'} "
        f"All test examples together have {metric} {whole}."
    )


def name_slice(row: Row) -> str:
    """A slice with its metric, interval and size."""
    ends = f"{wording.number(row['low'])} to {wording.number(row['high'])}"
    said = f"{_spaced(row['metric'])} {wording.number(row['value'])} ({ends})"
    return f"{_short(row['column'])} {_short(row['slice'])}: {said} in {row['examples']:,.0f} examples"


def _spaced(metric: str) -> str:
    return metric.replace("_", " ")


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"

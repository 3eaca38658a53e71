"""Finding: something noticed in the data, in one sentence; the kinds of findings, the most serious first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from plumbline.wording import listed, quoted

Action = Literal["dropped", "missing", "read", "kept", "set aside"]
_NAMED_ROWS = 5
_LINES = 3  # findings of one kind that are printed one by one


@dataclass(frozen=True)
class Kind:
    """What findings of one kind are about, what is done about them, and how to change that."""

    what: str
    done: str
    change: str


_AS_TYPE = "`ingest.columns` can name another type"
_KEEPS = "a type in `ingest.columns` keeps it"
_LEAVES_OUT = "`ingest.drop` leaves it out"
_OTHERWISE = "`ingest.missing.values` can say otherwise"
_MEND = "mend the source to change it"

KINDS = {
    "broken": Kind("images, texts or the like that cannot be read", "set aside, or the stage ends", "`ingest.broken`"),
    "leak": Kind("says nearly all about the target", "kept", _LEAVES_OUT),
    "missing tells": Kind("missing where the target is of one class", "kept", _LEAVES_OUT),
    "sorted target": Kind("the file is sorted by the target", "kept", "a `split` that mixes the rows"),
    "unreadable": Kind("values that the column's type cannot read", "count as missing", _AS_TYPE),
    "mixed": Kind("numbers among other texts", "kept as a category", _AS_TYPE),
    "dates": Kind("dates other than ISO, day or month first, several formats", "read", "`ingest.formats` can name one"),
    "missing": Kind("texts as `?`, numbers as -999 that stand for a missing value", "count as missing", _OTHERWISE),
    "suspected missing": Kind("words as `unknown` among categories", "kept as a category", _OTHERWISE),
    "infinity": Kind("infinite numbers", "count as missing", _MEND),
    "number text": Kind("numbers as `1,234`, `$3.50`, `12 %`, `(7)`, `5 kg`", "read as numbers", _AS_TYPE),
    "alike": Kind("values that differ in case or punctuation only", "kept apart", _MEND),
    "id": Kind("another value in each row, or the rows counted", "dropped; a `split` can go by it", _KEEPS),
    "free text": Kind("another text in nearly every row", "dropped", _KEEPS),
    "constant": Kind("one value in every row, or none", "dropped", _KEEPS),
    "copy": Kind("equal to an earlier column", "dropped", _KEEPS),
    "recoded": Kind("each value stands for one of an earlier column", "kept", _LEAVES_OUT),
    "capped": Kind("many rows share the target's largest or smallest value", "kept", _MEND),
    "rare class": Kind("classes of the target with one or two examples", "kept", _MEND),
    "imbalance": Kind("classes of very different sizes", "kept", "`train.class_weights: balanced`"),
    "label noise": Kind("equal features, different classes", "kept", _MEND),
    "duplicate rows": Kind("examples equal to earlier ones", "kept", "`ingest.duplicates: drop` leaves them out"),
    "drift": Kind("the file's first and last quarter differ", "kept", "`split.name` can be time or group"),
    "group": Kind("ids that several rows share", "kept", "`split.name: group` keeps their rows together"),
    "cardinality": Kind("a category of many rare values", "kept", _LEAVES_OUT),
    "near-constant": Kind("one value in 99 % of the rows or more", "kept", _LEAVES_OUT),
}
"""Every kind of finding by its name, the most serious first."""


@dataclass(frozen=True)
class Finding:
    """One thing noticed; `what` is a sentence on where, how many, what is done and how to change it."""

    kind: str
    column: str | None
    count: int
    what: str
    action: Action
    rows: tuple[int, ...] = ()

    def entry(self) -> dict[str, Any]:
        """The finding for reports/ingest.json, with the first of its rows (0-based rows of the source)."""
        found = {"kind": self.kind, "column": self.column, "count": self.count, "action": self.action}
        return found | {"rows": list(self.rows[:_NAMED_ROWS]), "what": self.what}


def by_weight(findings: Iterable[Finding]) -> list[Finding]:
    """The most serious first, else in the order given."""
    return sorted(findings, key=lambda finding: list(KINDS).index(finding.kind))


def noticed(report: dict[str, Any]) -> list[str]:
    """What reports/ingest.json says is to be noticed: the reader's notes, then a sentence for each finding."""
    return [*report["notes"], *lines(report["findings"])]


def lines(entries: list[dict[str, Any]]) -> list[str]:
    """A sentence for each finding of reports/ingest.json; more than three of one kind are one sentence."""
    found = []
    for kind in dict.fromkeys(entry["kind"] for entry in entries):
        same = [entry for entry in entries if entry["kind"] == kind]
        found += [entry["what"] for entry in same] if len(same) <= _LINES else [_sum_up(KINDS[kind], same)]
    return found


def _sum_up(kind: Kind, entries: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(entry["column"] for entry in entries))
    names = listed([quoted(name) for name in columns], 3)
    return f"{len(columns):,} columns, {names}: {kind.what}; {kind.done}; {kind.change}".replace("`", "")

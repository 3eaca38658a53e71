"""Leaks: what val and test rows share with earlier ones, found by checks, told in a sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import adversarial, duplicates, wording
from plumbline.errors import InputError
from plumbline.examples import ROW, in_place_of_contents
from plumbline.overlaps import find_later, find_suspects, group_rows, rows_without
from plumbline.split_words import NAMES

if TYPE_CHECKING:
    from plumbline.duplicates import Index, Pairs
    from plumbline.examples import Column, Examples

Finding = dict[str, Any]
"""kind, severity (leak, warning, note), count, sentence, and up to five `rows` of the source, each beside its twin."""

_NAMED_ROWS = 5
_MANY = 0.01  # share of a split's rows from which near duplicates are a leak, and no warning
_USUAL = 0.5  # share of train rows with an equal from which equal rows are in the table's nature
_CLEAR = 0.55  # a ROC AUC below it is too small to matter, however many rows show it


@dataclass(frozen=True)
class Divided:
    """Examples, the label of each (N,), what the model learns from, and the columns that must not be shared."""

    examples: Examples
    labels: npt.NDArray[np.int8]
    features: tuple[Column, ...]
    group: list[str] | None
    time: str | None
    is_ordered: bool
    """Whether the splits follow each other in time, so that they differ by nature."""

    @property
    def shown(self) -> tuple[Column, ...]:
        """The features as a table's columns: measures in place of images and the like."""
        return in_place_of_contents(self.features, self.examples.columns, "measure")

    @property
    def compared(self) -> tuple[Column, ...]:
        """What says whether rows are equal: keys in place of images and the like."""
        return in_place_of_contents(self.features, self.examples.columns, "key")

    def rows(self, split: int) -> Index:
        """Positions of a split's examples."""
        return np.flatnonzero(self.labels == split)

    def is_earlier(self, split: int) -> npt.NDArray[np.bool_]:
        """Whether an example is in a split before this one: train, or train and val."""
        return (self.labels >= 0) & (self.labels < split)

    def earlier(self, split: int) -> str:
        """Words for a row of the splits before this one."""
        return "train or val row" if split == 2 and (self.labels == 1).any() else "train row"

    @cached_property
    def sources(self) -> Index:
        """Row number in the source of each example."""
        return self.examples.read(ROW).to_numpy()

    def named(self, pairs: Pairs) -> list[list[int]]:
        """Source rows of the first pairs."""
        chosen = [self.sources[rows[:_NAMED_ROWS]] for rows in (pairs.rows, pairs.twins)]
        return np.stack(chosen, axis=1).tolist()


def find_leaks(divided: Divided, generator: np.random.Generator) -> tuple[list[Finding], dict[str, Any]]:
    """All findings, gravest first, and the numbers of every check (null for one that has nothing to look at)."""
    codes = None if divided.group is None else group_rows(divided.examples, divided.group)
    findings, checks = _check_duplicates(divided, generator)
    for name, (found, numbers) in {
        "group": _check_groups(divided, codes),
        "time": _check_time(divided),
        "adversarial": _check_adversarial(divided, codes, int(generator.integers(2**31))),
    }.items():
        findings += found
        checks[name] = numbers
    findings += [] if divided.group else _name_suspects(divided)
    gravity = ("leak", "warning", "note")
    return sorted(findings, key=lambda finding: gravity.index(finding["severity"])), checks


def refuse(findings: list[Finding]) -> None:
    """InputError with one sentence for each leak; warnings and notes pass."""
    if leaks := [finding["sentence"] for finding in findings if finding["severity"] == "leak"]:
        raise InputError("\n".join(f"split: {sentence}" for sentence in leaks))


def _finding(kind: str, severity: str, count: int, sentence: str, rows: list[list[int]]) -> Finding:
    return {"kind": kind, "severity": severity, "count": count, "sentence": sentence, "rows": rows}


def _check_duplicates(divided: Divided, generator: np.random.Generator) -> tuple[list[Finding], dict[str, Any]]:
    """Rows equal to an earlier split's in all features, and those nearly equal to a train row."""
    examples, is_train = divided.examples, divided.labels == 0
    columns = duplicates.compared_columns(examples, divided.compared)
    codes = duplicates.row_codes(examples, columns)
    with_targets = duplicates.row_codes(examples, (*columns, *examples.targets))
    repeated = duplicates.share_repeated(codes[is_train])
    neighbours = duplicates.Neighbours(examples, columns, divided.rows(0), generator)
    findings: list[Finding] = []
    checks: dict[str, Any] = {"duplicates": {}, "near_duplicates": {}, "near_looked_at": {}}
    for split in (1, 2):
        parts = divided.labels == split, divided.is_earlier(split)
        all_equal = duplicates.find_equal(codes, *parts)
        equal = duplicates.drop_chance(all_equal, examples, columns, divided.rows(0))
        alike = duplicates.find_equal(with_targets, *parts).rows
        n_other = len(np.setdiff1d(equal.rows, alike))
        nearest, n_looked_at = neighbours.find(np.setdiff1d(divided.rows(split), all_equal.rows))
        near = duplicates.drop_chance(nearest, examples, columns, divided.rows(0))
        numbers = {"duplicates": len(equal.rows), "near_duplicates": len(near.rows), "near_looked_at": n_looked_at}
        for name, number in numbers.items():
            checks[name][NAMES[split]] = number
        findings += _tell_equal(divided, split, equal, n_other, repeated) if len(equal.rows) else []
        findings += _tell_near(divided, split, near, n_looked_at) if len(near.rows) else []
    return findings, checks


def _tell_equal(divided: Divided, split: int, equal: Pairs, n_other: int, repeated: float) -> list[Finding]:
    count, n_rows = len(equal.rows), len(divided.rows(split))
    what = f"{count:,} of {n_rows:,} {NAMES[split]} rows equal a {divided.earlier(split)} in every feature"
    other = f", {n_other:,} of them with another target" if n_other else ""
    usual = repeated > _USUAL
    why = f"so do {wording.share(repeated)} of the train rows among themselves, as usual where values are few"
    remedy = why if usual else "split.name: hash keeps equal rows together"
    return [
        _finding("duplicates", "warning" if usual else "leak", count, f"{what}{other}; {remedy}", divided.named(equal))
    ]


def _tell_near(divided: Divided, split: int, near: Pairs, n_looked_at: int) -> list[Finding]:
    count = len(near.rows)
    sentence = (
        f"{count:,} of {n_looked_at:,} {NAMES[split]} rows nearly equal a train row: but for case, white space and "
        "last digits; split.name: group keeps together what belongs together"
    )
    severity = "leak" if count >= _MANY * n_looked_at else "warning"
    return [_finding("near_duplicates", severity, count, sentence, divided.named(near))]


def _check_groups(divided: Divided, codes: Index | None) -> tuple[list[Finding], dict[str, Any] | None]:
    """Rows whose group an earlier split has too."""
    if codes is None or divided.group is None:
        return [], None
    findings, checks = list[Finding](), dict[str, Any]()
    for split in (1, 2):
        shared = duplicates.find_equal(codes, divided.labels == split, divided.is_earlier(split))
        checks[NAMES[split]] = count = len(shared.rows)
        if count:
            n_groups = len(np.unique(codes[shared.rows]))
            sentence = (
                f"{count:,} of {len(divided.rows(split)):,} {NAMES[split]} rows have the {_quoted(divided.group)} of "
                f"a {divided.earlier(split)} ({n_groups:,} shared); split.name: group keeps them together"
            )
            findings.append(_finding("group", "leak", count, sentence, divided.named(shared)))
    without = rows_without(divided.examples, divided.group)
    if len(without):
        sentence = f"{len(without):,} rows have no {_quoted(divided.group)}; each counts as a group of its own"
        named = divided.sources[without[:_NAMED_ROWS], None].tolist()
        findings.append(_finding("group", "note", len(without), sentence, named))
    return findings, {"by": divided.group, **checks}


def _check_time(divided: Divided) -> tuple[list[Finding], dict[str, Any] | None]:
    """Train rows from after the first test row."""
    if divided.time is None:
        return [], None
    later = find_later(divided.examples, divided.time, divided.rows(0), divided.rows(2))
    count, n_rows = len(later.rows), len(divided.rows(0))
    sentence = (
        f"{count:,} of {n_rows:,} train rows are later in {divided.time!r} than the first test row; "
        "split.name: time keeps the order"
    )
    findings = [_finding("time", "leak", count, sentence, divided.named(later))] if count else []
    return findings, {"by": divided.time, "train": count}


def _check_adversarial(divided: Divided, codes: Index | None, seed: int) -> tuple[list[Finding], dict[str, Any] | None]:
    """Whether a small model tells train from test rows better than by chance."""
    by_nature = {*(divided.group or ()), divided.time}  # values that the splits do not share
    features = tuple(column for column in divided.shown if column.name not in by_nature)
    told = adversarial.tell_apart(divided.examples, features, divided.labels, codes, seed)
    if told is None or told["auc"] <= max(told["high"], _CLEAR):
        return [], told
    by = f", by {_quoted(told['columns'])}" if told["columns"] else ""
    sentence = (
        f"a small model tells test from train rows with ROC AUC {told['auc']:.2f} (by chance up to "
        f"{told['high']:.2f}){by}; "
    )
    sentence += "the data drift with time" if divided.is_ordered else "test rows are unlike train rows"
    return [_finding("adversarial", "note" if divided.is_ordered else "warning", 0, sentence, [])], told


def _name_suspects(divided: Divided) -> list[Finding]:
    """A note for each column that may name groups which the split has parted."""
    found = []
    for name, codes in find_suspects(divided.examples, divided.shown):
        shared = duplicates.find_equal(codes, divided.labels == 2, divided.labels == 0)
        if count := len(shared.rows):
            sentence = (
                f"{count:,} of {len(divided.rows(2)):,} test rows have a train row's {name!r}; if it names what "
                f"belongs together, set split.name: group, split.group.by: {name}"
            )
            found.append(_finding("suspect", "note", count, sentence, divided.named(shared)))
    return found


def _quoted(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)

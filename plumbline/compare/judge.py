"""Two runs compared: each metric's change, whether chance explains it, and which parameters made it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from plumbline import plugins
from plumbline.compare.changes import Change, find_changes
from plumbline.compare.revision import Revision, have_same_examples
from plumbline.errors import InputError
from plumbline.metrics import key_of, part_of, targets_of

TEST = "test"
Verdict = Literal["better", "worse", "same", "gone", "new", "unjudged"]


@dataclass(frozen=True)
class Row:
    """A metric of two runs. `tolerance` is the change that counts as none; None: what does is not known.

    `decides` says that the verdict of the whole is made of this one.
    """

    part: str
    key: str
    before: float | None
    after: float | None
    greater_is_better: bool | None
    tolerance: float | None
    decides: bool

    @property
    def difference(self) -> float | None:
        """After less before."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def verdict(self) -> Verdict:
        """What the difference means; unjudged where no tolerance, or no task, says so."""
        if self.difference is None:
            return "gone" if self.after is None else "new"
        if self.tolerance is None or self.greater_is_better is None:
            return "unjudged"
        if abs(self.difference) <= self.tolerance:
            return "same"
        return "better" if (self.difference > 0) == self.greater_is_better else "worse"


@dataclass(frozen=True)
class Comparison:
    """Two runs by their names: whether they were tested on the same examples, their metrics, what of params changed."""

    before: str
    after: str
    same_examples: bool
    rows: list[Row]
    changed: list[Change]

    def find(self, verdict: Verdict, decides: bool = True) -> list[str]:
        """Keys of the test metrics with this verdict, of those that decide or of the others."""
        tested = [row for row in self.rows if row.part == TEST and row.decides == decides]
        return [row.key for row in tested if row.verdict == verdict]


@dataclass(frozen=True)
class Rule:
    """How a change is judged.

    `tolerance` is a share of the value before that counts as no change; None: what chance explains does. The main
    metric of each target decides, all test metrics do where `all_decide`: of ten that each leave their interval by
    chance in 5 of 100 runs, one that looks worse is nothing rare.
    """

    tolerance: float | None = None
    all_decide: bool = False

    def allow(self, before: Side, after: Side, name: str, same_examples: bool) -> float | None:
        """The change of a metric that counts as none; None where neither this rule nor an interval tells."""
        if name not in before.values or name not in after.values:
            return None
        if self.tolerance is not None:
            return self.tolerance * abs(before.values[name])
        if before.intervals is None or after.intervals is None:
            return None
        return _by_chance(before, after, name, same_examples)


@dataclass(frozen=True)
class Side:
    """Metrics of one part and target of a run, and their intervals; None where the part has none."""

    values: dict[str, float]
    intervals: dict[str, dict[str, float]] | None

    def reach(self, name: str, up: bool) -> float:
        """How far a metric's interval reaches above or below its value; 0 where the metric has none."""
        interval, value = (self.intervals or {}).get(name), self.values[name]
        if interval is None:
            return 0.0
        return max(0.0, interval["high"] - value if up else value - interval["low"])


def _by_chance(before: Side, after: Side, name: str, same_examples: bool) -> float:
    """The change of a metric that the choice of the test examples explains; not what another seed does to training.

    With a and b, the reaches of the two intervals towards each other, and r, the correlation of the two values, the
    difference is within chance up to sqrt(a² + b² - 2 r a b) (MOVER: Zou and Donner 2008). Of other examples r is 0.
    Of the same ones r is high, since what is hard for one model is so for the other (0.6 to 0.97 between networks, or
    a network and a linear model), and from 1/2 on max(a, b) is no less: one value lies in the interval of the other.
    Either will do, as the interval of a perfect score is a point. Models of unlike kinds on an easy table came to 0.2,
    where 6 of 100 changes by chance look worse; what r is, only predictions tell, which Git does not keep.
    """
    rises = after.values[name] > before.values[name]
    reaches = (before.reach(name, rises), after.reach(name, not rises))
    return max(reaches) if same_examples else math.hypot(*reaches)


def compare(before: Revision, after: Revision, parts: Iterable[str], rule: Rule) -> Comparison:
    """Metrics of the `parts` of metrics.json, and changed params; InputError where the runs share no test metric."""
    if rule.tolerance is not None and not 0 <= rule.tolerance < math.inf:
        raise InputError(f"--tolerance: is {rule.tolerance}, should be a share of the value before, as 0.01")
    same_examples = have_same_examples(before.lock, after.lock)
    targets = dict.fromkeys([*targets_of(after.metrics), *targets_of(before.metrics)])
    rows = [
        row
        for part in parts
        for target in targets
        for row in _compare_part(
            _side(before, part, target), _side(after, part, target), part, target, rule, same_examples
        )
    ]
    if not any(row.decides for row in rows):
        raise InputError(f"{before.name} and {after.name}: have no test metric in common; compare runs of one target")
    return Comparison(before.name, after.name, same_examples, rows, find_changes(before.params, after.params))


def _side(revision: Revision, part: str, target: str | None) -> Side:
    """What a run measured; a target that it lacks has no metrics, and one side's only target is no other's."""
    if target not in targets_of(revision.metrics):
        return Side({}, None)
    intervals = part_of(revision.metrics, "interval", target) if part == TEST else None
    return Side(part_of(revision.metrics, part, target), intervals)


def _compare_part(
    before: Side, after: Side, part: str, target: str | None, rule: Rule, same_examples: bool
) -> Iterator[Row]:
    shared = [name for name in after.values if name in before.values]  # the first metric of a task is its main one
    deciding = [] if part != TEST else shared if rule.all_decide else shared[:1]
    for name in dict.fromkeys([*after.values, *before.values]):
        values = (before.values.get(name), after.values.get(name))
        allowed = rule.allow(before, after, name, same_examples)
        yield Row(part, key_of(part, target, name), *values, _directions().get(name), allowed, name in deciding)


@cache
def _directions() -> dict[str, bool]:
    """Whether more is better, for each metric of any task."""
    return {name: greater for task in plugins.load_all("tasks").values() for name, greater in task.METRICS.items()}

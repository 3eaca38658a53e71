"""How often the values of one column occur: nearly constant, many rare ones, classes of odd sizes, a capped target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from plumbline.findings.finding import Finding
from plumbline.wording import counted, listed, quoted, share

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column
    from plumbline.findings.codes import Codes

_NEARLY_ALL, _LEAST = 0.99, 100
_MANY_VALUES, _FEW_EACH = 50, 5
_RARE, _NAMED = 2, 3
_MAJORITY = 0.9
_UNDER = 10  # times smaller than an even share
_CAPPED, _DISTINCT, _NEIGHBOURS = 0.01, 50, 20
_LEAVE_OUT = "ingest.drop leaves the column out"


def examine_feature(column: Column, values: pl.Series, codes: Codes) -> Iterator[Finding]:
    """Findings on a feature (N,): one value in nearly every row, or a category of many rare values."""
    counts, n = np.bincount(codes), len(codes)
    most = int(counts.argmax())
    if n >= _LEAST and int((counts > 0).sum()) > 1 and counts[most] >= _NEARLY_ALL * n:
        shown = shown_value(values[int(np.argmax(codes == most))])
        others = counted(n - int(counts[most]), "row")
        what = f"column {quoted(column.name)}: is {shown} in all but {others} of {n:,}"
        yield Finding("near-constant", column.name, int(counts[most]), f"{what}; kept; {_LEAVE_OUT}", "kept")
    n_distinct, n_present = len(counts) - 1, n - int(counts[0])
    if column.type == "category" and n_distinct >= _MANY_VALUES and n_present < _FEW_EACH * n_distinct:
        what = (
            f"column {quoted(column.name)}: has {n_distinct:,} different values in {n_present:,} rows, "
            f"{int((counts[1:] == 1).sum()):,} of them once; kept; a value counts from columns.category.min_count rows "
            f"on; {_LEAVE_OUT}"
        )
        yield Finding("cardinality", column.name, n_distinct, what, "kept")


def examine_classes(name: str, values: pl.Series, codes: Codes) -> Iterator[Finding]:
    """Findings on a target of classes (N,): classes of one or two examples, one class nearly everywhere."""
    counts, n = np.bincount(codes)[1:], len(codes)
    order = np.argsort(counts, kind="stable")
    first = [quoted(values[int(np.argmax(codes == code + 1))]) for code in (*order[:_NAMED], order[-1])]
    if rare := int((counts <= _RARE).sum()):
        which = listed(first[: min(rare, _NAMED)] + [""] * (rare - _NAMED), _NAMED)
        what = (
            f"target {quoted(name)}: {'a class has' if rare == 1 else f'{rare:,} classes have'} one or two examples, "
            f"{which}; kept; no split has such a class in all its parts; add examples, or join classes in the source"
        )
        yield Finding("rare class", name, rare, what, "kept")
    largest, smallest = int(counts[order[-1]]), int(counts[order[0]])
    if n >= _LEAST and (largest >= _MAJORITY * n or smallest * _UNDER * len(counts) < n):
        what = (
            f"target {quoted(name)}: {first[-1]} is {share(largest / n)} of the examples, {first[0]} "
            f"{share(smallest / n)}; kept; train.class_weights: balanced gives all classes the same weight"
        )
        yield Finding("imbalance", name, largest, what, "kept")


def examine_numbers(name: str, values: pl.Series, codes: Codes) -> Iterator[Finding]:
    """A finding on a target of numbers (N,) where many rows share the largest or the smallest one but 0."""
    counts = np.bincount(codes)[1:]
    if len(counts) < _DISTINCT:
        return
    ends = {"largest": (len(counts) - 1, counts[-_NEIGHBOURS - 1 : -1]), "smallest": (0, counts[1 : _NEIGHBOURS + 1])}
    for which, (at, near) in ends.items():
        value, n = values[int(np.argmax(codes == at + 1))], int(counts[at])
        if value != 0 and n >= max(_CAPPED * len(codes), 5 * float(near.mean()), 5):
            what = (
                f"target {quoted(name)}: {n:,} of {len(codes):,} rows have its {which} value, "
                f"{value:,.10g}, as if cut off there; kept; a model learns the limit, not what lies beyond it; "
                "a source without these rows leaves them out"
            )
            yield Finding("capped", name, n, what, "kept")


def shown_value(value: object) -> str:
    """One value of a cleaned column in a sentence."""
    if value is None:
        return "missing"
    return f"{value:g}" if isinstance(value, float) else str(value) if isinstance(value, bool) else quoted(value)

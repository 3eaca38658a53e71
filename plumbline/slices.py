"""Slices: the main metric on the test examples that share a value, or a range of values, of one column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from plumbline import evaluation, groups, plugins, wording
from plumbline.conclusions import ENOUGH
from plumbline.evaluation import Result
from plumbline.groups import Positions
from plumbline.tensors import Array

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column

_VALUES, _RANGES = 12, 5  # slices of a column: its most frequent values, or equally full ranges

Row = dict[str, Any]


def measure_slices(
    result: Result, table: pl.DataFrame, features: Sequence[Column], n_resamples: int, confidence: float,
    generator: np.random.Generator,
) -> list[Row]:  # fmt: skip
    """A row per slice of the test examples, whose raw values are in `table`, the worst first.

    `value` is the main metric, `low` and `high` hold it in the bootstrap's resamples. `is_worse` says that a slice of
    at least 30 examples is worse than all examples together by more than chance explains, every slice counted
    (Bonferroni): were no slice worse, at most 1 - confidence of the tables would have one so called.
    """
    whole, of_whole = _measure(result, np.arange(len(table)), n_resamples, generator)
    rows: list[Row] = []
    deviations = []
    for feature in features:
        for name, chosen in cut(table[feature.name].alias(""), feature.type):
            value, resampled = _measure(result, chosen, n_resamples, generator)
            low, high = np.quantile(resampled, ((1 - confidence) / 2, (1 + confidence) / 2)).tolist()
            row: Row = {"column": feature.name, "slice": name, "examples": len(chosen)}
            rows.append(row | {"metric": result.task.MAIN_METRIC, "value": value, "low": low, "high": high})
            by_chance = float(of_whole.std()) * (len(table) / len(chosen)) ** 0.5  # were the slice drawn at random
            deviations.append(max(float(resampled.std()), by_chance))
    sign = 1 if result.task.GREATER_IS_BETTER else -1
    bound = _bound(rows, confidence)
    for row, deviation in zip(rows, deviations, strict=True):
        gap = sign * (whole - row["value"])
        row |= {"whole": whole, "is_worse": row["examples"] >= ENOUGH and gap > 0 and gap > bound * deviation}
    kindest = "high" if sign == 1 else "low"  # even so far as it may be better by chance, the worst is worst
    return sorted(rows, key=lambda row: (row["examples"] < ENOUGH, sign * row[kindest], sign * row["value"]))


def _bound(rows: list[Row], confidence: float) -> float:
    """How many standard deviations tell a slice from chance when all that are judged are looked at."""
    n_judged = sum(row["examples"] >= ENOUGH for row in rows)
    return NormalDist().inv_cdf(1 - (1 - confidence) / max(1, n_judged))


def _measure(result: Result, chosen: Array, n_resamples: int, generator: np.random.Generator) -> tuple[float, Array]:
    """The main metric of the chosen test examples, and of resamples (R,) of them."""
    part, main, rows = result.of_test(chosen), result.task.MAIN_METRIC, np.arange(len(chosen))[None]
    truth, prediction = part.truth["test"], part.trained["test"]
    once = result.task.resampled_metrics(truth, prediction, result.state, rows)
    return float(once[main][0]), evaluation.resample(result.target, truth, prediction, n_resamples, generator)[main]


def cut(values: pl.Series, kind: str) -> Iterator[tuple[str, Array]]:
    """Names of a column's slices and the places (n,) of their examples; a column of one value has none."""
    positions = plugins.load("columns", kind).positions(values)
    n_ranges = int(np.clip(len(values) // ENOUGH, 2, _RANGES))
    found = groups.by_value(values, _VALUES) if positions is None else groups.by_quantile(positions, n_ranges)
    members = [np.flatnonzero(found.codes == code) for code in range(len(found.labels))]
    if sum(len(chosen) > 0 for chosen in members) < 2:
        return
    for code, chosen in enumerate(members):
        if len(chosen):
            is_range = positions is not None and code < found.n_values
            yield _range(positions[chosen]) if is_range else found.labels[code], chosen
    if groups.MISSING in found.labels and len(known := np.flatnonzero(values.is_not_null().to_numpy())):
        yield "(known)", known


def _range(positions: Positions) -> str:
    low, high = positions.min(), positions.max()
    if positions.dtype.kind == "f":
        ends = [wording.number(float(end)).replace(",", "") for end in (low, high)]  # 2007 may be a year
    else:
        ends = np.datetime_as_string(np.array([low, high]), unit="D").tolist()
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"

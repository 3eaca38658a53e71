"""Importance: how much worse a model predicts when one column's values are shuffled among the test examples."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from plumbline.evaluate_sections import Importance
from plumbline.evaluation import Result
from plumbline.probe import Probe
from plumbline.tensors import Array

Row = dict[str, Any]

FINER = "log_loss"  # moves with every probability, where the main metric waits for a label to change
_RESAMPLES = 50
_FEWEST_EXAMPLES, _FEWEST_REPEATS = 200, 3  # that a bound on the work leaves


def fit_work(params: Importance, n_columns: int, most_rows: int) -> Importance:
    """`params` with fewer examples, then repeats, then columns, so that at most `most_rows` predictions are made."""
    columns, repeats = min(params.columns, n_columns), params.repeats
    examples = min(params.examples, max(_FEWEST_EXAMPLES, most_rows // (columns * repeats)))
    repeats = min(repeats, max(_FEWEST_REPEATS, most_rows // (columns * examples)))
    columns = min(columns, max(1, most_rows // (examples * repeats)))
    return Importance(repeats=repeats, examples=examples, columns=columns)


def measure_importance(
    probe: Probe, results: list[Result], columns: list[str], repeats: int, confidence: float,
    generator: np.random.Generator,
) -> list[list[Row]]:  # fmt: skip
    """For each target a row per column and metric, strongest column first: permutation importance (Breiman 2001).

    `importance` is how much worse the metric gets, the mean over the shuffles, in the metric's unit; `low` and `high`
    bound it by a bootstrap of the examples. `results` hold the probe's examples as "test".
    """
    n = probe.n_rows
    orders = np.stack([generator.permutation(n) for _ in range(repeats)])  # the same for every column
    weights = _draw_weights(n, generator)
    rows = [_resample_pairs(order, weights) for order in orders]
    before = [[_measure(result, result.trained["test"], pairs) for pairs in rows] for result in results]
    found: list[list[Row]] = [[] for _ in results]
    for column in columns:
        block, index = probe.place(column)
        values = probe.blocks[block][:, index]
        answers = probe.ask(column, values[orders])
        is_constant = bool((values == values[:1]).all())  # no shuffle changes it, but other batches round otherwise
        for place, result in enumerate(results):
            after = [_measure(result, answer, pairs) for answer, pairs in zip(answers[place], rows, strict=True)]
            for metric in before[place][0]:
                sign = -1 if result.greater_is_better(metric) else 1
                pairs_of = zip(after, before[place], strict=True)
                worse = np.mean([sign * (one[metric] - other[metric]) for one, other in pairs_of], axis=0)
                row = {"column": column, "metric": metric, **_bound(0 * worse if is_constant else worse, confidence)}
                found[place].append(row | {"examples": n, "repeats": repeats})
    return [_strongest_first(of_target) for of_target in found]


def _draw_weights(n: int, generator: np.random.Generator) -> Array:
    """How often each of n examples occurs in each resample, (1 + resamples, n); once in the first."""
    return np.vstack([np.ones(n, dtype=np.int64), generator.multinomial(n, np.full(n, 1 / n), _RESAMPLES)])


def _resample_pairs(order: Array, weights: Array) -> Array:
    """Rows (R, n) that hold example i as often as `weights` (R, n) hold both it and the example order[i].

    A shuffled column pairs each example with another's value. Resampled are both: of the one alone, intervals would be
    half as long where that value decides (the bootstrap of a V-statistic, Bickel and Freedman 1981).
    """
    n = len(order)
    pairs = weights * weights[:, order]
    pairs[pairs.sum(1) == 0] = 1  # of a few examples none may be left
    ends = pairs.cumsum(1)
    steps = (np.arange(n) + 0.5) / n
    return np.stack([np.searchsorted(end, steps * end[-1]) for end in ends])


def _measure(result: Result, prediction: Array, rows: Array) -> dict[str, Array]:
    """The main metric, and log loss where the task has it, of each resample in `rows` (R, n)."""
    measured = result.task.resampled_metrics(result.truth["test"], prediction, result.state, rows)
    return {name: measured[name] for name in dict.fromkeys((result.task.MAIN_METRIC, FINER)) if name in measured}


def _bound(worse: Array, confidence: float) -> Row:
    """The importance and its interval from (1 + resamples,), the first of the examples as they are."""
    mean, margin = float(worse[0]), NormalDist().inv_cdf((1 + confidence) / 2) * float(worse[1:].std())
    return {"importance": mean, "low": mean - margin, "high": mean + margin}


def _strongest_first(rows: list[Row]) -> list[Row]:
    """Rows sorted by the importance of their column, by the finest of its metrics."""
    strength = {row["column"]: row["importance"] for row in rows}  # the last metric of a column is the finest
    return sorted(rows, key=lambda row: -strength[row["column"]])

"""Importance: how much worse a model predicts when one column's values are shuffled among the test examples."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np

from plumbline.evaluation import Result
from plumbline.params import Importance
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
    bound it by a bootstrap over both the examples and the shuffles. `results` hold the probe's examples as "test".
    """
    n = probe.n_rows
    orders = np.stack([generator.permutation(n) for _ in range(repeats)])  # the same for every column
    rows = np.vstack([np.arange(n), generator.integers(0, n, (_RESAMPLES, n))])
    picked = generator.integers(0, repeats, (_RESAMPLES, repeats))
    before = [_measure(result, result.trained["test"], rows) for result in results]
    found: list[list[Row]] = [[] for _ in results]
    for column in columns:
        kind, index = probe.place(column)
        values = probe.blocks[kind][:, index]
        answers = probe.ask(column, values[orders])
        for place, result in enumerate(results):
            after = [_measure(result, answer, rows) for answer in answers[place]]
            for metric, measured in before[place].items():
                worse = np.stack([one[metric] for one in after]) - measured
                worse = -worse if result.greater_is_better(metric) else worse
                if (values == values[:1]).all():  # no shuffle changes anything; predictions in other batches round
                    worse[:] = 0
                row = {"column": column, "metric": metric, **_summarise(worse, picked, confidence)}
                found[place].append(row | {"examples": n, "repeats": repeats})
    return [_strongest_first(of_target) for of_target in found]


def _measure(result: Result, prediction: Array, rows: Array) -> dict[str, Array]:
    """The main metric, and log loss where the task has it, of each resample in `rows` (R, n)."""
    measured = result.task.resampled_metrics(result.truth["test"], prediction, result.state, rows)
    return {name: measured[name] for name in dict.fromkeys((result.task.MAIN_METRIC, FINER)) if name in measured}


def _summarise(worse: Array, picked: Array, confidence: float) -> Row:
    """Mean and interval of (repeats, 1 + resamples), whose first column is of the examples as they are."""
    mean = float(worse[:, 0].mean())
    resampled = worse[picked, np.arange(1, worse.shape[1])[:, None]].mean(1)
    margin = NormalDist().inv_cdf((1 + confidence) / 2) * float(resampled.std())
    return {"importance": mean, "low": mean - margin, "high": mean + margin}


def _strongest_first(rows: list[Row]) -> list[Row]:
    """Rows sorted by the importance of their column, by the finest of its metrics."""
    strength = {row["column"]: row["importance"] for row in rows}  # the last metric of a column is the finest
    return sorted(rows, key=lambda row: -strength[row["column"]])

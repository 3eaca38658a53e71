"""Measured quality: metrics beside a baseline with bootstrap intervals, the table of predictions, figures."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import plugins, tensors
from plumbline.network import Recipe
from plumbline.params import Evaluate

if TYPE_CHECKING:
    import polars as pl

Array = npt.NDArray[Any]
Arrays = dict[str, Array]
"""One array for each split by its name."""
Metrics = dict[str, float]

_DRAWN_AT_ONCE = 2**17  # examples


def measure(recipe: Recipe, truth: Array, prediction: Array) -> Metrics:
    """The task's metrics by scikit-learn's names."""
    task = plugins.load("tasks", recipe["task"]["name"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="sklearn")  # a metric that is not defined is left out by the task
        measured: Metrics = task.metrics(truth, prediction, recipe["task"])
    return measured


def measure_all(recipe: Recipe, truth: Arrays, trained: Arrays, untrained: Arrays) -> dict[str, Metrics]:
    """Metrics of test and val, and on test those of the untrained network and of a dummy that knows only train."""
    task = plugins.load("tasks", recipe["task"]["name"])
    dummy = task.baseline(np.asarray(truth["train"]), len(truth["test"]), recipe["task"])
    metrics = {name: measure(recipe, truth[name], trained[name]) for name in sorted(trained)}
    metrics["untrained"] = measure(recipe, truth["test"], untrained["test"])
    metrics["baseline"] = measure(recipe, truth["test"], dummy)
    return metrics


def bootstrap(
    recipe: Recipe, truth: Array, prediction: Array, params: Evaluate, generator: np.random.Generator
) -> dict[str, dict[str, float]]:
    """Percentile intervals of the metrics over resamples of the examples (Efron 1979).

    A metric that some resample leaves undefined has its interval over the others.
    """
    task = plugins.load("tasks", recipe["task"]["name"])
    drawn = [
        task.resampled_metrics(truth, prediction, recipe["task"], rows)
        for rows in _draw_resamples(len(truth), params.bootstrap, generator)
    ]
    tails = ((1 - params.confidence) / 2, (1 + params.confidence) / 2)
    intervals = {}
    for name in drawn[0] if drawn else ():
        values = np.concatenate([part[name] for part in drawn])
        defined = values[~np.isnan(values)]
        if len(defined):
            low, high = np.quantile(defined, tails)
            intervals[name] = {"low": float(low), "high": float(high)}
    return intervals


def _draw_resamples(n_rows: int, n_resamples: int, generator: np.random.Generator) -> Iterator[Array]:
    """Yield rows (R, n_rows) drawn with replacement, `n_resamples` in all, few enough at a time to stay in cache."""
    size = max(1, _DRAWN_AT_ONCE // n_rows)
    for start in range(0, n_resamples, size):
        yield generator.integers(0, n_rows, (min(size, n_resamples - start), n_rows))


def tabulate(
    recipe: Recipe, parts: dict[str, tensors.Blocks], rows: pl.Series, trained: Arrays, untrained: Arrays
) -> pl.DataFrame:
    """predictions.parquet for the splits of `trained`; `rows` are the source's row numbers of all examples."""
    import polars as pl

    task = plugins.load("tasks", recipe["task"]["name"])
    tables = []
    for name, prediction in trained.items():
        position = np.asarray(parts[name][tensors.ROWS])
        columns = {"row": rows.gather(position), "position": position, "split": [name] * len(position)}
        truth = np.asarray(parts[name][tensors.TARGET])
        tables.append(pl.DataFrame(columns | task.table(truth, prediction, untrained[name], recipe["task"])))
    return pl.concat(tables)


def summarise(metrics: dict[str, Metrics]) -> str:
    """The test metrics beside the baseline's, a line each, for the terminal."""
    lines = [f"evaluate: {'test':>34} {'baseline':>12} {'untrained':>12}"]
    for name, value in metrics["test"].items():
        beside = [metrics[other].get(name, float("nan")) for other in ("baseline", "untrained")]
        lines.append(f"  {name:<28} {value:>14.6g} {beside[0]:>12.6g} {beside[1]:>12.6g}")
    return "\n".join(lines)


def draw(recipe: Recipe, truth: Array, trained: Array, untrained: Array, folder: Path) -> None:
    """The task's figures of the test predictions, as PNG and as the CSV behind them."""
    from plumbline import figures

    task = plugins.load("tasks", recipe["task"]["name"])
    drawn, rows = task.draw(truth, trained, untrained, recipe["task"], recipe["target"]["name"])
    for name, figure in drawn.items():
        figures.save(figure, folder / f"{name}.png")
    for name, table in rows.items():
        figures.write_rows(folder / f"{name}.csv", table)


def draw_training(curves: pl.DataFrame, report: dict[str, Any], folder: Path) -> None:
    """The learning curves as a figure."""
    from plumbline import figures, result_figures

    columns = {name: values.to_list() for name, values in curves.to_dict().items()}
    figure = result_figures.learning_curves(columns, report["metric"], report["best_epoch"])
    figures.save(figure, folder / "learning_curves.png")

"""Measured quality: metrics beside a baseline with bootstrap intervals, the table of predictions, figures."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import tensors
from plumbline.evaluate_sections import Evaluate
from plumbline.targets import column_prefix, task_of

if TYPE_CHECKING:
    import polars as pl

    from plumbline.insight import Insight

Array = npt.NDArray[Any]
Arrays = dict[str, Array]
"""One array for each split by its name."""
Metrics = dict[str, Any]

_DRAWN_AT_ONCE = 2**17  # examples


@dataclass(frozen=True)
class Result:
    """What was predicted of one target: its entry in the recipe, truth and predictions of each measured split."""

    target: dict[str, Any]
    truth: Arrays
    trained: Arrays
    untrained: Arrays

    @property
    def name(self) -> str:
        """The target's name."""
        return str(self.target["name"])

    @property
    def task(self) -> Any:
        """The module of the target's task."""
        return task_of(self.target)

    @property
    def state(self) -> dict[str, Any]:
        """The task's part of the recipe."""
        state: dict[str, Any] = self.target["task"]
        return state

    def greater_is_better(self, metric: str) -> bool:
        """Whether more of one of the task's metrics is better."""
        return bool(self.task.METRICS[metric])

    def of_test(self, chosen: Array) -> Result:
        """The same of the chosen test examples only."""
        parts = (self.truth, self.trained, self.untrained)
        truth, trained, untrained = ({"test": np.asarray(part["test"])[chosen]} for part in parts)
        return Result(self.target, truth, trained, untrained)


def gather(
    recipe: dict[str, Any],
    parts: dict[str, tensors.Blocks],
    trained: dict[str, list[Array]],
    untrained: dict[str, list[Array]],
) -> list[Result]:
    """A result for each target from predictions that hold, for each split, one array for each target."""
    return [
        Result(
            target,
            {name: tensors.targets(blocks)[index] for name, blocks in parts.items()},
            {name: predicted[index] for name, predicted in trained.items()},
            {name: predicted[index] for name, predicted in untrained.items()},
        )
        for index, target in enumerate(recipe["targets"])
    ]


def measure(target: dict[str, Any], truth: Array, prediction: Array) -> Metrics:
    """Metrics of one of the recipe's targets by scikit-learn's names."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="sklearn")  # a metric that is not defined is left out by the task
        measured: Metrics = task_of(target).metrics(truth, prediction, target["task"])
    return measured


def measure_all(result: Result, params: Evaluate, generator: np.random.Generator) -> dict[str, Metrics]:
    """Metrics of test and val; on test also the untrained network's, a dummy's that knows only train, and intervals."""
    truth = result.truth
    dummy = result.task.baseline(np.asarray(truth["train"]), len(truth["test"]), result.state)
    metrics = {name: measure(result.target, truth[name], result.trained[name]) for name in sorted(result.trained)}
    metrics["untrained"] = measure(result.target, truth["test"], result.untrained["test"])
    metrics["baseline"] = measure(_without_threshold(result.target), truth["test"], dummy)
    intervals = bootstrap(result.target, truth["test"], result.trained["test"], params, generator)
    return metrics | {"interval": intervals}


def _without_threshold(target: dict[str, Any]) -> dict[str, Any]:
    """A target whose most probable class is answered: a threshold was chosen for the model, not for a dummy."""
    return target | {"task": {key: value for key, value in target["task"].items() if key != "threshold"}}


def bootstrap(
    target: dict[str, Any], truth: Array, prediction: Array, params: Evaluate, generator: np.random.Generator
) -> Metrics:
    """Percentile intervals of a target's metrics over resamples of the examples (Efron 1979).

    A metric that some resample leaves undefined has its interval over the others.
    """
    drawn = resample(target, truth, prediction, params.bootstrap, generator) if params.bootstrap else {}
    tails = ((1 - params.confidence) / 2, (1 + params.confidence) / 2)
    intervals = {}
    for name, values in drawn.items():
        defined = values[~np.isnan(values)]
        if len(defined):
            low, high = np.quantile(defined, tails)
            intervals[name] = {"low": float(low), "high": float(high)}
    return intervals


def resample(
    target: dict[str, Any], truth: Array, prediction: Array, n_resamples: int, generator: np.random.Generator
) -> dict[str, Array]:
    """A target's metrics (n_resamples,) of examples drawn with replacement; NaN where a resample defines none."""
    drawn = [
        task_of(target).resampled_metrics(truth, prediction, target["task"], rows)
        for rows in _draw_resamples(len(truth), n_resamples, generator)
    ]
    return {name: np.concatenate([part[name] for part in drawn]) for name in drawn[0]}


def _draw_resamples(n_rows: int, n_resamples: int, generator: np.random.Generator) -> Iterator[Array]:
    """Yield rows (R, n_rows) drawn with replacement, `n_resamples` in all, few enough at a time to stay in cache."""
    size = max(1, _DRAWN_AT_ONCE // n_rows)
    for start in range(0, n_resamples, size):
        yield generator.integers(0, n_rows, (min(size, n_resamples - start), n_rows))


def by_target(results: list[Result], measured: list[dict[str, Metrics]]) -> dict[str, Metrics]:
    """{part: metrics} of a single target as it is, of several as {part: {target: metrics}}."""
    if len(measured) == 1:
        return measured[0]
    names = [result.name for result in results]
    return {part: dict(zip(names, (one[part] for one in measured), strict=True)) for part in measured[0]}


def tabulate(results: list[Result], parts: dict[str, tensors.Blocks], rows: pl.Series) -> pl.DataFrame:
    """predictions.parquet; `rows` are the source's row numbers of all examples."""
    import polars as pl

    tables = []
    for name in results[0].trained:
        position = np.asarray(parts[name][tensors.ROWS])
        columns = {"row": rows.gather(position), "position": position, "split": [name] * len(position)}
        for result in results:
            truth = np.asarray(result.truth[name])
            table = result.task.table(truth, result.trained[name], result.untrained[name], result.state)
            prefix = column_prefix(result.name, len(results))
            columns |= {f"{prefix}{column}": values for column, values in table.items()}
        tables.append(pl.DataFrame(columns))
    return pl.concat(tables)


def summarise(results: list[Result], measured: list[dict[str, Metrics]]) -> str:
    """The test metrics beside the baseline's, a line each, for the terminal."""
    lines = [f"evaluate: {'test':>34} {'baseline':>12} {'untrained':>12}"]
    for result, metrics in zip(results, measured, strict=True):
        lines += [f" {result.name}"] if len(results) > 1 else []
        for name, value in metrics["test"].items():
            beside = [metrics[other].get(name, float("nan")) for other in ("baseline", "untrained")]
            lines.append(f"  {name:<28} {value:>14.6g} {beside[0]:>12.6g} {beside[1]:>12.6g}")
    return "\n".join(lines)


def draw(result: Result, folder: Path) -> None:
    """The task's figures of the test predictions, as PNG and as the CSV behind them."""
    from plumbline import figures

    seen = (result.truth["test"], result.trained["test"], result.untrained["test"])
    drawn, rows = result.task.draw(*seen, result.state, result.name)
    for name, figure in drawn.items():
        figures.save(figure, folder / f"{name}.png")
    for name, table in rows.items():
        figures.write_rows(folder / f"{name}.csv", table)


def draw_insight(insight: Insight, folder: Path) -> None:
    """The figures of what matters to the model, as PNG and as the CSV behind them."""
    from plumbline import figures, insight_figures

    for name, (figure, rows) in insight_figures.draw_all(insight):
        figures.save(figure, folder / f"{name}.png")
        figures.write_rows(folder / f"{name}.csv", rows)


def draw_training(curves: pl.DataFrame, report: dict[str, Any], folder: Path) -> None:
    """The learning curves as a figure."""
    from plumbline import figures, result_figures

    columns = {name: values.to_list() for name, values in curves.to_dict().items()}
    figure = result_figures.learning_curves(columns, report["metrics"], report["best_epoch"])
    figures.save(figure, folder / "learning_curves.png")

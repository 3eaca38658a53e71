"""The bootstrap: metrics of many resamples at once are scikit-learn's of each resample."""

from typing import Any

import numpy as np
import pytest

from plumbline import evaluation, plugins
from plumbline.evaluate_sections import Evaluate

N_RESAMPLES = 40


def classes(n_rows: int, n_classes: int, decimals: int = 7, positive: int = 0) -> tuple[Any, Any, dict[str, Any]]:
    """Truth, probabilities that know a little of it, and the task's state; few decimals give ties."""
    generator = np.random.default_rng(n_rows)
    truth = generator.integers(0, n_classes, n_rows)
    logits = generator.normal(size=(n_rows, n_classes)) + 2 * np.eye(n_classes)[truth]
    probability = np.exp(logits).round(decimals) + 1e-9
    probability /= probability.sum(1, keepdims=True)
    names = [str(index) for index in range(n_classes)]
    return truth, probability.astype(np.float32), {"name": "classification", "classes": names, "positive": positive}


def grades(n_rows: int, n_classes: int) -> tuple[Any, Any, dict[str, Any]]:
    """Truth, probabilities and the state of an ordinal target."""
    truth, probability, state = classes(n_rows, n_classes)
    return truth, probability, state | {"name": "ordinal"}


def numbers(n_rows: int) -> tuple[Any, Any, dict[str, Any]]:
    """Truth, predictions that know a little of it, and the task's state."""
    generator = np.random.default_rng(n_rows)
    truth = generator.lognormal(10, 1, n_rows).round(-3)
    return truth, truth * generator.lognormal(0, 0.5, n_rows), {"name": "regression"}


CASES = {
    "two classes": classes(85, 2, positive=1),
    "two classes, the first positive": classes(200, 2),
    "two classes, tied scores": classes(60, 2, decimals=0),
    "two classes, often only one of them": classes(2, 2),
    "one example": classes(1, 2),
    "three classes": classes(50, 3),
    "three classes, tied scores": classes(40, 3, decimals=0),
    "seven classes, often some missing": classes(15, 7),
    "two classes, a threshold": (*classes(70, 2)[:2], classes(70, 2)[2] | {"threshold": 0.3}),
    "grades": grades(50, 5),
    "two grades": grades(9, 2),
    "one grade": grades(1, 3),
    "numbers": numbers(66),
    "an even number of numbers": numbers(3),
    "one number": numbers(1),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_metrics_of_resamples_are_those_of_each_resample(case: tuple[Any, Any, dict[str, Any]]) -> None:
    truth, prediction, state = case
    task = plugins.load("tasks", state["name"])
    rows = np.random.default_rng(0).integers(0, len(truth), (N_RESAMPLES, len(truth)))
    together = task.resampled_metrics(truth, prediction, state, rows)
    for index, resample in enumerate(rows):
        alone = evaluation.measure({"task": state}, truth[resample], prediction[resample])
        defined = {name: values[index] for name, values in together.items() if not np.isnan(values[index])}
        assert defined == pytest.approx(alone, rel=1e-9, abs=1e-12)


def test_every_task_measures_resamples() -> None:
    assert {case[2]["name"] for case in CASES.values()} == set(plugins.names("tasks"))


def test_an_interval_holds_the_metric_and_repeats() -> None:
    truth, prediction, state = CASES["two classes"]
    params = Evaluate.model_construct(bootstrap=500, confidence=0.9)
    first, again = (
        evaluation.bootstrap({"task": state}, truth, prediction, params, np.random.default_rng(1)) for _ in range(2)
    )
    measured = evaluation.measure({"task": state}, truth, prediction)
    assert first == again
    assert first.keys() == measured.keys()
    assert all(bounds["low"] <= measured[name] <= bounds["high"] for name, bounds in first.items())


def test_no_resamples_give_no_intervals() -> None:
    truth, prediction, state = CASES["numbers"]
    params = Evaluate.model_construct(bootstrap=0, confidence=0.9)
    assert evaluation.bootstrap({"task": state}, truth, prediction, params, np.random.default_rng(1)) == {}

"""What matters: importance, dependence and slices of models whose answer is known."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
import torch
from torch import Tensor, nn

from plumbline import conclusions, plugins, tensors
from plumbline.dependence import trace
from plumbline.encoding import encode_features
from plumbline.evaluate_sections import Importance
from plumbline.evaluation import Result
from plumbline.examples import Column
from plumbline.importance import Row, fit_work, measure_importance
from plumbline.probe import Probe
from plumbline.slices import cut, measure_slices

Array = npt.NDArray[Any]
NUMBER_TASK = {"name": "regression", "outputs": 1}
CLASS_TASK = {"name": "classification", "classes": ["no", "yes"], "positive": 1, "outputs": 2}
TYPES = {pl.Float64: "number", pl.String: "category", pl.Boolean: "boolean", pl.Datetime: "datetime"}


class Known(nn.Module):
    """A predictor of one number: each number column times its weight, plus twice the id of each other column."""

    def __init__(self, weights: dict[str, float]) -> None:
        super().__init__()
        self._weights = torch.tensor(list(weights.values()), dtype=torch.float64)

    def forward(self, blocks: dict[str, Tensor]) -> tuple[Tensor, ...]:
        total = torch.zeros(len(next(iter(blocks.values()))), dtype=torch.float64)
        for kind, block in blocks.items():
            if kind == "number":
                total = total + block[:, :, 0].double() @ self._weights
            elif kind == "datetime":
                total = total + block[:, :, 0].double().sum(1)
            else:
                total = total + 2.0 * block.double().sum(1)
        return (total,)


class Chances(Known):
    """The same as the probability of the second of two classes."""

    def forward(self, blocks: dict[str, Tensor]) -> tuple[Tensor, ...]:
        chance = super().forward(blocks)[0].sigmoid()
        return (torch.stack([1 - chance, chance], dim=1).float(),)


def features_of(table: pl.DataFrame) -> list[dict[str, Any]]:
    found = []
    for name, dtype in table.schema.items():
        kind = TYPES[dtype.base_type()]
        module = plugins.load("columns", kind)
        knobs = module.Params(scale="none") if kind == "number" else module.Params()
        found.append({"name": name, "type": kind, "block": kind, "state": module.fit(table[name], knobs)})
    return found


def make_probe(table: pl.DataFrame, truth: Array, predictor: Known, task: dict[str, Any]) -> tuple[Probe, Result]:
    """A predictor beside all that it is asked about, and how well it predicts `truth`."""
    target = {"name": "y", "task": task, "state": {"counts": [1, 1]}}
    recipe: Any = {"features": features_of(table), "targets": [target]}
    blocks = encode_features(table, recipe["features"])
    answers = {kind: torch.from_numpy(block) for kind, block in blocks.items()}
    (predicted,) = predictor(answers)
    blocks |= {tensors.ROWS: np.arange(len(table)), tensors.target(0): truth}
    part = {"test": predicted.numpy()}
    return Probe(predictor, recipe, blocks, table, torch.device("cpu")), Result(target, {"test": truth}, part, part)  # type: ignore[arg-type]


def numbers(n_rows: int, names: str, seed: int = 0) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    return pl.DataFrame({name: generator.normal(size=n_rows).astype(np.float32).astype(float) for name in names})


def measure(probe: Probe, result: Result, repeats: int = 10, seed: int = 0) -> list[Row]:
    columns = [feature["name"] for feature in probe.recipe["features"]]
    (rows,) = measure_importance(probe, [result], columns, repeats, 0.95, np.random.default_rng(seed))
    return rows


# Importance


@pytest.fixture
def strong_and_noise() -> tuple[Probe, Result]:
    """Y = 3 strong + a little noise; the model knows that and also looks at `noise`, which says nothing of y."""
    table = numbers(400, "abc").rename({"a": "noise", "b": "strong", "c": "unused"})
    truth = 3 * table["strong"].to_numpy() + 0.5 * np.random.default_rng(9).normal(size=400)
    return make_probe(table, truth, Known({"noise": 0.1, "strong": 3, "unused": 0}), NUMBER_TASK)


def test_the_strong_column_is_first_and_noise_has_an_interval_around_nothing(
    strong_and_noise: tuple[Probe, Result],
) -> None:
    rows = measure(*strong_and_noise)
    found = {row["column"]: row for row in rows}
    assert rows[0]["column"] == "strong"
    assert rows[0]["low"] > 3
    assert found["noise"]["low"] < 0 < found["noise"]["high"] < 0.05
    assert abs(found["unused"]["importance"]) < 1e-9


def test_importance_is_scikit_learns(strong_and_noise: tuple[Probe, Result]) -> None:
    from sklearn.base import BaseEstimator
    from sklearn.inspection import permutation_importance

    probe, result = strong_and_noise

    class Model(BaseEstimator):  # type: ignore[misc]
        def fit(self, x: Array, y: Array) -> None: ...

        def predict(self, x: Array) -> Array:
            found: Array = x @ np.array([0.1, 3, 0])
            return found

    found = permutation_importance(
        Model(), probe.table.to_numpy(), result.truth["test"], n_repeats=10,
        scoring="neg_root_mean_squared_error", random_state=0,
    )  # fmt: skip
    ours = {row["column"]: row["importance"] for row in measure(probe, result)}
    assert ours["strong"] == pytest.approx(found.importances_mean[1], rel=0.05)
    assert ours["noise"] == pytest.approx(found.importances_mean[0], abs=0.01)


def test_intervals_hold_the_true_importance_about_as_often_as_they_say() -> None:
    true, held = (18 + 1) ** 0.5 - 1, 0  # rmse of 3 (strong - shuffled) + noise, less that of the noise
    for seed in range(60):
        table = numbers(150, "a", seed)
        truth = 3 * table["a"].to_numpy() + np.random.default_rng(1000 + seed).normal(size=150)
        (row,) = measure(*make_probe(table, truth, Known({"a": 3}), NUMBER_TASK), repeats=5, seed=seed)
        held += row["low"] <= true <= row["high"]
    assert 51 <= held <= 60


def test_classes_are_measured_by_accuracy_and_by_log_loss() -> None:
    table = numbers(300, "ab")
    truth = (table["a"].to_numpy() > 0).astype(int)
    rows = measure(*make_probe(table, truth, Chances({"a": 4, "b": 0.5}), CLASS_TASK))
    assert [(row["column"], row["metric"]) for row in rows] == [
        ("a", "accuracy"), ("a", "log_loss"), ("b", "accuracy"), ("b", "log_loss"),
    ]  # fmt: skip
    assert rows[0]["importance"] == pytest.approx(0.5, abs=0.08)


def test_every_column_type_can_be_shuffled_and_one_that_never_changes_matters_nothing() -> None:
    table = mixed(200).with_columns(
        constant=pl.lit(5.0), nothing=pl.lit(None, dtype=pl.Float64), empty=pl.lit(None, dtype=pl.String)
    )
    weights = {"number": 1.0, "constant": 1.0, "nothing": 1.0}
    probe, result = make_probe(table, np.zeros(200), Known(weights), NUMBER_TASK)
    result.truth["test"] = result.trained["test"]  # a perfect model
    found = {row["column"]: row for row in measure(probe, result, repeats=3)}
    assert all(found[name]["low"] > 0 for name in ("number", "town", "flag", "day"))
    for name in ("constant", "nothing", "empty"):
        assert (found[name]["low"], found[name]["importance"], found[name]["high"]) == (0, 0, 0)


def test_the_same_generator_gives_the_same_importance(strong_and_noise: tuple[Probe, Result]) -> None:
    assert measure(*strong_and_noise) == measure(*strong_and_noise)
    assert measure(*strong_and_noise) != measure(*strong_and_noise, seed=1)


@pytest.mark.parametrize(
    ("n_columns", "most_rows", "expected"),
    [
        (30, 10**7, (10, 1000, 30)),
        (200, 300_000, (10, 600, 50)),
        (5000, 13_400, (3, 200, 22)),
        (10**6, 60, (3, 200, 1)),
    ],
)
def test_many_columns_cost_examples_then_repeats_then_columns(
    n_columns: int, most_rows: int, expected: tuple[int, int, int]
) -> None:
    asked = fit_work(Importance(repeats=10, examples=1000, columns=50), n_columns, most_rows)
    assert (asked.repeats, asked.examples, asked.columns) == expected


def test_a_small_wish_stays_as_small() -> None:
    wish = Importance(repeats=1, examples=20, columns=3)
    assert fit_work(wish, 5000, 10) == Importance(repeats=1, examples=20, columns=1)
    assert fit_work(wish, 5000, 10**6) == wish


# Dependence


def mixed(n_rows: int) -> pl.DataFrame:
    generator = np.random.default_rng(0)
    start = datetime.datetime(2024, 1, 1)
    known = generator.random(n_rows) > 0.1
    table = pl.DataFrame(
        {
            "number": generator.normal(size=n_rows),
            "town": generator.choice(["a", "b", "c"], n_rows, p=[0.5, 0.3, 0.2]),
            "flag": generator.random(n_rows) < 0.4,
            "day": [start + datetime.timedelta(days=int(day)) for day in generator.integers(0, 99, n_rows)],
        }
    )
    return table.with_columns(pl.when(pl.Series(known)).then(pl.all()))


def test_the_dependence_of_a_linear_model_is_a_line_of_its_slope() -> None:
    table = numbers(300, "ab")
    probe, _ = make_probe(table, np.zeros(300), Known({"a": 2, "b": -1}), NUMBER_TASK)
    (curve,) = trace(probe, "a")
    assert curve is not None and curve.positions is not None
    slopes = np.diff(curve.means[:, 0]) / np.diff(curve.positions)
    assert slopes == pytest.approx(np.full(19, 2.0), rel=1e-4)
    low, high = curve.positions[[0, -1]]
    assert (table["a"] < low).mean() == pytest.approx(0.01, abs=0.004)
    assert (table["a"] > high).mean() == pytest.approx(0.01, abs=0.004)
    assert curve.means[:, 0].mean() == pytest.approx(
        float(2 * curve.positions.mean() - table["b"].to_numpy().mean()), abs=1e-5
    )


@pytest.mark.parametrize(
    ("column", "labels", "steps"),
    [
        ("town", ("a", "b", "c", "(missing)"), (2.0, 2.0, -8.0)),
        ("flag", ("false", "true", "(missing)"), (2.0, -4.0)),
    ],
)
def test_values_without_an_order_and_missing_ones_are_tried(
    column: str, labels: tuple[str, ...], steps: tuple[float, ...]
) -> None:
    probe, _ = make_probe(mixed(200), np.zeros(200), Known({"number": 1}), NUMBER_TASK)
    (curve,) = trace(probe, column)
    assert curve is not None
    assert curve.labels == labels
    assert np.diff(curve.means[:, 0]) == pytest.approx(steps)


def test_dates_lie_in_order_and_a_missing_one_comes_last() -> None:
    probe, _ = make_probe(mixed(200), np.zeros(200), Known({"number": 1}), NUMBER_TASK)
    (curve,) = trace(probe, "day")
    assert curve is not None and curve.positions is not None
    assert len(curve.labels) == len(curve.positions) + 1 == len(curve.means)
    assert (curve.labels[0][:8], curve.labels[-1]) == ("2024-01-", "(missing)")
    assert (np.diff(curve.means[:-1, 0]) > 0).all()


def test_of_two_classes_the_positive_one_is_followed() -> None:
    table = numbers(50, "a")
    probe, _ = make_probe(table, np.zeros(50, dtype=int), Chances({"a": 5}), CLASS_TASK)
    (curve,) = trace(probe, "a")
    assert curve is not None and curve.outputs == ("yes",)
    assert curve.means[0, 0] < 0.01 < 0.99 < curve.means[-1, 0]


def test_a_column_whose_every_value_is_its_own_has_nothing_to_follow() -> None:
    table = pl.DataFrame({"name": [f"name {i}" for i in range(20)], "a": np.arange(20.0)})
    probe, _ = make_probe(table, np.zeros(20), Known({"a": 1}), NUMBER_TASK)
    assert trace(probe, "name") == [None]


def test_one_example_and_a_column_of_missing_values_can_be_followed() -> None:
    table = pl.DataFrame({"a": [1.0], "b": pl.Series([None], dtype=pl.Float64)})
    probe, _ = make_probe(table, np.zeros(1), Known({"a": 1, "b": 1}), NUMBER_TASK)
    (of_number,), (of_nothing,) = trace(probe, "a"), trace(probe, "b")
    assert of_number is not None and of_number.labels == ("1.0",)
    assert of_nothing is not None and of_nothing.labels == ("(missing)",)


# Slices


def sliced(table: pl.DataFrame, truth: Array, prediction: Array, task: dict[str, Any], seed: int = 0) -> list[Row]:
    result = Result({"name": "y", "task": task}, {"test": truth}, {"test": prediction}, {"test": prediction})
    columns = [Column(feature["name"], feature["type"], "feature") for feature in features_of(table)]
    return measure_slices(result, table, columns, 100, 0.95, np.random.default_rng(seed))


def test_a_planted_bad_slice_is_the_worst_and_is_named() -> None:
    table, generator = mixed(1000), np.random.default_rng(1)
    is_bad = (table["town"] == "c").fill_null(value=False).to_numpy()
    error = generator.normal(size=1000) * np.where(is_bad, 4, 1)
    rows = sliced(table, error, np.zeros(1000), NUMBER_TASK)
    assert [(row["column"], row["slice"]) for row in rows if row["is_worse"]] == [("town", "c")]
    assert rows[0]["examples"] == is_bad.sum()
    assert rows[0]["value"] == pytest.approx((error[is_bad] ** 2).mean() ** 0.5)
    assert rows[0]["low"] < rows[0]["value"] < rows[0]["high"]
    assert conclusions.describe_slices(rows).startswith(
        "1 of 23 slices with 30 test examples or more is worse than chance explains: town c: rmse "
    )


def test_tables_without_a_bad_slice_name_none_but_one_in_twenty() -> None:
    named = 0
    for seed in range(20):
        table, generator = mixed(500), np.random.default_rng(seed)
        truth = generator.integers(0, 2, 500)
        sure = np.where(generator.random(500) < 0.9, truth, 1 - truth)
        rows = sliced(table, truth, np.eye(2)[sure] * 0.8 + 0.1, CLASS_TASK, seed)
        named += any(row["is_worse"] for row in rows)
    assert named <= 2


def test_heavy_tailed_errors_do_not_cry_wolf() -> None:
    named = 0
    for seed in range(20):
        error = np.random.default_rng(seed).standard_t(3, 500)
        rows = sliced(mixed(500), error, np.zeros(500), NUMBER_TASK, seed)
        named += any(row["is_worse"] for row in rows)
    assert named <= 2


def test_the_unluckiest_of_thousands_of_slices_is_not_called_worse() -> None:
    generator = np.random.default_rng(3)  # one slice that by its own examples' spread alone would be called worse
    table = pl.DataFrame({str(i): generator.normal(size=90) for i in range(1000)})
    truth, sure = generator.integers(0, 2, (2, 90))
    rows = sliced(table, truth, np.eye(2)[sure] * 0.8 + 0.1, CLASS_TASK)
    assert len(rows) == 3000
    assert not any(row["is_worse"] for row in rows)


def test_few_examples_are_never_called_worse() -> None:
    table = pl.DataFrame({"town": ["a"] * 100 + ["b"] * 20})
    error = np.concatenate([np.random.default_rng(0).normal(size=100), np.full(20, 50.0)])
    rows = sliced(table, error, np.zeros(120), NUMBER_TASK)
    assert [(row["slice"], row["is_worse"]) for row in rows] == [("a", False), ("b", False)]
    assert (
        conclusions.describe_slices(rows)
        == "None of 1 slice with 30 test examples or more is worse than chance explains."
    )


def names_of(values: list[Any], kind: str) -> list[tuple[str, int]]:
    dtype = next(dtype for dtype, name in TYPES.items() if name == kind)
    return [(name, len(chosen)) for name, chosen in cut(pl.Series(values, dtype=dtype), kind)]


def test_slices_are_named_by_their_values() -> None:
    assert names_of([1.5, 2.0, 3.25, 40.0, None], "number") == [
        ("1.5 to 2", 2), ("3.25 to 40", 2), ("(missing)", 1), ("(known)", 4),
    ]  # fmt: skip
    assert names_of([True, False, True, None], "boolean") == [
        ("false", 1), ("true", 2), ("(missing)", 1), ("(known)", 3),
    ]  # fmt: skip
    days = [datetime.datetime(2024, 1, day) for day in (1, 2, 3, 9)]
    assert names_of(days, "datetime") == [("2024-01-01 to 2024-01-02", 2), ("2024-01-03 to 2024-01-09", 2)]


@pytest.mark.parametrize(("values", "kind"), [([1.0] * 9, "number"), ([None] * 9, "category"), (["a"], "category")])
def test_a_column_of_one_value_is_no_slice(values: list[Any], kind: str) -> None:
    assert names_of(values, kind) == []


def test_one_example_has_no_slices() -> None:
    assert sliced(numbers(1, "ab"), np.ones(1), np.zeros(1), NUMBER_TASK) == []


def test_slices_of_a_few_examples_get_no_verdict() -> None:
    rows = sliced(numbers(20, "a"), np.ones(20), np.zeros(20), NUMBER_TASK)
    assert conclusions.describe_slices(rows) == "No slice has the 30 test examples that a verdict needs."


# Sentences


def bar(column: str, importance: float, low: float) -> Row:
    return {"column": column, "metric": "log_loss", "importance": importance, "low": low, "examples": 85, "repeats": 10}


@pytest.mark.parametrize(
    ("rows", "n_columns", "sentence"),
    [
        (
            [bar("a", 0.5, 0.4), bar("b", 0.25, 0.1), bar("c", 0.1, -0.1)],
            3,
            "2 of 3 columns make log loss measurably worse when their values are shuffled (10 times, among 85 test "
            "examples): a by 0.5, b by 0.25.",
        ),
        (
            [bar("x" * 300, 0.5, 0.4), bar("b", 0.25, -0.1)],
            5000,
            f"1 of 2 columns makes log loss measurably worse when its values are shuffled (10 times, among 85 test "
            f"examples): {'x' * 59}… by 0.5. 4,998 columns that alone say less about the target were not tried.",
        ),
        (
            [bar("a", 0.1, -0.1)],
            1,
            "None of 1 column makes log loss measurably worse when its values are shuffled (10 times, among 85 test "
            "examples): others say the same, or the examples are too few to tell.",
        ),
    ],
)
def test_importance_is_said_in_a_sentence(rows: list[Row], n_columns: int, sentence: str) -> None:
    assert conclusions.describe_importance(rows, n_columns) == sentence

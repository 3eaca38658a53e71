"""What is drawn: the same bytes every time, names one can read, and the numbers behind each figure."""

from __future__ import annotations

import csv
import datetime
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from plumbline import (
    class_figures,
    curve_figures,
    data_figures,
    examples,
    figures,
    groups,
    panels,
    relation_figures,
    result_figures,
    selection,
)
from plumbline.examples import Column, Examples
from plumbline.files import write_json
from plumbline.variables import Data

ROOT = Path(__file__).parents[1]
_TYPES = {pl.Float64: "number", pl.String: "category", pl.Boolean: "boolean", pl.Datetime("us"): "datetime"}
_DRAW = """
import sys
from pathlib import Path
from plumbline import figures, panels
import numpy as np
figure, (left, right) = figures.new(3, columns=2)
panels.histogram(left, np.linspace(0, 1, 500) ** 2)
panels.bars(right, ["a", "größe $_x$"], [30, 70])
figures.save(figure, Path(sys.argv[1]))
"""


def make_data(folder: Path, table: pl.DataFrame, target: str, n_val: int = 20, n_test: int = 20) -> Data:
    """Examples of a table, the last rows of which are the test and, before them, the validation examples."""
    columns = [
        Column(name, _TYPES[kind], "target" if name == target else "feature") for name, kind in table.schema.items()
    ]
    path = folder / "examples.parquet"
    examples.write(table.with_row_index(examples.ROW).cast({examples.ROW: pl.Int64}).lazy(), columns, path)
    n_train, rows = len(table) - n_val - n_test, np.arange(len(table))
    splits = {"train": rows[:n_train], "val": rows[n_train : n_train + n_val], "test": rows[n_train + n_val :]}
    opened = Examples.open(path)
    return Data(opened, splits, opened.targets[0])


def make_table(n: int = 200) -> pl.DataFrame:
    """A table with every column type, missing values, and names that are hard to draw."""
    draw = np.random.default_rng(0)
    size, day = draw.normal(size=n), datetime.datetime(2024, 1, 1)
    return pl.DataFrame(
        {
            "size $_x$\n": [None if i % 7 == 0 else float(value) for i, value in enumerate(size)],
            "東京 🗽 city_of_$": [None if i % 11 == 0 else f"to$wn_{i % 30} 😀" for i in range(n)],
            "when": [None if i % 13 == 0 else day + datetime.timedelta(hours=i) for i in range(n)],
            "is it": [None if i % 17 == 0 else i % 3 == 0 for i in range(n)],
            "always": [1.0] * n,
            "_huge": [(-1.0) ** i * 1.7e308 if i % 3 else 1.0 for i in range(n)],
            "never": pl.Series([None] * n, dtype=pl.Float64),
            "y": size * 2 + draw.normal(size=n) * 0.1,
        }
    )


def classes_of(numbers: pl.Series, n_classes: int) -> pl.Series:
    return pl.Series("y", [f"class {int(rank * n_classes / len(numbers))}" for rank in numbers.rank("ordinal") - 1])


def draw(data: Data) -> dict[str, list[figures.Row]]:
    """Rows of every figure, after drawing it."""
    rows = {}
    for name, (figure, found) in data_figures.draw_all(data, 12, 100):
        figure.canvas.draw()
        rows[name] = found
    return rows


def test_two_processes_draw_the_same_bytes_whatever_the_machines_matplotlibrc(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nfont.family: serif\n", encoding="utf-8")
    for name, settings in (("one.png", {}), ("other.png", {"MATPLOTLIBRC": str(tmp_path)})):
        command = [sys.executable, "-W", "error", "-c", _DRAW, str(tmp_path / name)]
        subprocess.run(command, check=True, cwd=ROOT, env=os.environ | settings)
    content = (tmp_path / "one.png").read_bytes()
    assert content == (tmp_path / "other.png").read_bytes()
    assert b"Software" not in content and b"matplotlib" not in content


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\n\tlines", "two lines"),
        ("größe $_x$", "größe $_x$"),
        ("東京", "▯▯"),
        ("e\u0301", "é"),
        ("", "∅"),
        ("Llanfairpwllgwyngyllgogerychwyrndrobwll", "Llanfairpwllgwyngy…rndrobwll"),
    ],
)
def test_a_name_is_shown_in_one_short_line_that_the_font_can_draw(text: str, shown: str) -> None:
    assert figures.printable(text) == shown


def test_a_shortened_name_is_as_long_as_allowed() -> None:
    assert [len(figures.printable("x" * 99, limit)) for limit in (8, 13, 28)] == [8, 13, 28]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 0.25, 0.5], ["0.00", "0.25", "0.50"]),
        ([-20_000, 0, 20_000], ["−20k", "0", "20k"]),
        ([2024, 2025], ["2024", "2025"]),
        ([0, 800_000], ["0", "800k"]),
        ([1_500_000, 2_000_000], ["1.5M", "2.0M"]),
        ([0, 2e-7], ["0", "2e−07"]),
    ],
)
def test_axis_labels_are_short_and_tell_values_apart(values: list[float], labels: list[str]) -> None:
    _, (axes,) = figures.new(2)
    figures.shorten(axes.xaxis)
    assert axes.xaxis.get_major_formatter().format_ticks(values) == labels


def test_rows_are_written_so_that_floats_read_back_equal(tmp_path: Path) -> None:
    figures.write_rows(tmp_path / "rows.csv", [{"name": 'a,"b"', "value": 0.1 + 0.2}, {"name": None, "value": 1}])
    assert (tmp_path / "rows.csv").read_text(encoding="utf-8") == 'name,value\n"a,""b""",0.30000000000000004\n,1\n'


def test_whole_numbers_get_a_bin_each() -> None:
    assert panels.bin_edges(np.array([1.0, 1.0, 2.0, 4.0])).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]


def test_far_values_do_not_stretch_a_histogram() -> None:
    ordered = np.sort(np.append(np.random.default_rng(0).normal(size=1_000), 1e9))
    edges = panels.bin_edges(ordered)
    assert edges[-1] < 5
    assert len(ordered) - panels.count_between(ordered, edges).sum() == 10


@pytest.mark.parametrize("value", [0.3, -1e300, np.datetime64("2024-01-01", "us")])
def test_a_constant_has_a_histogram(value: Any) -> None:
    ordered = np.array([value] * 5)
    assert panels.count_between(ordered, panels.bin_edges(ordered)).sum() == 5


def test_groups_are_the_most_frequent_values_then_the_others_and_the_missing() -> None:
    found = groups.by_value(pl.Series("x", ["b", "a", "b", None, "c", "a", "d"]), 2)
    assert found.labels == ("a", "b", "(2 others)", "(missing)")
    assert found.codes.tolist() == [1, 0, 1, 3, 2, 0, 2]
    assert (found.n_values, found.counts()) == (2, [2, 2, 2, 1])


def test_groups_of_a_column_without_a_value_are_one() -> None:
    found = groups.by_value(pl.Series("x", [None, None], dtype=pl.String), 5)
    assert (found.labels, found.codes.tolist()) == (("(missing)",), [0, 0])


def test_quantiles_are_equally_full_and_the_missing_are_apart() -> None:
    found = groups.by_quantile(np.array([*range(100), np.nan]), 10)
    assert found.counts() == [10] * 10 + [1]


def test_mutual_information_is_the_entropy_of_a_copy_and_nothing_for_noise() -> None:
    numbers = np.random.default_rng(0).normal(size=(2, 5_000))
    one, other = (groups.by_quantile(row, 10) for row in numbers)
    assert groups.mutual_information(one, one) == pytest.approx(np.log(10), abs=0.01)
    assert groups.mutual_information(one, other) < 0.005


def test_correlations_equal_scipys_where_nothing_is_missing() -> None:
    from scipy.stats import spearmanr

    numbers = np.round(np.random.default_rng(0).normal(size=(2, 300)), 1)
    numbers[1] += numbers[0]
    ranks = [groups.ranks(row) for row in numbers]
    assert relation_figures.correlate(*ranks) == pytest.approx(spearmanr(*numbers).statistic)


def rank(data: Data) -> selection.Scored:
    return selection.rank_columns(data.examples, data.splits["train"], data.predicted, data.examples.features)


def test_the_columns_that_say_most_come_first_and_equals_stay_in_order(tmp_path: Path) -> None:
    ranking = rank(make_data(tmp_path, make_table(), "y"))
    assert ranking[0][0].name == "size $_x$\n"
    assert [column.name for column, score in ranking if score == 0][-2:] == ["always", "never"]


def test_scores_do_not_see_test_examples(tmp_path: Path) -> None:
    table, last = make_table(), pl.int_range(pl.len()) >= 180
    changed = table.with_columns(pl.when(last).then(7.0).otherwise(pl.col("y")).alias("y"))
    (tmp_path / "changed").mkdir()
    before, after = (
        rank(make_data(folder, data, "y")) for folder, data in ((tmp_path, table), (tmp_path / "changed", changed))
    )
    assert before == after


def test_every_type_is_drawn_against_a_number(tmp_path: Path) -> None:
    rows = draw(make_data(tmp_path, make_table(), "y"))
    assert list(rows) == ["target", "splits", "strongest", "distributions", "against", "correlations", "missing"]
    assert {row["column"] for row in rows["against"]} == set(make_table().columns) - {"y", "never"}


@pytest.mark.parametrize("n_classes", [2, 4, 12])
def test_every_type_is_drawn_against_classes(tmp_path: Path, n_classes: int) -> None:
    table = make_table()
    rows = draw(make_data(tmp_path, table.with_columns(classes_of(table["y"], n_classes)), "y"))
    assert len(rows["target"]) == n_classes
    assert {row["column"] for row in rows["against"]} == set(table.columns) - {"y", "never"}


def test_shares_of_the_splits_add_up(tmp_path: Path) -> None:
    table = make_table()
    rows = draw(make_data(tmp_path, table.with_columns(classes_of(table["y"], 3)), "y"))["splits"]
    shares = [row["value"] for row in rows if row["split"] == "val" and row["measure"].startswith("share")]
    assert sum(shares) == pytest.approx(1)


def test_two_numbers_and_classes_are_drawn_in_their_plane(tmp_path: Path) -> None:
    table = make_table().select("always", "size $_x$\n", classes_of(make_table()["y"], 2))
    assert "plane" in draw(make_data(tmp_path, table, "y"))


def test_one_number_and_a_number_are_drawn_as_a_line_coloured_by_split(tmp_path: Path) -> None:
    x = np.arange(50) * 0.02
    rows = draw(make_data(tmp_path, pl.DataFrame({"x": x, "y": 0.7 * x + 0.3}), "y", 0, 10))["line"]
    assert [row["group"] for row in rows] == ["train"] * 40 + ["test"] * 10


def test_the_figures_of_a_table_without_missing_values_say_so(tmp_path: Path) -> None:
    figure, rows = data_figures.draw_missing(make_data(tmp_path, make_table().select("always", "y"), "y"))
    assert [text.get_text() for text in figure.axes[0].texts] == ["No value is missing."]
    assert [row["count"] for row in rows] == [0, 0, 0]


def test_no_csv_holds_a_nan(tmp_path: Path) -> None:
    table = make_table().with_columns(pl.lit(None, dtype=pl.Float64).alias("size $_x$\n"))
    for rows in draw(make_data(tmp_path, table, "y")).values():
        assert not [
            row for row in rows for value in row.values() if isinstance(value, float) and not np.isfinite(value)
        ]


def test_plot_writes_each_figure_as_png_and_csv(tmp_path: Path) -> None:
    table = make_table()
    (tmp_path / "data").mkdir()
    data = make_data(tmp_path / "data", table.with_columns(classes_of(table["y"], 2)), "y")
    for name, rows in data.splits.items():
        (tmp_path / "data/split" / name).mkdir(parents=True)
        np.save(tmp_path / "data/split" / name / "rows.npy", rows)
    (tmp_path / "reports").mkdir()
    checks = {
        "duplicates": {},
        "near_duplicates": {},
        "near_looked_at": {"val": 20, "test": 20},
        "group": None,
        "time": None,
    }
    sizes = {name: len(rows) for name, rows in data.splits.items()}
    report = {"sizes": sizes, "leaks": [], "checks": checks | {"group": None, "time": None, "adversarial": None}}
    write_json(tmp_path / "reports/split.json", report)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    command = [sys.executable, "-W", "error", "-m", "stages.plot"]
    subprocess.run(command, check=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    written = sorted(path.name for path in (tmp_path / "reports/data").iterdir())
    names = ("against", "correlations", "distributions", "leaks", "missing", "splits", "strongest", "target")
    assert written == [f"{name}.{suffix}" for name in names for suffix in ("csv", "png")]
    with (tmp_path / "reports/data/strongest.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["column"] == "size $_x$\n"


def test_plot_says_how_it_is_run() -> None:
    found = subprocess.run([sys.executable, "stages/plot.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.stderr == "stages/plot.py: run it from the project's folder as `python -m stages.plot`\n"


def test_learning_curves_mark_the_epoch_that_is_kept() -> None:
    curves = {
        "epoch": [1.0, 2.0],
        "lr": [0.1, 0.1],
        "train_loss": [9.0, 0.1],
        "val_loss": [8.0, 1.0],
        "val_rmse": [3.0, 2.0],
    }
    figure = result_figures.learning_curves(curves, ["rmse"], 2)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Loss", "rmse (validation)", "Learning rate"]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "train",
        "validation",
        "kept: epoch 2",
    ]
    assert figure.axes[0].get_yscale() == "log"


def test_learning_curves_need_no_validation_examples() -> None:
    curves = {"epoch": [1.0, 2.0], "lr": [0.1, 0.1], "train_loss": [9.0, 8.0]}
    figure = result_figures.learning_curves(curves, ["rmse"], None)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Loss", "Learning rate"]


@pytest.mark.parametrize("n", [1, 40, 4_000])
def test_predictions_and_residuals_are_drawn_for_few_and_for_many(n: int) -> None:
    truth = np.random.default_rng(0).normal(size=n)
    drawn = [
        result_figures.truth_and_predictions(truth, truth * 1e6, truth * 0.9, "y ($)"),
        result_figures.residuals(truth, truth * 0.9),
        result_figures.line_before_and_after(truth, truth, truth, truth, truth * 0, truth, "x", "y"),
    ]
    for figure in drawn:
        figure.canvas.draw()


def test_residual_rows_are_thinned_evenly() -> None:
    rows = result_figures.residual_rows(np.arange(10.0), np.arange(10.0) + 1, most=5)
    assert rows[1] == {"truth": 2.0, "prediction": 3.0, "residual": -1.0}
    assert len(rows) == 5


def soft(n: int, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Truth (N,) and probabilities (N, K) that are right more often than not."""
    generator = np.random.default_rng(n_classes)
    truth, scores = generator.integers(0, n_classes, n), generator.normal(size=(n, n_classes))
    scores[np.arange(n), truth] += 2
    exponentials = np.exp(scores)
    return truth, exponentials / exponentials.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n_classes", [2, 3, 12, 40])
def test_class_figures_are_drawn_for_few_and_for_many_classes(n_classes: int) -> None:
    truth, probability = soft(500, n_classes)
    classes = [f"class {code} $_😀$" for code in range(n_classes)]
    drawn = [
        class_figures.probabilities_before_and_after(truth, probability[::-1], probability, classes),
        class_figures.confusion_matrix(truth, probability.argmax(axis=1), classes),
        curve_figures.roc_curves(truth, probability, classes),
        curve_figures.precision_recall_curves(truth, probability, classes),
        curve_figures.calibration(truth, probability, classes),
    ]
    for figure in drawn:
        figure.canvas.draw()


def test_class_figures_are_drawn_for_a_single_test_example() -> None:
    truth, probability, classes = np.array([0]), np.array([[0.9, 0.1]], dtype=np.float32), ["a", "b"]
    for function in (curve_figures.roc_curves, curve_figures.precision_recall_curves, curve_figures.calibration):
        function(truth, probability, classes).canvas.draw()
    assert curve_figures.roc_rows(truth, probability, classes) == [
        {"class": None, "fpr": None, "tpr": None, "threshold": None}
    ]


def test_decision_regions_are_drawn() -> None:
    truth, probability = soft(100, 2)
    grid = np.broadcast_to(probability[:20, None], (20, 20, 2))
    x, points = np.linspace(-1, 1, 20), np.random.default_rng(0).normal(size=(100, 2))
    figure = class_figures.plane_before_and_after(x, x, grid, grid, points, truth, ("a", "b"), ["0", "1"])
    figure.canvas.draw()


def test_roc_rows_follow_the_positive_class_and_keep_the_ends_of_the_curve() -> None:
    truth, probability = soft(3_000, 2)
    rows = curve_figures.roc_rows(truth, probability, ["no", "yes"], positive=0)
    assert {row["class"] for row in rows} == {"no"}
    assert (rows[0]["fpr"], rows[0]["tpr"], rows[0]["threshold"]) == (0, 0, None)
    assert (rows[-1]["fpr"], rows[-1]["tpr"]) == (1, 1)
    assert len(rows) <= 500


def test_precision_recall_rows_hold_every_class_against_the_rest() -> None:
    truth, probability = soft(200, 3)
    rows = curve_figures.precision_recall_rows(truth, probability, ["a", "b", "c"])
    assert sorted({row["class"] for row in rows}) == ["a", "b", "c"]


def test_calibration_rows_hold_wilsons_interval() -> None:
    probability = np.column_stack([np.full(10, 0.2), np.full(10, 0.8)])
    (row,) = curve_figures.calibration_rows(np.array([1] * 9 + [0]), probability, ["a", "b"])
    assert (row["observed"], row["count"]) == (0.9, 10)
    assert (row["low"], row["high"]) == pytest.approx((0.5958, 0.9821), abs=1e-4)


def test_confusion_rows_name_classes() -> None:
    rows = class_figures.confusion_rows(np.array([0, 1]), np.array([1, 1]), ["a", "b"])
    assert rows == [{"actual": "a", "predicted": "b"}, {"actual": "b", "predicted": "b"}]


def test_columns_without_any_value_leave_out_the_figures_that_would_be_empty(tmp_path: Path) -> None:
    table = make_table().select(pl.lit(None, dtype=pl.Float64).alias("empty"), "y")
    drawn = dict(data_figures.draw_all(make_data(tmp_path, table, "y"), 12, 50))
    assert "distributions" not in drawn
    assert all(rows for _, rows in drawn.values())
    assert {"target", "splits", "missing"} <= set(drawn)


def test_a_matplotlibrc_changes_no_setting_of_a_figure(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "font.size: 20\naxes.facecolor: red\ntimezone: Asia/Tokyo\ndate.epoch: 0000-12-31\nsavefig.bbox: tight\n"
        "axes.formatter.use_locale: True\n"
    )
    code = (
        "import plumbline.figures, matplotlib, locale\n"
        "print(locale.setlocale(locale.LC_TIME))\n"
        "drawn = {k: v for k, v in matplotlib.rcParams.items() if k not in ('backend', 'interactive')}\n"
        "print(sorted((key, str(value)) for key, value in drawn.items()))"
    )
    settings = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "MATPLOTLIBRC": str(path), "LC_ALL": "C.UTF-8"}, cwd=ROOT,
            capture_output=True, text=True, check=True,
        ).stdout
        for path in (tmp_path, tmp_path / "none")
    ]  # fmt: skip
    assert settings[0] == settings[1]
    assert settings[0].startswith("C\n")

"""What a network predicts all over its input, before and after training, where that input is one or two numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from plumbline import figures
from plumbline.class_figures import plane_before_and_after
from plumbline.examples import named
from plumbline.predictor import Predictor, predict_rows
from plumbline.result_figures import line_before_and_after
from plumbline.tensors import ROWS, Blocks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from plumbline.examples import Examples
    from plumbline.network import Recipe

_STEPS = 120  # of the grid along each number


def draw_surface(
    recipe: Recipe, predictors: list[Predictor], examples: Examples, parts: dict[str, Blocks], folder: Path
) -> None:
    """Draw a line through one number or a plane over two to folder/surface.png; all else has no such figure.

    `predictors` are the untrained and the trained one; train and test examples are drawn in their raw units.
    """
    features = recipe["features"]
    numbers = [feature["name"] for feature in features if feature["type"] == "number"]
    is_class = "classes" in recipe["targets"][0]["task"]
    if len(recipe["targets"]) > 1 or len(numbers) != len(features) or len(numbers) != 1 + is_class:
        return
    names = [*numbers, recipe["targets"][0]["name"]]
    train, test = (examples.take(names, pl.Series(parts[name][ROWS])).drop_nulls() for name in ("train", "test"))
    draw = _draw_plane if is_class else _draw_line
    figures.save(draw(recipe, predictors, numbers, train, test), folder / "surface.png")


def _draw_line(
    recipe: Recipe, predictors: list[Predictor], numbers: list[str], train: pl.DataFrame, test: pl.DataFrame
) -> Figure:
    (x,), y = numbers, recipe["targets"][0]["name"]
    untrained, trained = (predict_rows(predictor, test, recipe)[0] for predictor in predictors)
    x_train, y_train, x_test, y_test = (part[name].to_numpy() for part in (train, test) for name in (x, y))
    return line_before_and_after(x_train, y_train, x_test, y_test, untrained, trained, x, y)


def _draw_plane(
    recipe: Recipe, predictors: list[Predictor], numbers: list[str], train: pl.DataFrame, test: pl.DataFrame
) -> Figure:
    both = pl.concat([train, test]).select(named(*numbers)).to_numpy()
    low, high = both.min(0), both.max(0)
    margin = 0.05 * (high - low)
    x, y = np.linspace(low - margin, high + margin, _STEPS).T
    table = pl.DataFrame(np.stack([grid.ravel() for grid in np.meshgrid(x, y)], axis=1), schema=numbers)
    untrained, trained = (
        predict_rows(predictor, table, recipe)[0].reshape(_STEPS, _STEPS, -1) for predictor in predictors
    )
    target, classes = recipe["targets"][0]["name"], recipe["targets"][0]["task"]["classes"]
    truth = test[target].cast(pl.String).replace_strict(classes, range(len(classes))).to_numpy()
    points = test.select(named(*numbers)).to_numpy()
    return plane_before_and_after(x, y, untrained, trained, points, truth, (numbers[0], numbers[1]), classes)

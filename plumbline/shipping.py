"""What is shipped: the formats of models/export, each run again and proved equal to the evaluated model."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from plumbline import archive, onnx, plugins, raw, tensors
from plumbline.columns import is_content
from plumbline.encoding import encode_features
from plumbline.errors import InputError
from plumbline.examples import named
from plumbline.network import Recipe
from plumbline.odd_rows import make_odd_rows, measure_rounding
from plumbline.predictor import Predictor, predict_blocks, predict_rows
from plumbline.raw import Rows
from plumbline.targets import column_prefix
from plumbline.tasks import _decision

if TYPE_CHECKING:
    import polars as pl

FILES = {"onnx": "model.onnx", "pt2": "model.pt2", "torchscript": "model.torchscript"}
BATCH_SIZES = (1, 2, 7)
TOLERANCE = 1e-4
"""Largest allowed deviation: of probabilities, or of numbers in units of the target's deviation."""

_AT_AN_END = 70  # rows that are tried in small batches
_MOST_CONTENTS = 1000  # test rows that are tried where images or the like are decoded for it

_ALLOWED_ROUNDING = 8  # times what float32 rounds away in one order of summing, in another

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Shipped:
    """One shipped file: a table of N rows -> what it takes of each of them -> each target's predictions."""

    prepare: Callable[[pl.DataFrame], Rows]
    predict: Callable[[Rows], list[Array]]


def write_format(name: str, predictor: Predictor, recipe: Recipe, blocks: tensors.Blocks, path: Path) -> None:
    """Write one format; `blocks` are two or more encoded examples to trace the network with."""
    if name == "onnx":
        path.write_bytes(onnx.build_onnx(predictor, recipe, blocks))
        return
    example = {name: torch.from_numpy(blocks[name][:2].copy()) for name in recipe["encoders"]}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # TorchScript warns that it is deprecated
        buffer = io.BytesIO()
        if name == "pt2":
            torch.export.save(_export_program(predictor, example), buffer)
        else:
            torch.jit.save(torch.jit.trace(predictor, (example,)), buffer)
    path.write_bytes(archive.rewrite(buffer.getvalue()))


def _export_program(predictor: Predictor, example: dict[str, torch.Tensor]) -> torch.export.ExportedProgram:
    """The traced program without stack traces: they name this folder, which would enter the bytes."""
    shapes = {"blocks": {name: {0: torch.export.Dim("batch")} for name in example}}
    program = torch.export.export(predictor, (example,), dynamic_shapes=shapes)
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    return program


def open_format(name: str, recipe: Recipe, path: Path, threads: int) -> Shipped:
    """One shipped file, ready to predict."""
    if name == "onnx":
        return Shipped(partial(raw.columns_of, features=recipe["features"]), _open_onnx(recipe, path, threads))
    encode = partial(encode_features, features=recipe["features"])
    if name == "pt2":
        return Shipped(encode, partial(predict_blocks, torch.export.load(path).module()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Shipped(encode, partial(predict_blocks, torch.jit.load(path)))


def _open_onnx(recipe: Recipe, path: Path, threads: int) -> Callable[[Rows], list[Array]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [outputs[-1] for outputs in onnx.output_names(recipe)]

    def run(rows: Rows) -> list[Array]:
        parts = [(places, session.run(names, feed)) for places, feed in raw.batches(rows)]
        order = np.argsort([place for places, _ in parts for place in places])
        found = [np.concatenate(values)[order] for values in zip(*(values for _, values in parts), strict=True)]
        predictions = zip(recipe["targets"], found, strict=True)
        return [values if "classes" in target["task"] else values[:, 0] for target, values in predictions]

    return run


@dataclass(frozen=True)
class Proof:
    """Raw rows with the predictions they must give: for each target the values, and the unit of a deviation."""

    table: pl.DataFrame
    row_size: int
    expected: list[tuple[Array, Array]]

    def check(self, name: str, shipped: Shipped) -> dict[str, Any]:
        """Run all rows, many at once and at each batch size; InputError with the deviation where it is too large."""
        most = min(len(self.table), tensors.most_rows(self.row_size))
        for size in (most, *BATCH_SIZES):
            deviation = self._deviation(shipped, most, size)
            if not deviation <= TOLERANCE:
                raise InputError(
                    f"models/export/{FILES[name]}: deviates by {deviation:.3g} from the evaluated model at batch size "
                    f"{size}, more than {TOLERANCE:g}; leave {name} out of export.formats and report the model"
                )
        return {
            "format": name,
            "rows": len(self.table),
            "batch_sizes": list(BATCH_SIZES),
            "tolerance": TOLERANCE,
            "passed": True,
        }

    def _deviation(self, shipped: Shipped, most: int, size: int) -> float:
        """Largest deviation of any target in batches of `size`; small ones take the first 70 and the last 70 rows."""
        n_rows, few = len(self.table), min(_AT_AN_END, most)
        starts = [0, n_rows - few] if size in BATCH_SIZES else range(0, n_rows, most)
        pieces = (slice(start, start + (few if size in BATCH_SIZES else most)) for start in starts)
        return float(np.max([self._deviation_in(shipped, rows, size) for rows in pieces]))  # NaN where there is one

    def _deviation_in(self, shipped: Shipped, rows: slice, size: int) -> float:
        """Largest deviation in a piece of the table that is prepared at once."""
        given = shipped.prepare(self.table[rows])
        parts = [[values[rows] for values in of_target] for of_target in self.expected]
        worst = []
        for start in range(0, len(parts[0][0]), size):
            batch = slice(start, start + size)
            said = shipped.predict({name: values[batch] for name, values in given.items()})
            for values, (expected, scale) in zip(said, parts, strict=True):
                worst.append((np.abs(values - expected[batch]) / scale[batch]).max())
        return float(np.max(worst))


def choose_rows(predictions: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """The predictions of test rows that each format is tried on: all; of images or the like 1,000, evenly."""
    import polars as pl

    tested = predictions.filter(pl.col("split") == "test")
    if not any(is_content(feature["type"]) for feature in recipe["features"]):
        return tested
    return tested[np.unique(np.linspace(0, len(tested) - 1, min(len(tested), _MOST_CONTENTS)).round().astype(int))]


def make_proof(recipe: Recipe, predictor: Predictor, test: pl.DataFrame, predictions: pl.DataFrame) -> Proof:
    """Raw test rows with the predictions that `evaluate` wrote, and odd rows with what the network says to them."""
    import polars as pl

    odd, n_rows = make_odd_rows(test, recipe)
    said, n_targets = predict_rows(predictor, odd, recipe), len(recipe["targets"])
    expected = [
        _expect(target, predictions, column_prefix(target["name"], n_targets), values, rounding)
        for target, values, rounding in zip(
            recipe["targets"], said, measure_rounding(predictor, odd, recipe, said, n_rows), strict=True
        )
    ]
    size = sum(math.prod(feature["shape"]) for feature in recipe["features"])
    return Proof(pl.concat([test, odd]), size, expected)


def _expect(
    target: dict[str, Any], predictions: pl.DataFrame, prefix: str, odd: Array, rounding: Array
) -> tuple[Array, Array]:
    """Expected values of test and odd rows for one target, and the unit of their deviation.

    A number can be predicted far from the target's mean, where float32 has coarser steps, and those of a logarithm
    are coarser still: there the deviation counts in units of the prediction's distance from the mean. An odd row's
    unit allows for what float32 itself rounds away there.
    """
    allowed = np.concatenate([np.zeros(len(predictions)), _ALLOWED_ROUNDING / TOLERANCE * rounding])
    if classes := target["task"].get("classes"):
        evaluated = predictions.select(named(*(f"{prefix}probability: {name}" for name in classes))).to_numpy()
        return np.concatenate([evaluated, odd]), np.maximum(1, allowed)[:, None]
    expected, state = np.concatenate([predictions[f"{prefix}prediction"].to_numpy(), odd]), target["state"]
    return expected, np.maximum(np.maximum(np.abs(expected - state["mean"]), state["std"]), allowed)


def describe_signature(recipe: Recipe) -> dict[str, Any]:
    """What model.onnx takes and gives, and what the torch formats take: models/export/signature.json."""
    return {
        "targets": [
            {
                "name": target["name"],
                "task": target["task"]["name"],
                "classes": target["task"].get("classes"),
                "label": _decision.describe(target["task"]) if "classes" in target["task"] else None,
                "outputs": names,
            }
            for target, names in zip(recipe["targets"], onnx.output_names(recipe), strict=True)
        ],
        "inputs": [_describe_input(feature) for feature in recipe["features"]],
        "tensors": [_describe_tensor(name, columns) for name, columns in tensors.in_blocks(recipe["features"]).items()],
    }


def _describe_input(feature: dict[str, Any]) -> dict[str, Any]:
    kind = plugins.load("columns", feature["type"])
    state = {key: value for key, value in feature["state"].items() if key != "grid"}
    return {
        "name": feature["name"],
        "type": feature["type"],
        "dtype": kind.RAW_DTYPE,
        "shape": ["batch", *raw.shape(feature)],
        "meaning": kind.RAW_MEANING,
        "state": state,
    }


def _describe_tensor(block: str, columns: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": block,
        "dtype": plugins.load("columns", columns[0]["type"]).DTYPE,
        "shape": ["batch", len(columns), *columns[0]["shape"]],
        "columns": [column["name"] for column in columns],
    }

"""What is shipped: the formats of models/export, each run again and proved equal to the evaluated model."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from plumbline import archive, onnx, plugins, tensors
from plumbline.encoding import encode_features
from plumbline.errors import InputError
from plumbline.examples import named
from plumbline.network import Recipe
from plumbline.odd_rows import make_odd_rows, measure_rounding
from plumbline.predictor import Predictor, predict_blocks, predict_rows
from plumbline.targets import column_prefix
from plumbline.tasks import _decision

if TYPE_CHECKING:
    import polars as pl

FILES = {"onnx": "model.onnx", "pt2": "model.pt2", "torchscript": "model.torchscript"}
BATCH_SIZES = (1, 2, 7)
TOLERANCE = 1e-4
"""Largest allowed deviation: of probabilities, or of numbers in units of the target's deviation."""

_ALLOWED_ROUNDING = 8  # times what float32 rounds away in one order of summing, in another

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Shipped:
    """One shipped file: raw columns of N rows -> what it takes, arrays of N rows, -> each target's predictions."""

    prepare: Callable[[pl.DataFrame], dict[str, Array]]
    predict: Callable[[dict[str, Array]], list[Array]]


def write_format(name: str, predictor: Predictor, recipe: Recipe, blocks: tensors.Blocks, path: Path) -> None:
    """Write one format; `blocks` are two or more encoded examples to trace the network with."""
    if name == "onnx":
        path.write_bytes(onnx.build_onnx(predictor, recipe, blocks))
        return
    example = {kind: torch.from_numpy(blocks[kind][:2].copy()) for kind in recipe["encoders"]}
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
    shapes = {"blocks": {kind: {0: torch.export.Dim("batch")} for kind in example}}
    program = torch.export.export(predictor, (example,), dynamic_shapes=shapes)
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    return program


def open_format(name: str, recipe: Recipe, path: Path, threads: int) -> Shipped:
    """One shipped file, ready to predict."""
    if name == "onnx":
        return Shipped(partial(_raw_columns, recipe=recipe), _open_onnx(recipe, path, threads))
    encode = partial(encode_features, features=recipe["features"])
    if name == "pt2":
        return Shipped(encode, partial(predict_blocks, torch.export.load(path).module()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Shipped(encode, partial(predict_blocks, torch.jit.load(path)))


def _raw_columns(table: pl.DataFrame, recipe: Recipe) -> dict[str, Array]:
    """Each feature's raw values (N, 1), as the ONNX model takes them."""
    return {
        feature["name"]: plugins.load("columns", feature["type"]).raw(table[feature["name"]].alias(""))
        for feature in recipe["features"]
    }


def _open_onnx(recipe: Recipe, path: Path, threads: int) -> Callable[[dict[str, Array]], list[Array]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [outputs[-1] for outputs in onnx.output_names(recipe)]

    def run(feed: dict[str, Array]) -> list[Array]:
        predictions = zip(recipe["targets"], session.run(names, feed), strict=True)
        return [values if "classes" in target["task"] else values[:, 0] for target, values in predictions]

    return run


@dataclass(frozen=True)
class Proof:
    """Raw rows with the predictions they must give: for each target the values, and the unit of a deviation."""

    table: pl.DataFrame
    expected: list[tuple[Array, Array]]

    def check(self, name: str, shipped: Shipped) -> dict[str, Any]:
        """Run all rows, many at once and at each batch size; InputError with the deviation where it is too large."""
        given = shipped.prepare(self.table)
        for size in (min(len(self.table), tensors.most_rows(self.table.width)), *BATCH_SIZES):
            deviation = self._deviation(shipped, given, size)
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

    def _deviation(self, shipped: Shipped, given: dict[str, Array], size: int) -> float:
        """Largest deviation of any target; small batches take the first 70 and the last 70 rows."""
        starts = range(0, len(self.table), size)
        near_an_end = [start for start in starts if start < 70 or start >= len(self.table) - 70]
        chunks = [slice(start, start + size) for start in (near_an_end if size in BATCH_SIZES else starts)]

        def predict(rows: slice) -> list[Array]:
            return shipped.predict({name: values[rows] for name, values in given.items()})

        worst = [
            (np.abs(values - expected[rows]) / scale[rows]).max()
            for rows in chunks
            for values, (expected, scale) in zip(predict(rows), self.expected, strict=True)
        ]
        return float(np.max(worst))  # NaN where there is one


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
    return Proof(pl.concat([test, odd]), expected)


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
        "tensors": [_describe_tensor(kind, recipe) for kind in recipe["encoders"]],
    }


def _describe_input(feature: dict[str, Any]) -> dict[str, Any]:
    kind = plugins.load("columns", feature["type"])
    state = {key: value for key, value in feature["state"].items() if key != "grid"}
    return {
        "name": feature["name"],
        "type": feature["type"],
        "dtype": kind.RAW_DTYPE,
        "shape": ["batch", 1],
        "meaning": kind.RAW_MEANING,
        "state": state,
    }


def _describe_tensor(kind: str, recipe: Recipe) -> dict[str, Any]:
    columns = [feature for feature in recipe["features"] if feature["type"] == kind]
    return {
        "name": kind,
        "dtype": plugins.load("columns", kind).DTYPE,
        "shape": ["batch", len(columns), *columns[0]["shape"]],
        "columns": [column["name"] for column in columns],
    }

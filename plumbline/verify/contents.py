"""What a file of any artifact holds, by name: numbers and texts, columns, tensors, pixels."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl
    import torch

TENSORS = (".npy", ".pt", ".onnx", ".pt2", ".torchscript")
"""Kinds of files that hold tensors."""

Contents = dict[str, Any]
"""Leaves by name: a number, a text, None, a NumPy array, a polars Series, `Pixels`, bytes."""


@dataclass(frozen=True)
class Pixels:
    """A picture, shape (height, width, channels), float32 in [0, 1]."""

    values: npt.NDArray[np.float32]


def read_contents(path: Path) -> Contents:
    """What a file holds by its suffix, or its lines; ValueError, RuntimeError or OSError where it is no such file."""
    return _READERS.get(path.suffix, _read_lines)(path)


def _read_json(path: Path) -> Contents:
    return dict(_flatten("", json.loads(path.read_text(encoding="utf-8"))))


def _flatten(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Leaves of nested JSON as test.roc_auc; an empty list or object is a leaf too."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not value or not below:
        yield name, value
    for key, inner in below:
        yield from _flatten(f"{name}.{key}" if name else str(key), inner)


def _read_csv(path: Path) -> Contents:
    import polars as pl

    return _columns(path, lambda: pl.read_csv(path, infer_schema_length=None))


def _read_parquet(path: Path) -> Contents:
    import polars as pl

    return _columns(path, lambda: pl.read_parquet(path))


def _columns(path: Path, read: Callable[[], pl.DataFrame]) -> Contents:
    """Columns of numbers as arrays, where a missing one is NaN; others as Series."""
    import polars as pl

    try:
        table = read()
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{path}: {error}") from None
    return {
        f"column {series.name!r}": series.to_numpy() if series.dtype.is_numeric() else series
        for series in table.get_columns()
    }


def _read_npy(path: Path) -> Contents:
    import numpy as np

    return {"array": np.load(path, mmap_mode="r", allow_pickle=False)}


def _read_weights(path: Path) -> Contents:
    import pickle

    import torch

    try:
        return dict(_flatten_tensors("", torch.load(path, map_location="cpu", weights_only=True)))
    except pickle.UnpicklingError as error:
        raise ValueError(f"{path}: {error}") from None


def _flatten_tensors(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    import torch

    if isinstance(value, torch.Tensor):
        yield name or "tensor", _as_array(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _flatten_tensors(f"{name}.{key}" if name else str(key), inner)
    else:
        yield name, str(value)


def _as_array(tensor: torch.Tensor) -> npt.NDArray[Any]:
    """Any tensor as NumPy holds it; bfloat16, which it does not know, as float32."""
    import torch

    plain = tensor.detach().cpu()
    array: npt.NDArray[Any] = (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
    return array


def _read_onnx(path: Path) -> Contents:
    """Initializers in order, and the graph without them."""
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load(path)
    except DecodeError as error:
        raise ValueError(f"{path}: {error}") from None
    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    del model.graph.initializer[:]
    return arrays | {"the graph": model.SerializeToString(deterministic=True)}


def _read_pt2(path: Path) -> Contents:
    import torch

    if not zipfile.is_zipfile(path):  # of which torch would log a page
        raise ValueError(f"{path}: is no zip archive")
    program = torch.export.load(path)
    tensors = _flatten_tensors("", {**program.state_dict, **program.constants})
    return dict(tensors) | {"the graph": str(program.graph).encode()}


def _read_torchscript(path: Path) -> Contents:
    import warnings

    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is deprecated
        module = torch.jit.load(path, map_location="cpu")
    graph = re.sub(
        r"___torch_mangle_\d+\.| # .*", "", str(module.inlined_graph)
    )  # a count of loads, a place in a source
    return dict(_flatten_tensors("", module.state_dict())) | {"the graph": graph.encode()}


def _read_png(path: Path) -> Contents:
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        return {"pixels:": Pixels(np.asarray(picture.convert("RGBA"), dtype=np.float32) / np.float32(255))}


def _read_lines(path: Path) -> Contents:
    """Lines of a text; all bytes as one leaf where it is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        return {"bytes": path.read_bytes()}
    return {f"line {number}": line for number, line in enumerate(lines, 1)}


_READERS: dict[str, Callable[[Path], Contents]] = {
    ".json": _read_json,
    ".csv": _read_csv,
    ".parquet": _read_parquet,
    ".npy": _read_npy,
    ".pt": _read_weights,
    ".onnx": _read_onnx,
    ".pt2": _read_pt2,
    ".torchscript": _read_torchscript,
    ".png": _read_png,
}

"""Vector: a list of numbers, as many in each example, such as the embedding of another model."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from plumbline.columns import _lists
from plumbline.distribution import pooled_mean_and_std
from plumbline.params import Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.figure import Figure

    from plumbline.graph import Graph

CONTENT = True
DTYPE = "float32"
RAW_DTYPE = "double"
RAW_MEANING = "a list of numbers; NaN for one that is missing, and all NaN for a missing value"
ODD_VALUES: tuple[list[float] | None, ...] = (None,)
"""Values worth a try in the exported model: missing; all others have as many numbers as those of the column."""
SIZE = "number"
"""What a list holds as many of as all others of its column; another is broken."""
MEASURES = ("mean", "norm")
GALLERY_ROW = 0.9
GALLERY_VALUES = 30

_FAR = 1e9  # scaled numbers end here, so that float32 arithmetic on them stays finite
_SHOWN = 6  # numbers of a vector in the report
_HUGE = 1e100  # raw ones end here, so that their squares stay finite


class Params(Section):
    """Knobs of vector columns."""

    scale: Literal["standard", "none"] = "standard"
    """Zero mean and unit deviation of each place over the train vectors, or the raw numbers."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are vectors, and why."""
    return _lists.recognise(values, is_target, "vector")


def clean(column: pl.Expr) -> pl.Expr:
    """Lists of numbers and texts of them -> List(Float64); other texts are empty lists."""
    import polars as pl

    flat = pl.List(pl.Float64)
    return column.map_batches(lambda values: _lists.read_flat(values), flat, is_elementwise=True)


def measure(value: Any) -> dict[str, float]:
    """Mean and Euclidean norm of the numbers; ValueError where there is none, or no finite one."""
    import numpy as np

    numbers = np.array(value, dtype=np.float64)
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        raise ValueError("holds no number")
    if not np.isfinite(numbers).all():
        raise ValueError("holds an infinite number")
    mean = math.fsum(numbers / len(numbers))
    return {"mean": mean, "norm": math.hypot(*numbers)}


def fit(chunks: Iterable[pl.Series], measures: pl.DataFrame, params: Params) -> dict[str, Any]:
    """Fit on train vectors: how many numbers they have, and mean and deviation of each place, exactly rounded."""
    import numpy as np

    moments: list[list[tuple[float, float, float]]] = []
    for chunk in chunks:
        numbers = np.clip(_places(chunk, int(chunk.list.len().max() or 0)), -_HUGE, _HUGE)  # type: ignore[arg-type]
        moments += [[] for _ in range(numbers.shape[1] - len(moments))]
        for place, column in zip(moments, numbers.T, strict=False):
            place.append(_moments(column[np.isfinite(column)]))
    state: dict[str, Any] = {"missing": measures["norm"].null_count(), "scale": params.scale}
    pooled = [pooled_mean_and_std(place) for place in moments] or [(0.0, 1.0)]
    return state | {"mean": [mean for mean, _ in pooled], "std": [std for _, std in pooled]}


def _moments(numbers: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Count, mean and squared deviations of (N,), exactly rounded."""
    mean = math.fsum(numbers.tolist()) / max(len(numbers), 1)
    return float(len(numbers)), mean, math.fsum(((numbers - mean) ** 2).tolist())


def _places(values: pl.Series, length: int) -> npt.NDArray[np.float64]:
    """(N,) List(Float64) -> (N, length), NaN where a number is missing."""
    import polars as pl

    found: npt.NDArray[np.float64] = _lists.dense(values.list.eval(pl.element().implode()), 1, length)[:, 0]
    return found


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: its numbers and 1 if it is missing."""
    return (len(state["mean"]) + 1,)


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.float32]:
    """(N,) List(Float64) -> (N, n + 1) float32: scaled, a missing number as the mean; last 1 if all are missing."""
    import numpy as np

    n = len(state["mean"])
    numbers = np.clip(_places(values, n), -_HUGE, _HUGE)
    known = np.isfinite(numbers)
    mean, std = (np.array(state[name]) for name in ("mean", "std"))
    if state["scale"] == "standard":
        numbers = (numbers - mean) / std
    scaled = np.where(known, np.clip(numbers, -_FAR, _FAR), 0.0)
    return np.concatenate([scaled, ~known.any(1, keepdims=True)], axis=1).astype(np.float32)


def raw_shape(state: dict[str, Any]) -> list[str | int]:
    """Shape of one raw value: its numbers."""
    return [len(state["mean"])]


def raw(values: pl.Series, state: dict[str, Any]) -> list[npt.NDArray[np.float64]]:
    """(N,) List(Float64) -> per value (n,) float64, NaN where a number is missing."""
    return list(_places(values, len(state["mean"])))


def front(graph: Graph, value: ir.Value, state: dict[str, Any]) -> ir.Value:
    """Nodes from raw doubles (B, n) to what `encode` gives, (B, n + 1) float32."""
    unknown = graph.op("Or", graph.op("IsNaN", value), graph.op("IsInf", value))
    scaled = _within(graph, value, _HUGE)
    if state["scale"] == "standard":
        scaled = graph.op("Div", graph.op("Sub", scaled, graph.double(state["mean"])), graph.double(state["std"]))
    scaled = graph.op("Where", unknown, graph.double([0.0]), _within(graph, scaled, _FAR))
    number = graph.op("Cast", unknown, to=graph.FLOAT)
    missing = graph.op("ReduceMin", number, graph.int64([1]), keepdims=1)
    return graph.op("Concat", graph.op("Cast", scaled, to=graph.FLOAT), missing, axis=1)


def _within(graph: Graph, value: ir.Value, bound: float) -> ir.Value:
    return graph.op("Max", graph.op("Min", value, graph.double([bound])), graph.double([-bound]))


def draw_gallery(figure: Figure, values: dict[str, list[Any]]) -> None:
    """Draw each group's vectors as rows of colours, a place in them being a column."""
    from plumbline.columns import _lists_drawn

    _lists_drawn.draw_vectors(figure, values)


def show(value: Any) -> str:
    """The first numbers, and how many there are."""
    numbers = [float("nan") if number is None else number for number in list(value)[:_SHOWN]]
    shown = ", ".join(f"{number:.4g}".replace("nan", "–") for number in numbers)
    return f"<span>{shown}{f', … ({len(value)})' if len(value) > _SHOWN else ''}</span>"

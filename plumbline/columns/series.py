"""Series: numbers that follow each other in time, in one or more channels, of one or of many lengths."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from plumbline.columns import _lists, _series_front
from plumbline.distribution import FLAT, pooled_mean_and_std
from plumbline.params import Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.figure import Figure

    from plumbline.graph import Graph

    Doubles = npt.NDArray[np.float64]

CONTENT = True
DTYPE = "float32"
RAW_DTYPE = "float"
RAW_MEANING = (
    "channels and their steps; NaN for a gap, behind the end of a shorter series, and all over a missing value"
)
ODD_VALUES: tuple[list[list[float]] | None, ...] = (None, [[0.0]], [[1e6, -1e6, float("nan"), 3.0] * 100])
"""Values worth a try in the exported model: missing, of one step, longer than any with gaps and far from all seen."""
SIZE = "channel"
"""What a list holds as many of as all others of its column; another is broken."""
MEASURES = ("length", "mean", "deviation")
GALLERY_ROW = 1.3
GALLERY_VALUES = 30

_LONGEST = 4096
FAR = 1e9  # scaled numbers end here, so that float32 arithmetic on them stays finite


class Params(Section):
    """Knobs of series columns."""

    length: int | None = Field(default=None, ge=1)
    """Steps that are kept, what comes later is cut off; null: as many as the longest train series has, at most 4096."""
    scale: Literal["standard", "each", "none"] = "standard"
    """Zero mean and unit deviation, of each channel over all train series or within each series; or raw numbers."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are series, and why."""
    return _lists.recognise(values, is_target, "series")


def clean(column: pl.Expr) -> pl.Expr:
    """Lists of numbers, lists of such channels, texts of both -> List(List(Float32)); other texts are empty lists."""
    import polars as pl

    nested = pl.List(pl.List(pl.Float32))
    return column.map_batches(lambda values: _lists.read(values).cast(nested), nested, is_elementwise=True)


def measure(value: Any) -> dict[str, float]:
    """Steps of the longest channel, mean and deviation of all numbers; ValueError where there is none, or no finite."""
    import numpy as np

    channels = [np.array(channel, dtype=np.float64) for channel in value if channel is not None]
    numbers = np.concatenate([[], *(channel[~np.isnan(channel)] for channel in channels)])
    if not len(numbers):
        raise ValueError("holds no number")
    if not np.isfinite(numbers).all():
        raise ValueError("holds an infinite number")
    mean = math.fsum(numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((numbers - mean) ** 2) / len(numbers))
    return {"length": float(max(map(len, channels))), "mean": mean, "deviation": deviation}


def fit(chunks: Iterable[pl.Series], measures: pl.DataFrame, params: Params) -> dict[str, Any]:
    """Fit on train series: channels, length, mean and deviation of each channel's numbers, exactly rounded."""
    import numpy as np

    longest = int(measures["length"].max() or 1)  # type: ignore[arg-type]
    length = params.length or min(longest, _LONGEST)
    channels: list[list[list[float]]] = [[]]
    for chunk in chunks:
        numbers = _lists.dense(chunk, int(chunk.list.len().max() or 1), length)  # type: ignore[arg-type]
        found = np.concatenate(_moments(numbers.astype(np.float64), np.isfinite(numbers)), axis=2)
        channels += [[] for _ in range(found.shape[1] - len(channels))]
        for channel, moments in zip(channels, found.swapaxes(0, 1).tolist(), strict=False):
            channel += moments
    means, deviations = zip(*map(pooled_mean_and_std, channels), strict=True)
    state = {"missing": measures["length"].null_count(), "channels": len(channels), "length": length}
    return state | {"scale": params.scale, "mean": list(means), "std": list(deviations)}


def _moments(numbers: Doubles, known: npt.NDArray[np.bool_]) -> tuple[Doubles, Doubles, Doubles]:
    """Of the known numbers in (N, channels, time): their count, mean and squared deviations, each (N, channels, 1)."""
    import numpy as np

    count = known.sum(2, keepdims=True).astype(np.float64)
    mean = np.where(known, numbers, 0.0).sum(2, keepdims=True) / np.maximum(count, 1)
    return count, mean, (np.where(known, numbers - mean, 0.0) ** 2).sum(2, keepdims=True)


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: its channels and one that is 1 in the series and 0 behind its end, by time."""
    return state["channels"] + 1, state["length"]


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.float32]:
    """(N,) List(List(Float32)) -> (N, channels + 1, length) float32, 0 behind the end of a series.

    A series ends with the last of its numbers; gaps before it are bridged by straight lines.
    """
    import numpy as np

    numbers = _lists.dense(values, state["channels"], state["length"]).astype(np.float64)
    known, steps = np.isfinite(numbers), np.arange(state["length"])
    numbers[~known] = np.nan
    inside = steps <= np.where(known, steps, -1).max((1, 2), keepdims=True)  # (N, 1, length)
    torn = (inside & ~known).any((1, 2))
    mean, std = _scale_of(numbers, known, state)
    numbers[torn] = _bridged(numbers[torn], known[torn])
    scaled = np.clip((numbers - mean) / std, -FAR, FAR)
    scaled = np.where(inside & known.any(2, keepdims=True), scaled, 0.0)
    return np.concatenate([scaled, inside], axis=1).astype(np.float32)


def _scale_of(numbers: Doubles, known: npt.NDArray[np.bool_], state: dict[str, Any]) -> tuple[Doubles, Doubles]:
    """What is taken from (N, channels, length) and what that is divided by, each (N or 1, channels, 1)."""
    import numpy as np

    if state["scale"] == "each":
        count, mean, squares = _moments(numbers, known)
        std = np.sqrt(squares / np.maximum(count, 1))
        return mean, np.where(std > FLAT * abs(mean), std, 1.0)
    of_train = [np.array(state[name])[None, :, None] for name in ("mean", "std")]
    mean, std = of_train if state["scale"] == "standard" else (np.zeros(1), np.ones(1))
    return mean, std


def _bridged(numbers: Doubles, known: npt.NDArray[np.bool_]) -> Doubles:
    """(N, channels, length) with straight lines over the gaps, level before the first and behind the last number."""
    import numpy as np

    length = numbers.shape[2]
    steps = np.arange(length)
    before = np.maximum.accumulate(np.where(known, steps, -1), axis=2)
    after = np.minimum.accumulate(np.where(known, steps, length)[..., ::-1], axis=2)[..., ::-1]
    before, after = np.where(before < 0, after, before) % length, np.where(after == length, before, after) % length
    left, right = (np.take_along_axis(numbers, at, axis=2) for at in (before, after))
    return left + (right - left) * ((steps - before) / np.maximum(after - before, 1))


def raw_shape(state: dict[str, Any]) -> list[str | int]:
    """Shape of one raw value: its channels by any number of steps."""
    return [state["channels"], "time"]


def raw(values: pl.Series, state: dict[str, Any]) -> list[npt.NDArray[np.float32]]:
    """(N,) List(List(Float32)) -> per value (channels, time) float32; a missing one is one step of NaN."""
    import numpy as np

    steps = _lists.n_steps(values).fill_null(0).clip(lower_bound=1).to_list()
    numbers = _lists.dense(values, state["channels"], max(steps, default=1)).astype(np.float32)
    return [channels[:, :n] for channels, n in zip(numbers, steps, strict=True)]


def front(graph: Graph, value: ir.Value, state: dict[str, Any]) -> ir.Value:
    """Nodes from raw floats (B, channels, time) to what `encode` gives, (B, channels + 1, length) float32."""
    return _series_front.build(graph, value, state, FAR)


def draw_gallery(figure: Figure, values: dict[str, list[Any]]) -> None:
    """Draw each group's series over each other, and their mean; a row for each group, a panel for each channel."""
    from plumbline.columns import _lists_drawn

    _lists_drawn.draw_series(figure, values)


def show(value: Any) -> str:
    """The series as lines in an SVG."""
    from plumbline.columns import _series_svg

    return _series_svg.svg(value)

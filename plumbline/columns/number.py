"""Number: a finite float, scaled, with an indicator for missing values."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from plumbline.columns import _written_numbers
from plumbline.distribution import mean_and_std, normal_scores, quantile_grid
from plumbline.params import Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.axes import Axes

    from plumbline.columns._form import Form
    from plumbline.figures import Row
    from plumbline.graph import Graph

DTYPE = "float32"
RAW_DTYPE = "double"
RAW_MEANING = "a number; NaN for a missing value"
ODD_VALUES: tuple[float | None, ...] = (None, 0.0, -1e6)
"""Values worth a try in the exported model: missing, and far from anything seen."""

_FAR = 1e18  # scaled numbers end here, so that float32 arithmetic on them stays finite
_LEADING_ZERO = r"^[+-]?0\d"
_FEW = 0.05  # share of texts that may be no number in a column of numbers


class Params(Section):
    """Knobs of number columns."""

    scale: Literal["standard", "quantile", "none"] = "standard"
    """Zero mean and unit deviation, normal scores of the quantiles, or the raw number."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are numbers, and why."""
    import polars as pl

    if values.dtype.is_numeric():
        return 0.9, f"stored as {values.dtype}"
    if values.dtype != pl.String or values.is_null().all():
        return 0.0, "not text and not a number"
    if values.str.contains(_LEADING_ZERO).any() and not values.str.contains(r"[.eE]").any():
        return 0.0, "has leading zeros, as codes have"
    read = values.cast(pl.Float64, strict=False)
    n_wrong = read.null_count() - values.null_count()
    if not n_wrong:
        return 0.9, "every value reads as a number"
    if n_wrong <= _FEW * values.count() and read.n_unique() > 20:
        return 0.6, f"all but {n_wrong:,} of {values.count():,} values read as numbers"
    return 0.0, f"{n_wrong:,} values are not numbers"


def find_form(values: pl.Series) -> Form | None:
    """How numbers in (N,) String are written that `clean` cannot read, as $1,234; None where they are not."""
    return _written_numbers.find_form(values)


def clean(column: pl.Expr) -> pl.Expr:
    """Text or numbers of any kind -> Float64; what is not a finite number is missing."""
    import polars as pl

    number = column.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def fit(values: pl.Series, params: Params) -> dict[str, Any]:
    """Fit on train values (N,) Float64: mean, std, median, and the quantile grid in encoded units."""
    import numpy as np

    present = values.drop_nulls().to_numpy()
    n_missing = len(values) - len(present)
    if not len(present):
        present = np.zeros(1)
    mean, std = mean_and_std(present)
    state: dict[str, Any] = {"missing": n_missing, "scale": params.scale, "mean": mean, "std": std}
    state["median"] = float(np.median(present))
    grid = quantile_grid(present)
    if params.scale == "quantile":
        state["knots"], state["scores"] = normal_scores(grid)
    state["grid"] = [float(f"{value:.9g}") for value in _scaled(grid, state)]  # float32 has 9 digits
    return state


def _scaled(values: npt.NDArray[np.float64], state: dict[str, Any]) -> npt.NDArray[np.float64]:
    import numpy as np

    if state["scale"] == "quantile":
        return np.interp(values, state["knots"], state["scores"])
    if state["scale"] == "standard":
        values = (values - state["mean"]) / state["std"]
    return np.clip(values, -_FAR, _FAR)


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: (scaled number, 1 if missing)."""
    return (2,)


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.float32]:
    """(N,) Float64 -> (N, 2) float32; a missing number is the scaled median."""
    import numpy as np

    missing = values.is_null().to_numpy()
    numbers = values.fill_null(state["median"]).to_numpy()
    return np.stack([_scaled(numbers, state), missing], axis=1).astype(np.float32)


def raw(values: pl.Series) -> npt.NDArray[np.float64]:
    """(N,) Float64 -> (N, 1) float64, as the exported model takes it."""
    import numpy as np

    return values.cast(float).fill_null(float("nan")).to_numpy().astype(np.float64)[:, None]


def front(graph: Graph, values: list[ir.Value], states: list[dict[str, Any]]) -> ir.Value:
    """Nodes from raw doubles (B, 1) of n columns to what `encode` gives, (B, n, 2) float32: all columns at once."""
    raw = graph.op("Concat", *values, axis=1)
    missing = graph.op("Or", graph.op("IsNaN", raw), graph.op("IsInf", raw))
    numbers = graph.op("Where", missing, graph.double([state["median"] for state in states]), raw)
    scaled = graph.op("Cast", _scaled_front(graph, numbers, states), to=graph.FLOAT)
    return graph.stack([scaled, graph.op("Cast", missing, to=graph.FLOAT)], axis=2)


def _scaled_front(graph: Graph, number: ir.Value, states: list[dict[str, Any]]) -> ir.Value:
    scale = states[0]["scale"]  # columns of a type share their knobs
    if scale == "quantile":
        columns = [graph.op("Gather", number, graph.int64([index]), axis=1) for index in range(len(states))]
        pieces = zip(columns, states, strict=True)
        scored = [_interpolation_front(graph, column, state["knots"], state["scores"]) for column, state in pieces]
        return graph.op("Concat", *scored, axis=1)
    if scale == "standard":
        mean, std = (graph.double([state[name] for state in states]) for name in ("mean", "std"))
        number = graph.op("Div", graph.op("Sub", number, mean), std)
    return graph.op("Max", graph.op("Min", number, graph.double([_FAR])), graph.double([-_FAR]))


def _interpolation_front(graph: Graph, number: ir.Value, knots: list[float], scores: list[float]) -> ir.Value:
    """np.interp as score[0] + sum of slope * clip(x - knot, 0, width)."""
    if len(knots) == 1:
        return graph.op("Add", graph.op("Mul", number, graph.double([0.0])), graph.double(scores))
    widths = [right - left for left, right in pairwise(knots)]
    rises = [high - low for low, high in pairwise(scores)]
    slopes = [rise / width for rise, width in zip(rises, widths, strict=True)]
    above = graph.op("Max", graph.op("Sub", number, graph.double(knots[:-1])), graph.double([0.0]))
    parts = graph.op("Mul", graph.op("Min", above, graph.double(widths)), graph.double(slopes))
    total = graph.op("ReduceSum", parts, graph.int64([1]), keepdims=1)
    return graph.op("Add", total, graph.double([scores[0]]))


def positions(values: pl.Series) -> npt.NDArray[np.float64]:
    """(N,) Float64 -> (N,) float64 places on an axis, NaN where missing; at most 1e150, lest a drawing overflow."""
    return values.clip(-1e150, 1e150).fill_null(float("nan")).to_numpy()


def draw(axes: Axes, values: pl.Series) -> list[Row]:
    """Draw a histogram; return its rows value (lower edge), count."""
    from plumbline import panels

    return panels.histogram(axes, positions(values))

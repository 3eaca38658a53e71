"""Boolean: true, false or missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plumbline.params import Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.axes import Axes

    from plumbline.figures import Row
    from plumbline.graph import Graph

DTYPE = "int32"
RAW_DTYPE = "double"
RAW_MEANING = "1 for true, 0 for false, NaN for a missing value"
ODD_VALUES = (None, True, False)
MISSING, FALSE, TRUE = 0, 1, 2

_WORDS = {"true": "false", "t": "f", "yes": "no", "y": "n", "1": "0", "1.0": "0.0", "on": "off"}
_WORDS |= {"wahr": "falsch", "ja": "nein", "vrai": "faux", "oui": "non", "sí": "no"}

_SPELLINGS = 12  # ways in which two words are written, at most: TRUE, True, true and so on


class Params(Section):
    """Knobs of boolean columns: none."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are booleans, and why."""
    import polars as pl

    if values.dtype == pl.Boolean:
        return 1.0, "stored as Boolean"
    if values.dtype != pl.String and not values.dtype.is_numeric():
        return 0.0, f"stored as {values.dtype}"
    distinct = values.drop_nulls().unique()
    words = sorted(distinct.cast(pl.String).str.to_lowercase().unique()) if len(distinct) <= _SPELLINGS else []
    if len(words) != 2:
        return 0.0, "does not have two distinct values"
    if any(words == sorted(pair) for pair in _WORDS.items()):
        sure = 0.95 if not is_target else 0.92 if words[0].startswith("0") else 0.4  # classes keep their own words
        return sure, f"its two values are {words[0]} and {words[1]}"
    return 0.0, f"its two values are {words[0]!r} and {words[1]!r}"


def clean(column: pl.Expr) -> pl.Expr:
    """Booleans, numbers and words -> Boolean; what is neither true nor false is missing."""
    import polars as pl

    word = column.cast(pl.String).str.strip_chars().str.to_lowercase()
    return pl.when(word.is_in(list(_WORDS))).then(True).when(word.is_in(list(_WORDS.values()))).then(False)


def fit(values: pl.Series, params: Params) -> dict[str, Any]:
    """Fit on train values (N,) Boolean: the number of missing ones and of ids."""
    return {"missing": values.null_count(), "n_ids": 3}


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: a single id."""
    return ()


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.int32]:
    """(N,) Boolean -> (N,) int32 ids: 0 missing, 1 false, 2 true."""
    import polars as pl

    return (values.cast(pl.Int32) + FALSE).fill_null(MISSING).to_numpy()


def raw(values: pl.Series) -> npt.NDArray[np.float64]:
    """(N,) Boolean -> (N, 1) float64, as the exported model takes it."""
    import polars as pl

    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()[:, None]


def front(graph: Graph, values: list[ir.Value], states: list[dict[str, Any]]) -> ir.Value:
    """Nodes from raw doubles (B, 1) of n columns to what `encode` gives, (B, n) int32; neither 0 nor 1 is missing."""
    raw = graph.op("Concat", *values, axis=1)
    is_true, is_false = (graph.op("Equal", raw, graph.double([number])) for number in (1.0, 0.0))
    rest = graph.op("Where", is_false, graph.int32([FALSE]), graph.int32([MISSING]))
    return graph.op("Where", is_true, graph.int32([TRUE]), rest)


def positions(values: pl.Series) -> None:
    """None: true and false have no order."""


def draw(axes: Axes, values: pl.Series) -> list[Row]:
    """Draw how often true, false and missing occur; return rows value, count."""
    from plumbline import panels

    return panels.value_bars(axes, values)

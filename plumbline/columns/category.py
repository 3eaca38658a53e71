"""Category: one of a set of words; missing and unseen values have ids of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

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
RAW_DTYPE = "string"
RAW_MEANING = 'a text without surrounding white space; "" for a missing value'
MISSING, UNSEEN, FIRST = 0, 1, 2
ODD_VALUES = (None, "a value that no training example has")

_MOST_CLASSES = 20  # whole numbers 0 … k or 1 … k up to this many are read as classes when they are the target


class Params(Section):
    """Knobs of category columns."""

    min_count: int = Field(default=2, ge=1)
    """Training examples a value needs for an id of its own; a rarer one counts as unseen, which trains that id."""
    vocabulary: int = Field(default=10_000, ge=1)
    """Values that get an id, at most: the most frequent."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are categories, and why."""
    import polars as pl

    if values.is_null().all():
        return 0.1, "every value is missing"
    n_distinct = values.drop_nulls().n_unique()
    if values.dtype in (pl.String, pl.Categorical, pl.Enum):
        sure, why = 0.5, f"text with {n_distinct:,} distinct values"
    elif values.dtype.is_integer() or values.dtype == pl.Boolean:
        sure, why = 0.3, f"{n_distinct:,} distinct values"
    else:
        sure, why = 0.0, f"stored as {values.dtype}"
    if is_target and _are_class_numbers(values):
        return 0.95, f"the target's values are whole numbers that count {n_distinct} classes"
    return sure, why


def _are_class_numbers(values: pl.Series) -> bool:
    """Whether the values are exactly 0 … k or 1 … k, for k up to 20, each seen five times."""
    import polars as pl

    if not values.dtype.is_numeric() and values.dtype != pl.String:
        return False
    numbers = values.cast(pl.Float64, strict=False).drop_nulls().rename("value")
    counts = numbers.value_counts(sort=False).sort("value")
    if len(numbers) < values.count() or len(counts) > _MOST_CLASSES or len(counts) < 2:
        return False
    distinct = counts[:, 0].to_list()
    return distinct[0] in (0, 1) and distinct == [distinct[0] + i for i in range(len(distinct))] and _often(counts)


def _often(counts: pl.DataFrame) -> bool:
    return bool((counts["count"] >= 5).all())


def clean(column: pl.Expr) -> pl.Expr:
    """Anything -> String without surrounding white space; an empty one is missing."""
    import polars as pl

    text = column.cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def fit(values: pl.Series, params: Params) -> dict[str, Any]:
    """Fit on train values (N,) String: the sorted vocabulary of frequent values."""
    counts = values.drop_nulls().rename("value").value_counts(sort=False)
    frequent = counts.filter(counts["count"] >= params.min_count).sort(["count", "value"], descending=[True, False])
    vocabulary = sorted(frequent["value"].head(params.vocabulary).to_list())
    return {"missing": values.null_count(), "n_ids": FIRST + len(vocabulary), "vocabulary": vocabulary}


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: a single id."""
    return ()


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.int32]:
    """(N,) String -> (N,) int32 ids: 0 missing, 1 unseen, 2 … the vocabulary."""
    import polars as pl

    vocabulary = pl.Series(state["vocabulary"], dtype=pl.String)
    ids = pl.Series(range(FIRST, FIRST + len(vocabulary)), dtype=pl.Int32)
    known = values.replace_strict(vocabulary, ids, default=UNSEEN, return_dtype=pl.Int32)
    return known.zip_with(values.is_not_null(), pl.repeat(MISSING, len(values), dtype=pl.Int32, eager=True)).to_numpy()


def raw(values: pl.Series) -> npt.NDArray[np.object_]:
    """(N,) String -> (N, 1) str, as the exported model takes it."""
    import numpy as np

    return np.array(values.fill_null("").to_list(), dtype=object)[:, None]


def front(graph: Graph, values: list[ir.Value], states: list[dict[str, Any]]) -> ir.Value:
    """Nodes from raw strings (B, 1) of n columns to what `encode` gives, (B, n) int32."""
    encoded = [_ids_front(graph, value, state) for value, state in zip(values, states, strict=True)]
    return graph.op("Cast", graph.op("Concat", *encoded, axis=1), to=graph.INT32)


def _ids_front(graph: Graph, value: ir.Value, state: dict[str, Any]) -> ir.Value:
    words = ["", *state["vocabulary"]]
    ids = [MISSING, *range(FIRST, state["n_ids"])]
    return graph.label_encoder(value, words, ids, default=UNSEEN)


def positions(values: pl.Series) -> None:
    """None: categories have no order."""


def draw(axes: Axes, values: pl.Series) -> list[Row]:
    """Draw how often the most frequent values occur; return rows value, count."""
    from plumbline import panels

    return panels.value_bars(axes, values)

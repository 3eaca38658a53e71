"""Raw values: what the exported model takes of each column, rows of one size together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import plugins
from plumbline.columns import is_content

if TYPE_CHECKING:
    import polars as pl

Array = npt.NDArray[Any]
Rows = Mapping[str, Sequence[Array] | Array]
"""For each column an array per row; those of images, series or the like may differ in size from row to row."""


def shape(feature: dict[str, Any]) -> list[str | int]:
    """Sizes of one raw value; a word stands for a size that may differ from call to call."""
    if not is_content(feature["type"]):
        return [1]
    sizes: list[str | int] = plugins.load("columns", feature["type"]).raw_shape(feature["state"])
    return sizes


def columns_of(table: pl.DataFrame, features: Sequence[dict[str, Any]]) -> Rows:
    """Each feature's raw values of a table of N rows."""
    return {feature["name"]: _values(table[feature["name"]].alias(""), feature) for feature in features}


def _values(values: pl.Series, feature: dict[str, Any]) -> Sequence[Array] | Array:
    raw = plugins.load("columns", feature["type"]).raw
    found: Sequence[Array] | Array = raw(values, feature["state"]) if is_content(feature["type"]) else raw(values)
    return found


def batches(rows: Rows) -> Iterator[tuple[list[int], dict[str, Array]]]:
    """Yield places and stacked values (n, …) of rows whose values have one size in each column."""
    alike: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for place, values in enumerate(zip(*rows.values(), strict=True)):
        alike.setdefault(tuple(value.shape for value in values), []).append(place)
    for places in alike.values():
        yield places, {name: np.stack([values[place] for place in places]) for name, values in rows.items()}

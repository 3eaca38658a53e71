"""Fitting: the state of each column and target, from train examples only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import plugins
from plumbline.examples import in_place_of_contents
from plumbline.params import Columns
from plumbline.targets import fit_target

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column, Examples


def fit_columns(
    examples: Examples,
    is_train: npt.NDArray[np.bool_],
    columns: Columns,
    learned: tuple[Column, ...],
    order: list[str] | None = None,
) -> dict[str, Any]:
    """Fitted state of every learned feature and every target, from train rows only; `order` is that of the classes."""
    import polars as pl

    rows = pl.Series(is_train)
    features: list[dict[str, Any]] = []
    for column in learned:
        kind, state = plugins.load("columns", column.type), _fit_column(examples, column, is_train, columns)
        same = sum(feature["type"] == column.type for feature in features)
        block = f"{column.type}_{same}" if column.is_content else column.type
        described = {"name": column.name, "type": column.type, "block": block}
        features.append(described | {"shape": list(kind.shape(state)), "state": state})
    targets = [
        {"name": target.name, "type": target.type}
        | {"state": fit_target(examples.read(target.name).filter(rows), target.type, order)}
        for target in examples.targets
    ]
    return {"features": features, "targets": targets}


def _fit_column(
    examples: Examples, column: Column, is_train: npt.NDArray[np.bool_], columns: Columns
) -> dict[str, Any]:
    """The column's state; one of images or the like is not read into memory whole."""
    import polars as pl

    kind, rows = plugins.load("columns", column.type), pl.Series(is_train)
    knobs = kind.Params(**columns.knobs(column.type))
    state: dict[str, Any] = (
        kind.fit(_values_of(examples, column, is_train), _measures_of(examples, column, rows), knobs)
        if column.is_content
        else kind.fit(examples.read(column.name).filter(rows), knobs)
    )
    return state


def _values_of(examples: Examples, column: Column, is_train: npt.NDArray[np.bool_]) -> Iterator[pl.Series]:
    """A content column's train values, piece by piece."""
    for start, table in examples.chunks([column.name]):
        yield table[column.name].alias("").filter(is_train[start : start + len(table)])


def _measures_of(examples: Examples, column: Column, rows: pl.Series) -> pl.DataFrame:
    """A content column's measures of train rows, named as its type names them."""
    import polars as pl

    names = plugins.load("columns", column.type).MEASURES
    measures = in_place_of_contents([column], examples.columns, "measure")
    return pl.DataFrame(
        [examples.read(one.name).filter(rows).alias(name) for one, name in zip(measures, names, strict=True)]
    )

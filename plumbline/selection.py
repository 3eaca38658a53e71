"""Selection: how much each column says about the targets, and the strongest columns that `columns.select` keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import groups, plugins

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column, Examples

_AT_ONCE = 256  # columns read at a time: one by one, thousands would take minutes
Scored = list[tuple["Column", float]]
"""Features with what each says about a target, in nats, strongest first."""


def rank_columns(examples: Examples, rows: npt.NDArray[np.int64], target: Column, features: Sequence[Column]) -> Scored:
    """Features and what each says about the target (`groups.mutual_information`) in the examples `rows`."""
    import polars as pl

    known = _group(examples.take([target.name], pl.Series(rows))[target.name].alias(""), target, 10)
    scored = []
    for start in range(0, len(features), _AT_ONCE):
        some = features[start : start + _AT_ONCE]
        table = examples.take([column.name for column in some], pl.Series(rows))
        scored += [
            (column, groups.mutual_information(_group(table[column.name].alias(""), column, 20), known))
            for column in some
        ]
    return sorted(scored, key=lambda item: -item[1])


def _group(values: pl.Series, column: Column, limit: int) -> groups.Groups:
    return groups.by_value_or_quantile(values, plugins.load("columns", column.type).positions(values), limit)


def keep_strongest(
    examples: Examples, is_train: npt.NDArray[np.bool_], features: tuple[Column, ...], most: int | None
) -> tuple[tuple[Column, ...], dict[str, Any]]:
    """The `most` strongest features in their order, and what split.json says of that; null keeps them all.

    Images, texts and the like stay besides.

    Scores are of train rows only. With several targets a column's place is its best one, then its mean place.
    """
    if most is None:
        return features, {}
    rows, shown = np.flatnonzero(is_train), [column for column in features if not column.is_content]
    ranked = {target.name: rank_columns(examples, rows, target, shown) for target in examples.targets}
    order = merge_orders([[column.name for column, _ in scored] for scored in ranked.values()])
    scores = {name: {column.name: score for column, score in scored} for name, scored in ranked.items()}
    listed = [{"column": name} | {target: found[name] for target, found in scores.items()} for name in order]
    kept = set(order[:most])
    report = {"selected": {"kept": listed[:most], "left_out": listed[most:]}}
    return tuple(column for column in features if column.is_content or column.name in kept), report


def merge_orders(orders: list[list[str]]) -> list[str]:
    """One order of the names from several: by the best place of each, then by its mean place."""
    places = [{name: place for place, name in enumerate(order)} for order in orders]
    found = {name: [place[name] for place in places] for name in orders[0]}
    return sorted(found, key=lambda name: (min(found[name]), sum(found[name])))

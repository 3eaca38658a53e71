"""Selection: how much each column says about the targets, and the strongest columns that `columns.select` keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import groups, plugins

if TYPE_CHECKING:
    from plumbline.examples import Column, Examples

Scored = list[tuple["Column", float]]
"""Features with what each says about a target, in nats, strongest first."""


def rank_columns(examples: Examples, rows: npt.NDArray[np.int64], target: Column, features: Sequence[Column]) -> Scored:
    """Features and what each says about the target (`groups.mutual_information`) in the examples `rows`."""
    known = _group(examples, rows, target, 10)
    scored = [(column, groups.mutual_information(_group(examples, rows, column, 20), known)) for column in features]
    return sorted(scored, key=lambda item: -item[1])


def _group(examples: Examples, rows: npt.NDArray[np.int64], column: Column, limit: int) -> groups.Groups:
    values = examples.read(column.name).gather(rows)
    return groups.by_value_or_quantile(values, plugins.load("columns", column.type).positions(values), limit)


def keep_strongest(
    examples: Examples, is_train: npt.NDArray[np.bool_], features: tuple[Column, ...], most: int | None
) -> tuple[tuple[Column, ...], dict[str, Any]]:
    """The `most` strongest features in their order, and what split.json says of that; null keeps them all.

    Scores are of train rows only. With several targets a column's place is its best one, then its mean place.
    """
    if most is None:
        return features, {}
    rows = np.flatnonzero(is_train)
    ranked = {target.name: rank_columns(examples, rows, target, features) for target in examples.targets}
    order = merge_orders([[column.name for column, _ in scored] for scored in ranked.values()])
    scores = {name: {column.name: score for column, score in scored} for name, scored in ranked.items()}
    listed = [{"column": name} | {target: found[name] for target, found in scores.items()} for name in order]
    report = {"selected": {"kept": listed[:most], "left_out": listed[most:]}}
    return tuple(column for column in features if column.name in order[:most]), report


def merge_orders(orders: list[list[str]]) -> list[str]:
    """One order of the names from several: by the best place of each, then by its mean place."""
    places = {name: [order.index(name) for order in orders] for name in orders[0]}
    return sorted(places, key=lambda name: (min(places[name]), sum(places[name])))

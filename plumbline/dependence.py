"""Dependence: how the prediction moves when one column takes one value after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from plumbline import groups, plugins
from plumbline.groups import Positions
from plumbline.probe import Probe
from plumbline.tensors import Array

if TYPE_CHECKING:
    import polars as pl

STEPS = 20  # along a column that has an order
_VALUES = 8  # of a column that has none
_MOST_CLASSES = 6

Row = dict[str, Any]


@dataclass(frozen=True)
class Curve:
    """What is predicted of one target when a column takes each of G values in n examples."""

    column: str
    positions: Positions | None  # (g,) of the values that have an order, the first of the G; None without an order
    labels: tuple[str, ...]  # (G,)
    outputs: tuple[str, ...]  # what is predicted: the target, or classes whose probability it is
    predictions: Array  # (G, n, outputs)
    seen: Positions | None  # (n,) where the examples' own values lie

    @property
    def means(self) -> Array:
        """Mean prediction (G, outputs): the partial dependence (Friedman 2001)."""
        return self.predictions.mean(1)

    @property
    def spread(self) -> Array:
        """The predictions that hold the middle 80 % of the examples, (2, G, outputs)."""
        return np.quantile(self.predictions, (0.1, 0.9), axis=1)

    def rows(self) -> list[Row]:
        """A row per value and output."""
        means, (low, high) = self.means.tolist(), self.spread.tolist()
        return [
            {"column": self.column, "value": label, "output": output}
            | {"mean": means[i][k], "q10": low[i][k], "q90": high[i][k]}
            for i, label in enumerate(self.labels)
            for k, output in enumerate(self.outputs)
        ]


def trace(probe: Probe, column: str) -> list[Curve | None]:
    """For each target how its prediction moves with the column; None where no value occurs twice and none has order.

    Every value is given to every example of the probe, all else as it is, and encoded as the model saw it in training.
    """
    feature = next(feature for feature in probe.recipe["features"] if feature["name"] == column)
    kind = plugins.load("columns", feature["type"])
    own = probe.table[column].alias("")
    seen = kind.positions(own)
    values = _frequent(own) if seen is None else _grid(own)
    if not len(values):
        return [None] * len(probe.recipe["targets"])
    encoded = kind.encode(values, feature["state"])
    answers = probe.ask(column, np.repeat(encoded[:, None], probe.n_rows, axis=1))
    positions = None if seen is None else kind.positions(values.drop_nulls())
    labels = _labels(values, positions)
    return [
        Curve(column, positions, labels, *_outputs(target, answer), seen)
        for target, answer in zip(probe.recipe["targets"], answers, strict=True)
    ]


def _grid(values: pl.Series) -> pl.Series:
    """Values that have an order: 20 of the distinct ones among the middle 98 %, evenly; a missing one where it occurs.

    Quantiles of all values would fall together where one value is frequent.
    """
    ordered = values.drop_nulls().sort()
    last = max(0, len(ordered) - 1)
    distinct = ordered[round(0.01 * last) : round(0.99 * last) + 1].unique(maintain_order=True)
    places = np.unique(np.round(np.linspace(0, max(0, len(distinct) - 1), STEPS)).astype(int))
    return distinct.gather(places[: len(distinct)]).append(values.filter(values.is_null())[:1])


def _frequent(values: pl.Series) -> pl.Series:
    """The most frequent values, sorted, that occur more than once, then a missing one where there are."""
    counts = values.drop_nulls().rename("value").value_counts(sort=False)
    frequent = counts.filter(counts["count"] > 1).sort(["count", "value"], descending=[True, False])
    return frequent["value"].head(_VALUES).sort().append(values.filter(values.is_null())[:1])


def _labels(values: pl.Series, positions: Positions | None) -> tuple[str, ...]:
    import polars as pl

    known = values.drop_nulls().cast(pl.String).to_list() if positions is None else _plain(positions)
    return (*known, *[groups.MISSING] * values.null_count())


def _plain(positions: Positions) -> list[str]:
    """Numbers as Python writes them, dates without an empty time."""
    if positions.dtype.kind == "f":
        return [repr(value) for value in positions.tolist()]
    return [str(value).removesuffix("T00:00:00") for value in np.datetime_as_string(positions, unit="s")]


def _outputs(target: dict[str, Any], answer: Array) -> tuple[tuple[str, ...], Array]:
    """What is drawn of predictions (G, n) or (G, n, classes): of two classes the positive, else the most frequent."""
    if answer.ndim == 2:
        return (target["name"],), answer[:, :, None]
    state = target["task"]
    if len(state["classes"]) == 2:
        chosen = [state["positive"]]
    else:
        counts = np.array(target["state"]["counts"])
        chosen = sorted(np.argsort(-counts, kind="stable")[:_MOST_CLASSES].tolist())
    return tuple(state["classes"][index] for index in chosen), answer[:, :, chosen]

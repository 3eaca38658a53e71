"""Insight: what matters to a trained model, how it answers, and where it is worse, for each target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import torch

from plumbline import wording
from plumbline.conclusions import name_slice
from plumbline.dependence import STEPS, Curve, trace
from plumbline.evaluate_sections import Dependence, Evaluate
from plumbline.evaluation import Result
from plumbline.examples import in_place_of_contents
from plumbline.figures import evenly
from plumbline.importance import Row, fit_work, measure_importance
from plumbline.probe import Probe, draw
from plumbline.selection import merge_orders, rank_columns
from plumbline.slices import measure_slices
from plumbline.tensors import ROWS, Blocks

if TYPE_CHECKING:
    from plumbline.examples import Column, Examples
    from plumbline.network import Recipe
    from plumbline.predictor import Predictor

Generators = Callable[[str], np.random.Generator]
"""A random generator for each purpose."""

_WORK = 2**28  # examples times columns, outputs and resamples looked at for slices, at most
_FEWEST = 1000  # test examples that this bound leaves
_RANKED = 10_000  # training examples that a ranking of columns looks at, at most


@dataclass(frozen=True)
class Insight:
    """What was found of one target; empty lists where a knob is 0."""

    result: Result
    importance: list[Row]
    curves: list[Curve]
    slices: list[Row]


@dataclass(frozen=True)
class Subject:
    """A trained model and the examples: the encoded test examples, and the places of the training examples."""

    probe: Probe
    examples: Examples
    train: Blocks
    shown: tuple[Column, ...]
    """The features as a table's columns: measures in place of images and the like."""

    @classmethod
    def of(
        cls, predictor: Predictor, recipe: Recipe, examples: Examples, parts: dict[str, Blocks], device: torch.device
    ) -> Subject:
        """The model, asked about the test examples."""
        names = {feature["name"] for feature in recipe["features"]}
        features = [column for column in examples.features if column.name in names]
        shown = in_place_of_contents(features, examples.columns, "measure")
        table = examples.take([column.name for column in shown], pl.Series(parts["test"][ROWS]))
        return cls(Probe(predictor, recipe, parts["test"], table, device), examples, parts["train"], shown)

    def rank(self) -> list[str]:
        """The model's columns: images and the like, then those that alone say most about a target in train examples."""
        rows = np.asarray(self.train[ROWS])
        rows = rows[evenly(len(rows), _RANKED)]
        known = [feature["name"] for feature in self.probe.recipe["features"]]
        features = [column for column in self.shown if column.name in known]
        ranked = [rank_columns(self.examples, rows, target, features) for target in self.examples.targets]
        order = merge_orders([[column.name for column, _ in scored] for scored in ranked])
        return [name for name in known if name not in order] + order


def look(subject: Subject, results: list[Result], params: Evaluate, generator: Generators) -> list[Insight]:
    """For each target what `params` asks for."""
    importance = _measure(subject, results, params, generator("importance"))
    curves = _trace(subject, results, importance, params.dependence, generator("dependence"))
    slices = _slice(subject, results, params, generator("slices"))
    return [Insight(*found) for found in zip(results, importance, curves, slices, strict=True)]


def name_worst(insights: list[Insight]) -> Iterator[str]:
    """For the terminal: the worst slice of each target that is worse than chance explains."""
    for insight in insights:
        if worse := [row for row in insight.slices if row["is_worse"]]:
            of = f" of {insight.result.name}" if len(insights) > 1 else ""
            yield f"evaluate: worst slice{of}: {name_slice(worse[0])}; {wording.number(worse[0]['whole'])} in all"


def _measure(
    subject: Subject, results: list[Result], params: Evaluate, generator: np.random.Generator
) -> list[list[Row]]:
    probe, columns = subject.probe, [feature["name"] for feature in subject.probe.recipe["features"]]
    if params.importance.repeats == 0 or probe.n_rows < 2:  # one example cannot be shuffled
        return [[] for _ in results]
    asked = fit_work(params.importance, len(columns), probe.most_rows)
    chosen = columns if asked.columns == len(columns) else subject.rank()[: asked.columns]
    sample, places = probe.sample(asked.examples, generator)
    seen = [result.of_test(places) for result in results]
    return measure_importance(sample, seen, chosen, asked.repeats, params.confidence, generator)


def _trace(
    subject: Subject, results: list[Result], importance: list[list[Row]], params: Dependence,
    generator: np.random.Generator,
) -> list[list[Curve]]:  # fmt: skip
    """Curves of the columns that matter most to each target, by importance or, where that is not measured, alone."""
    if params.columns == 0:
        return [[] for _ in results]
    order = [list(dict.fromkeys(row["column"] for row in rows)) or subject.rank() for rows in importance]
    in_table = set(subject.probe.table.columns)  # an image or the like takes no other value
    order = [[name for name in names if name in in_table] for names in order]
    wanted = dict.fromkeys(name for names in order for name in names[: params.columns])
    if not wanted:
        return [[] for _ in results]
    most = min(params.examples, max(1, subject.probe.most_rows // (STEPS * len(wanted))))
    sample, _ = subject.probe.sample(most, generator)
    traced = {name: trace(sample, name) for name in wanted}
    found = []
    for place, names in enumerate(order):
        curves = [traced[name][place] for name in names[: params.columns]]
        found.append([curve for curve in curves if curve is not None])
    return found


def _slice(
    subject: Subject, results: list[Result], params: Evaluate, generator: np.random.Generator
) -> list[list[Row]]:
    features, n_resamples = subject.shown, params.slices.resamples
    if n_resamples == 0 or not features:
        return [[] for _ in results]
    outputs = sum(result.state["outputs"] for result in results)
    most = min(params.slices.examples, max(_FEWEST, _WORK // (len(features) * outputs * n_resamples)))
    chosen = draw(subject.probe.n_rows, most, generator)
    table = subject.probe.table[chosen]
    return [
        measure_slices(result.of_test(chosen), table, features, n_resamples, params.confidence, generator)
        for result in results
    ]

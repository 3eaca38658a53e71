"""Probe: a trained predictor asked again about test examples, one column's values replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from plumbline import tensors
from plumbline.network import Recipe
from plumbline.predictor import Predictor, predict
from plumbline.tensors import Array, Blocks

if TYPE_CHECKING:
    import polars as pl

_BATCH = 2048  # examples predicted at a time: few enough to stay in cache
_WORK = 2**26  # encoded values and outputs looked at, at most: about a minute on two cores
_WORK_OF_OUTPUT = 3  # what measuring one output costs beside predicting from one column


@dataclass(frozen=True)
class Probe:
    """A predictor, and test examples as blocks of n rows and as a table of their raw values."""

    predictor: Predictor
    recipe: Recipe
    blocks: Blocks
    table: pl.DataFrame
    device: torch.device

    @property
    def n_rows(self) -> int:
        """Number of examples."""
        return tensors.n_rows(self.blocks)

    @property
    def most_rows(self) -> int:
        """How many predictions one kind of question may take, whatever is asked for: fewer of many columns."""
        outputs = sum(target["task"]["outputs"] for target in self.recipe["targets"])
        return _WORK // (tensors.row_size(self.blocks) + _WORK_OF_OUTPUT * outputs)

    def sample(self, most: int, generator: np.random.Generator) -> tuple[Probe, Array]:
        """The probe with at most `most` of its examples, drawn without replacement, and their places, in order."""
        chosen = draw(self.n_rows, most, generator)
        blocks = tensors.take(self.blocks, chosen)
        return Probe(self.predictor, self.recipe, blocks, self.table[chosen], self.device), chosen

    def place(self, column: str) -> tuple[str, int]:
        """The block that holds a feature, and its index there."""
        for block, features in tensors.in_blocks(self.recipe["features"]).items():
            names = [feature["name"] for feature in features]
            if column in names:
                return block, names.index(column)
        raise ValueError(f"{column!r} is no feature")

    def ask(self, column: str, encoded: Array) -> list[Array]:
        """For each target its predictions (G, n) or (G, n, classes), given encoded values (G, n, *shape) of a column.

        All other columns keep their values.
        """
        block, index = self.place(column)
        flat = encoded.reshape(-1, *encoded.shape[2:])
        parts = []
        size = min(_BATCH, tensors.most_rows(tensors.row_size(self.blocks)))
        for start in range(0, len(flat), size):
            values = flat[start : start + size]
            blocks = tensors.take(self.blocks, np.arange(start, start + len(values)) % self.n_rows)
            blocks[block][:, index] = values
            parts.append(predict(self.predictor, blocks, self.device))
        answers = [np.concatenate(part) for part in zip(*parts, strict=True)]
        return [answer.reshape(*encoded.shape[:2], *answer.shape[1:]) for answer in answers]


def draw(n: int, most: int, generator: np.random.Generator) -> Array:
    """Places of at most `most` of n examples, drawn without replacement, in order."""
    return np.sort(generator.choice(n, most, replace=False)) if n > most else np.arange(n)

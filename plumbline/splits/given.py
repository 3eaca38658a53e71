"""Given: a column says train, val or test; a missing val is cut from train at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.errors import InputError
from plumbline.params import Ratios, Section
from plumbline.split_words import SPELLINGS
from plumbline.splits import _by

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl


class Params(Section):
    """Knobs of the given split."""

    by: str = "split"
    """The column that holds train, val (or validation, valid) and test."""


def assign(
    examples: pl.LazyFrame, targets: list[str], params: Params, ratios: Ratios, generator: np.random.Generator
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each example, (N,) int8."""
    labels = _given_labels(_by.read(examples, "split.given.by", params.by, targets).to_series())
    if not (labels == 1).any() and ratios.val > 0:
        _cut_validation(labels, ratios, generator)
    return labels


def _given_labels(values: pl.Series) -> npt.NDArray[np.int8]:
    import polars as pl

    words = values.cast(pl.String).str.to_lowercase()
    wrong = words.filter(~words.is_in(list(SPELLINGS)) | words.is_null()).unique().sort().to_list()
    if wrong:
        raise InputError(
            f"column {values.name!r}: holds {wrong[0]!r}; a given split says train, val or test in every row"
        )
    return words.replace_strict(SPELLINGS, return_dtype=pl.Int8).to_numpy().copy()


def _cut_validation(labels: npt.NDArray[np.int8], ratios: Ratios, generator: np.random.Generator) -> None:
    """Turn the share val / (train + val) of the train rows into val rows, in place."""
    import numpy as np

    rows = np.flatnonzero(labels == 0)
    n_val = round(len(rows) * ratios.val / (ratios.train + ratios.val))
    labels[generator.permutation(rows)[:n_val]] = 1

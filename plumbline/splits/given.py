"""Given: a column says train, val or test; a missing val is cut from train at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.errors import InputError
from plumbline.params import Ratios, Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

_LABELS = {"train": 0, "val": 1, "validation": 1, "valid": 1, "test": 2}


class Params(Section):
    """Knobs of the given split."""

    by: str = "split"
    """The column that holds train, val (or validation, valid) and test."""


def assign(
    examples: pl.LazyFrame, targets: list[str], params: Params, ratios: Ratios, generator: np.random.Generator
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each example, (N,) int8."""
    labels = _given_labels(examples, params.by)
    if not (labels == 1).any() and ratios.val > 0:
        _cut_validation(labels, ratios, generator)
    return labels


def _given_labels(examples: pl.LazyFrame, by: str) -> npt.NDArray[np.int8]:
    import polars as pl

    names = examples.collect_schema().names()
    if by not in names:
        raise InputError(f"params.yaml: split.given.by: no column {by!r}; there are {', '.join(names[1:])}")
    words = examples.select(pl.col(by).cast(pl.String).str.to_lowercase()).collect().to_series()
    wrong = words.filter(~words.is_in(list(_LABELS)) | words.is_null()).unique().sort().to_list()
    if wrong:
        raise InputError(f"column {by!r}: holds {wrong[0]!r}; a given split says train, val or test in every row")
    return words.replace_strict(_LABELS, return_dtype=pl.Int8).to_numpy().copy()


def _cut_validation(labels: npt.NDArray[np.int8], ratios: Ratios, generator: np.random.Generator) -> None:
    """Turn the share val / (train + val) of the train rows into val rows, in place."""
    import numpy as np

    rows = np.flatnonzero(labels == 0)
    n_val = round(len(rows) * ratios.val / (ratios.train + ratios.val))
    labels[generator.permutation(rows)[:n_val]] = 1

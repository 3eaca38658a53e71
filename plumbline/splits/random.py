"""Random: every example has the same chance of each split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.params import Ratios, Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl


class Params(Section):
    """Knobs of the random split: none."""


def assign(
    examples: pl.LazyFrame, targets: list[str], params: Params, ratios: Ratios, generator: np.random.Generator
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each example, (N,) int8."""
    import polars as pl

    n_rows = examples.select(pl.len()).collect().item()
    return shuffled_labels(n_rows, ratios, generator)


def sizes(n_rows: int, ratios: Ratios) -> list[int]:
    """Whole numbers of examples in train, val and test; what rounding leaves goes to train."""
    val, test = round(n_rows * ratios.val), round(n_rows * ratios.test)
    return [n_rows - val - test, val, test]


def shuffled_labels(n_rows: int, ratios: Ratios, generator: np.random.Generator) -> npt.NDArray[np.int8]:
    """Split indices in the right numbers, shuffled, (n_rows,) int8."""
    import numpy as np

    labels = np.repeat(np.arange(3, dtype=np.int8), sizes(n_rows, ratios))
    return generator.permutation(labels)

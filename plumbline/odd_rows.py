"""Odd rows: raw values that no test example has, and how far float32 itself is off when a network sees them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from plumbline import plugins
from plumbline.encoding import encode_features
from plumbline.network import Recipe
from plumbline.predictor import Predictor, predict_blocks

if TYPE_CHECKING:
    import polars as pl

_ROWS = 7  # test rows that take each variant
_WORK = 2**21  # values in the odd rows, at most
_FEWEST, _MOST = 5, 100  # columns that are odd alone

Array = npt.NDArray[Any]
Index = npt.NDArray[np.int64]


def make_odd_rows(test: pl.DataFrame, recipe: Recipe) -> tuple[pl.DataFrame, int]:
    """Up to seven test rows again and again, with missing, unseen and far values; and how many rows a variant has.

    First all columns at once are odd, then each alone of the first hundred; of fewer where there are thousands.
    """
    import polars as pl

    odd = {feature["name"]: plugins.load("columns", feature["type"]).ODD_VALUES for feature in recipe["features"]}
    rows = test.head(_ROWS)
    n_alone = min(_MOST, max(_FEWEST, _WORK // (3 * _ROWS * len(odd))))
    variants = list(_name_variants({name: len(values) for name, values in odd.items()}, n_alone))
    columns = []
    for name, values in odd.items():
        plain = rows[name].alias("")
        pool = pl.concat([plain, pl.Series("", values, dtype=plain.dtype)])
        columns.append(pool[_choose(name, len(values), variants, len(rows))].alias(name))
    return pl.DataFrame(columns), len(rows)


def _name_variants(counts: dict[str, int], n_alone: int) -> Iterator[tuple[str | None, int]]:
    """Yield (column, place of its odd value) for each variant; None for all columns at once."""
    yield from ((None, turn) for turn in range(max(counts.values())))
    for name, count in list(counts.items())[:n_alone]:
        yield from ((name, place) for place in range(count))


def _choose(name: str, n_odd: int, variants: list[tuple[str | None, int]], n_rows: int) -> Index:
    """For each odd row the place of a column's value: that of the plain row, or of an odd value behind them."""
    places = np.tile(np.arange(n_rows), (1 + len(variants), 1))  # the first rows are plain
    for index, (column, place) in enumerate(variants, start=1):
        if column in (None, name):
            places[index] = n_rows + place % n_odd
    return places.ravel()


def measure_rounding(
    predictor: Predictor, odd: pl.DataFrame, recipe: Recipe, said: list[Array], n_rows: int
) -> list[Array]:
    """For each target how far float32 is off in each odd row (N,): the most among the `n_rows` rows of its variant.

    Far values can make sums whose digits cancel: what float32 says then depends on the order of summing, which no two
    runtimes share. `said` is what the predictor says in float32; here it is compared with float64.
    """
    exact = Predictor(copy.deepcopy(predictor.network), recipe).double().eval()
    for encoder in exact.network.encoders.values():
        encoder.register_forward_hook(_widen)
    blocks = encode_features(odd, recipe["features"])
    wide = {kind: block.astype(np.float64) if block.dtype == np.float32 else block for kind, block in blocks.items()}
    return [
        _largest_of_variant(np.abs(one - other), n_rows)
        for one, other in zip(said, predict_blocks(exact, wide), strict=True)
    ]


def _widen(_: nn.Module, __: object, features: Tensor) -> Tensor:
    """Features as float64, also of an encoder that makes its own float32."""
    return features.double()


def _largest_of_variant(distance: Array, n_rows: int) -> Array:
    """The largest distance (N,) or (N, classes) among the rows of each variant, for each of them, (N,)."""
    return np.repeat(distance.reshape(len(distance) // n_rows, -1).max(1), n_rows)

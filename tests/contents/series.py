"""Series to try: of one and of more channels, of one and of many lengths, with gaps, huge, written as text."""

from typing import Any

import numpy as np
import polars as pl

from plumbline.columns.series import Params

NAN = float("nan")
_GENERATOR = np.random.default_rng(0)

CASES: dict[str, pl.Series] = {
    "plain": pl.Series([[1.0, 2.0, 3.0, 2.5], [4.0, 0.0, 2.0], [7.0, 1.0, 1.0, 5.0, 3.0]]),
    "with gaps": pl.Series([[1.0, None, 3.0, NAN], None, [NAN, NAN, 5.0, NAN, NAN, 8.0], [4.0], [2.0, 6.0]]),
    "two channels": pl.Series([[[1.0, 2.0, 3.0], [4.0, None]], [[NAN, 2.0], [5.0, NAN, 1.0]], None, [[3.0], []]]),
    "an empty channel": pl.Series([[[NAN, NAN], [5.0, 1.0]], [[1.0, 2.0], [0.0, 0.0]]]),
    "all missing": pl.Series([None, None], dtype=pl.List(pl.Float64)),
    "constant": pl.Series([[0.1] * 5] * 3),
    "huge": pl.Series([[1e38, -1e38, 0.0], [1e-30, 1.0, 2.0]]),
    "one row": pl.Series([[4.0]]),
    "whole numbers": pl.Series([[1, 2], [3, 4, 5]]),
    "long": pl.Series(_GENERATOR.normal(size=(5, 3, 300))),
    "text": pl.Series(["[1, 2.5, null]", "[4e0,NaN,  -6]", "", "[.5]", None]),
}
BROKEN: dict[str, tuple[Any, str]] = {
    "empty": ([], "holds no number"),
    "of empty channels": ([[], None], "holds no number"),
    "of gaps": ([[NAN, None]], "holds no number"),
    "infinite": ([[1.0, float("inf")]], "holds an infinite number"),
}
KNOBS = [Params(scale="each"), Params(scale="each", length=400), Params(scale="none", length=4), Params(length=1)]

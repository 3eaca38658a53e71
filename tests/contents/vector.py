"""Vectors to try: with gaps, huge, of whole numbers, written as text."""

from typing import Any

import polars as pl

from plumbline.columns.vector import Params

NAN = float("nan")

CASES: dict[str, pl.Series] = {
    "plain": pl.Series([[1.0, 2.0, 3.0], [4.0, 0.0, 2.0], [7.0, 1.0, 1.0]]),
    "with gaps": pl.Series([[1.0, None, 3.0], None, [NAN, 2.0, 5.0]]),
    "all missing": pl.Series([None, None], dtype=pl.List(pl.Float64)),
    "constant": pl.Series([[0.1] * 5] * 3),
    "huge": pl.Series([[1e300, -1e300], [1.0, 2.0]]),
    "one row": pl.Series([[4.0, 5.0]]),
    "whole numbers": pl.Series([[1, 2], [3, 4]]),
    "text": pl.Series(["[1, 2.5]", "[4e0,  -6]", None]),
}
BROKEN: dict[str, tuple[Any, str]] = {
    "empty": ([], "holds no number"),
    "of gaps": ([NAN, None], "holds no number"),
    "infinite": ([1.0, float("inf")], "holds an infinite number"),
}
KNOBS = [Params(scale="none")]

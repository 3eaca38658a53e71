"""A line of known parameters: y = 0.7 x + 0.3 at x = 0, 0.02 … 0.98; the first 40 points train, the last 10 test."""

import polars as pl


def load() -> pl.DataFrame:
    """Columns x, y and split, 50 rows in order."""
    x = [0.02 * step for step in range(50)]
    y = [0.7 * value + 0.3 for value in x]
    return pl.DataFrame({"x": x, "y": y, "split": ["train"] * 40 + ["test"] * 10})

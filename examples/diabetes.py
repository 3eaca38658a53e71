"""Diabetes: 442 patients, 10 measures, and how far the disease was a year later; comes with scikit-learn."""

import polars as pl
from sklearn.datasets import load_diabetes


def load() -> pl.DataFrame:
    """Ten numbers in their own units and `progression`, from 25 to 346."""
    data = load_diabetes(scaled=False)
    return pl.DataFrame(data.data, schema=data.feature_names).with_columns(progression=pl.Series(data.target))

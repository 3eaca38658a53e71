"""Breast cancer Wisconsin (diagnostic): 569 tumours, 30 measures of their cells' nuclei; comes with scikit-learn."""

import polars as pl
from sklearn.datasets import load_breast_cancer


def load() -> pl.DataFrame:
    """30 numbers and `diagnosis`, malignant or benign."""
    data = load_breast_cancer()
    names = [name.replace(" ", "_") for name in data.feature_names]
    table = pl.DataFrame(data.data, schema=names)
    labels = pl.Series("diagnosis", [str(data.target_names[index]) for index in data.target])
    return table.with_columns(labels)

"""Two circles, one inside the other: 1,000 points of the plane that no straight line divides; made by scikit-learn."""

import polars as pl
from sklearn.datasets import make_circles


def load() -> pl.DataFrame:
    """Columns x and y, and `circle`, inner or outer."""
    points, label = make_circles(n_samples=1000, noise=0.03, random_state=42)
    circle = ["inner" if index else "outer" for index in label]
    return pl.DataFrame({"x": points[:, 0], "y": points[:, 1], "circle": circle})

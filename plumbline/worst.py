"""The test examples that a model predicts worst, with their raw inputs."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from plumbline import plugins
from plumbline.examples import Column, Examples

if TYPE_CHECKING:
    import polars as pl

_PROBABILITY = "probability: "
_MOST_INPUTS = 12  # columns shown beside a worst prediction


def find_worst(
    predictions: Path, table_of_examples: Path, prefix: str, ranking: Path, most: int = 10
) -> dict[str, Any] | None:
    """The test examples predicted worst, with their inputs: `columns` (names), `contents` among them, and `rows`.

    None before evaluation.

    `prefix` stands before the names of the target's columns in predictions.parquet; `ranking` is a folder whose
    strongest.csv says which columns to show first.
    """
    import polars as pl

    if not predictions.exists() or not table_of_examples.exists():
        return None
    table = pl.read_parquet(predictions).filter(pl.col("split") == "test")
    table = table.rename({name: name.removeprefix(prefix) for name in table.columns if name.startswith(prefix)})
    table = table.with_columns(_error(table)).sort("error", "row", descending=[True, False]).head(most)
    examples = Examples.open(table_of_examples)
    contents = {column.name: column for column in examples.contents}
    others = [column.name for column in examples.features if column.name not in contents]
    shown = [*contents, *_strongest(ranking, others)][:_MOST_INPUTS]
    taken = examples.take(shown, table["position"])
    inputs = [_show(taken[name], contents.get(name)) for name in shown]
    rows = table.select("row", "truth", "prediction", "error").rows(named=True)
    return {
        "is_class": table["truth"].dtype == pl.String,
        "columns": shown,
        "contents": list(contents),
        "rows": [row | {"inputs": list(values)} for row, values in zip(rows, zip(*inputs, strict=True), strict=True)],
    }


def _show(values: pl.Series, content: Column | None) -> list[Any]:
    """Values for the page; images and the like as HTML of their own."""
    if content is None:
        return values.to_list()
    show = plugins.load("columns", content.type).show
    return [None if value is None else Markup(show(value)) for value in values]  # noqa: S704 - show escapes


def _error(table: pl.DataFrame) -> pl.Series:
    """How far a prediction is off (N,): in the target's unit, or one less the probability given to the true class."""
    import polars as pl

    if table["truth"].dtype != pl.String:
        return (table["truth"] - table["prediction"]).abs().alias("error")
    names = [name for name in table.columns if name.startswith(_PROBABILITY)]
    probability = {name.removeprefix(_PROBABILITY): table[name].to_list() for name in names}
    given = [probability[truth][place] for place, truth in enumerate(table["truth"])]
    return pl.Series("error", [1 - value for value in given], dtype=pl.Float64)


def _strongest(ranking: Path, names: list[str]) -> list[str]:
    """Column names, those that say most about the target first where `plot` has measured that."""
    path = ranking / "strongest.csv"
    if not path.exists():
        return names
    with path.open(encoding="utf-8", newline="") as file:
        ranked = [row["column"] for row in csv.DictReader(file)]
    return sorted(names, key=lambda name: ranked.index(name) if name in ranked else len(ranked))

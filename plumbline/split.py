"""From labels to tensors: columns and target fitted on train examples, all splits encoded in one pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import plugins, tensors
from plumbline.encoding import encode_features
from plumbline.errors import InputError
from plumbline.params import Columns, Ratios, Split
from plumbline.targets import encode_target, fit_target

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Examples

NAMES = ("train", "val", "test")
Labels = npt.NDArray[np.int8]


def assign(examples: Examples, split: Split, generator: np.random.Generator) -> Labels:
    """Index in `NAMES` of each example's split, (N,) int8, by the chosen strategy."""
    strategy = plugins.load("splits", split.name)
    labels: Labels = strategy.assign(
        examples.scan(), examples.target.name, strategy.Params(**split.knobs), split.ratios, generator
    )
    return labels


def columns_not_learned(split: Split) -> set[str]:
    """Columns that only say which split an example belongs to."""
    knobs = plugins.load("splits", split.name).Params(**split.knobs)
    return {knobs.by} if hasattr(knobs, "by") else set()


def check_sizes(labels: Labels, ratios: Ratios) -> None:
    """InputError where a split that should have examples has none."""
    wanted = {"train": 1.0, "val": ratios.val, "test": ratios.test}
    for index, (name, share) in enumerate(wanted.items()):
        if share > 0 and not (labels == index).any():
            raise InputError(
                f"params.yaml: split.ratios.{name}: no example of {len(labels)} is left for {name}; "
                "take a larger share, or add examples"
            )


def fit_columns(
    examples: Examples, is_train: npt.NDArray[np.bool_], columns: Columns, left_out: set[str]
) -> dict[str, Any]:
    """Fitted state of every feature and of the target, from train rows only."""
    import polars as pl

    rows = pl.Series(is_train)
    features = []
    for column in examples.features:
        if column.name in left_out:
            continue
        kind = plugins.load("columns", column.type)
        state = kind.fit(examples.read(column.name).filter(rows), kind.Params(**columns.knobs(column.type)))
        features.append({"name": column.name, "type": column.type, "shape": list(kind.shape(state)), "state": state})
    target = examples.target
    state = fit_target(examples.read(target.name).filter(rows), target.type)
    if len(state.get("classes", "ab")) < 2:
        raise InputError(
            f"target {target.name!r}: is {state['classes'][0]} in every train example; use a stratified split"
        )
    return {"features": features, "target": {"name": target.name, "type": target.type, "state": state}}


def write_tensors(examples: Examples, labels: Labels, fitted: dict[str, Any], folder: Path) -> None:
    """Encode every example in one streaming pass into folder/train, folder/val and folder/test."""
    counts = np.bincount(labels, minlength=3)
    writers = [tensors.BlockWriter(folder / name, int(count)) for name, count in zip(NAMES, counts, strict=True)]
    target = fitted["target"]
    names = [feature["name"] for feature in fitted["features"]]
    for start, table in examples.chunks([*names, target["name"]]):
        blocks = encode_features(table, fitted["features"])
        blocks[tensors.TARGET] = encode_target(table[target["name"]], target["type"], target["state"])
        blocks[tensors.ROWS] = np.arange(start, start + len(table))
        for index, writer in enumerate(writers):
            chosen = np.flatnonzero(labels[start : start + len(table)] == index)
            for name, block in blocks.items():
                writer.append(name, block[chosen])


def describe(examples: Examples, labels: Labels, strategy: str) -> dict[str, Any]:
    """Sizes of the splits, and the balance or the moments of the target in each."""
    values = examples.read(examples.target.name)
    sizes = {name: int((labels == index).sum()) for index, name in enumerate(NAMES)}
    parts = {name: values.filter(labels == index) for index, name in enumerate(NAMES) if sizes[name]}
    return {"strategy": strategy, "sizes": sizes, "target": {name: _balance(part) for name, part in parts.items()}}


def _balance(values: pl.Series) -> dict[str, Any]:
    from plumbline.columns.number import mean_and_std

    if values.dtype.is_float():
        numbers = values.to_numpy()
        mean, std = mean_and_std(numbers)
        return {"mean": mean, "std": std, "min": float(numbers.min()), "max": float(numbers.max())}
    counts = values.cast(str).rename("class").value_counts(sort=False).sort("class")
    return dict(counts.iter_rows())


def summarise(report: dict[str, Any]) -> str:
    """One line for the terminal."""
    sizes = ", ".join(f"{count:,} {name}" for name, count in report["sizes"].items())
    return f"split: {sizes} examples ({report['strategy']})"

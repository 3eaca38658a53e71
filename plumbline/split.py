"""From labels to tensors: columns and target fitted on train examples, all splits encoded in one pass."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import plugins, tensors
from plumbline.classes import in_order
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
        examples.scan(), _target_names(examples), strategy.Params(**split.knobs), split.ratios, generator
    )
    return labels


def _target_names(examples: Examples) -> list[str]:
    return [target.name for target in examples.targets]


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
    examples: Examples,
    is_train: npt.NDArray[np.bool_],
    columns: Columns,
    left_out: set[str],
    order: list[str] | None = None,
) -> dict[str, Any]:
    """Fitted state of every feature and of every target, from train rows only; `order` is that of the classes."""
    import polars as pl

    rows = pl.Series(is_train)
    features = []
    for column in examples.features:
        if column.name in left_out:
            continue
        kind = plugins.load("columns", column.type)
        state = kind.fit(examples.read(column.name).filter(rows), kind.Params(**columns.knobs(column.type)))
        features.append({"name": column.name, "type": column.type, "shape": list(kind.shape(state)), "state": state})
    targets = [
        {"name": target.name, "type": target.type}
        | {"state": fit_target(examples.read(target.name).filter(rows), target.type, order)}
        for target in examples.targets
    ]
    return {"features": features, "targets": targets}


def write_tensors(examples: Examples, labels: Labels, fitted: dict[str, Any], folder: Path) -> None:
    """Encode every example in one streaming pass into folder/train, folder/val and folder/test."""
    counts = np.bincount(labels, minlength=3)
    writers = [tensors.BlockWriter(folder / name, int(count)) for name, count in zip(NAMES, counts, strict=True)]
    names = [column["name"] for column in fitted["features"] + fitted["targets"]]
    for start, table in examples.chunks(names):
        blocks = encode_features(table, fitted["features"])
        for index, target in enumerate(fitted["targets"]):
            blocks[tensors.target(index)] = encode_target(table[target["name"]], target["type"], target["state"])
        blocks[tensors.ROWS] = np.arange(start, start + len(table))
        for index, writer in enumerate(writers):
            chosen = np.flatnonzero(labels[start : start + len(table)] == index)
            for name, block in blocks.items():
                writer.append(name, block[chosen])


def describe(examples: Examples, labels: Labels, strategy: str) -> dict[str, Any]:
    """Sizes of the splits, and the balance or the moments of each target in each."""
    sizes = {name: int((labels == index).sum()) for index, name in enumerate(NAMES)}
    targets = {}
    for target in _target_names(examples):
        values = examples.read(target)
        targets[target] = {
            name: _balance(values.filter(labels == index)) for index, name in enumerate(NAMES) if sizes[name]
        }
    return {"strategy": strategy, "sizes": sizes, "targets": targets}


def _balance(values: pl.Series) -> dict[str, Any]:
    from plumbline.columns.number import mean_and_std

    if values.dtype.is_float():
        numbers = values.to_numpy()
        mean, std = mean_and_std(numbers)
        return {"mean": mean, "std": std, "min": float(numbers.min()), "max": float(numbers.max())}
    counts = dict(values.cast(str).rename("class").value_counts(sort=False).iter_rows())
    return {name: counts[name] for name in in_order(counts)}


def summarise(report: dict[str, Any]) -> str:
    """One line for the terminal."""
    sizes = ", ".join(f"{count:,} {name}" for name, count in report["sizes"].items())
    return f"split: {sizes} examples ({report['strategy']})"

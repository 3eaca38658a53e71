"""From labels to tensors: every example in one split, all splits encoded in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline import parallel, plugins, tensors
from plumbline.classes import in_order
from plumbline.encoding import encode_features
from plumbline.errors import InputError
from plumbline.examples import ROW, named
from plumbline.leaks import Divided
from plumbline.params import Ratios, Split
from plumbline.split_words import NAMES
from plumbline.targets import encode_target
from plumbline.tensors import Blocks

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column, Examples

Labels = npt.NDArray[np.int8]
Piece = tuple[Path, list[str], dict[str, Any], int, int]
_NAMED_ROWS = 20


def assign(examples: Examples, split: Split, generator: np.random.Generator) -> Labels:
    """Index in `NAMES` of each example's split, (N,) int8, by the chosen strategy; below 0 for one in no split."""
    import polars as pl

    strategy, table = plugins.load("splits", split.name), examples.scan()
    aside = [column.name for column in examples.columns if column.role in ("split", "id", "measure")]
    aside += [column.name for column in examples.contents]  # a key stands for each
    if aside and not _columns_by(split):  # which file a row came from, or its number, is then no value of its own
        table = table.select(~pl.selectors.by_name(*aside))
    labels: Labels = strategy.assign(
        table, _target_names(examples), strategy.Params(**split.knobs), split.ratios, generator
    )
    return labels


def _target_names(examples: Examples) -> list[str]:
    return [target.name for target in examples.targets]


def learned_columns(examples: Examples, split: Split) -> tuple[Column, ...]:
    """Features without those that only say which split an example belongs to; InputError where none is left."""
    left_out = () if getattr(_knobs(split), "learn", False) else _columns_by(split)
    kept = tuple(column for column in examples.features if column.name not in left_out)
    if not kept:
        raise InputError(f"params.yaml: split.{split.name}.by: leaves no column to learn from; name fewer columns")
    return kept


def _knobs(split: Split) -> Any:
    return plugins.load("splits", split.name).Params(**split.knobs)


def _columns_by(split: Split) -> list[str]:
    """Columns that the strategy goes by."""
    by = getattr(_knobs(split), "by", None)
    return [by] if isinstance(by, str) else by or []


def divide(examples: Examples, labels: Labels, split: Split) -> Divided:
    """The examples with all that is looked at for leaks: columns that params.yaml names, or the strategy goes by."""
    kept_apart = getattr(plugins.load("splits", split.name), "KEEPS_APART", None)
    by = _columns_by(split)
    group = [split.leaks.group] if isinstance(split.leaks.group, str) else split.leaks.group
    return Divided(
        examples,
        labels,
        tuple(column for column in learned_columns(examples, split) if column.name not in by) or examples.features,
        group or (by if kept_apart == "groups" and by else None),
        split.leaks.time or (by[0] if kept_apart == "times" else None),
        kept_apart == "times",
    )


def check_sizes(labels: Labels, ratios: Ratios) -> None:
    """InputError where a split that should have examples has none."""
    wanted = {"train": 1.0, "val": ratios.val, "test": ratios.test}
    for index, (name, share) in enumerate(wanted.items()):
        if share > 0 and not (labels == index).any():
            raise InputError(
                f"params.yaml: split.ratios.{name}: no example of {len(labels)} is left for {name}; "
                "take a larger share, or add examples"
            )


def write_tensors(examples: Examples, labels: Labels, fitted: dict[str, Any], folder: Path) -> None:
    """Encode every example in one streaming pass into folder/train, folder/val and folder/test.

    An example in no split goes nowhere.
    """
    counts = np.bincount(labels[labels >= 0], minlength=3)
    writers = [tensors.BlockWriter(folder / name, int(count)) for name, count in zip(NAMES, counts, strict=True)]
    names = [column["name"] for column in fitted["features"] + fitted["targets"]]
    pieces = [(examples.path, names, fitted, start, size) for start, size in examples.pieces()]
    for (*_, start, size), blocks in zip(pieces, _encode(pieces, bool(examples.contents)), strict=True):
        for index, writer in enumerate(writers):
            chosen = np.flatnonzero(labels[start : start + size] == index)
            for name, block in blocks.items():
                writer.append(name, block[chosen])


def _encode(pieces: list[Piece], has_contents: bool) -> Iterator[Blocks]:
    """Blocks of each piece: in parallel where images or the like are decoded."""
    return parallel.in_order(_encode_piece, pieces, "split: encodes", None if has_contents else 1)


def _encode_piece(path: Path, names: list[str], fitted: dict[str, Any], start: int, size: int) -> Blocks:
    import polars as pl

    table = pl.scan_parquet(path).select(named(*names)).slice(start, size).collect()
    blocks = encode_features(table, fitted["features"])
    for index, target in enumerate(fitted["targets"]):
        blocks[tensors.target(index)] = encode_target(table[target["name"]], target["type"], target["state"])
    blocks[tensors.ROWS] = np.arange(start, start + size)
    return blocks


def describe(examples: Examples, labels: Labels, strategy: str) -> dict[str, Any]:
    """Sizes of the splits, why rows are in none, and the balance or the moments of each target in each split."""
    sizes = {name: int((labels == index).sum()) for index, name in enumerate(NAMES)}
    targets = {}
    for target in _target_names(examples):
        values = examples.read(target)
        targets[target] = {
            name: _balance(values.filter(labels == index)) for index, name in enumerate(NAMES) if sizes[name]
        }
    return {"strategy": strategy, "sizes": sizes, "left_out": _left_out(examples, labels, strategy), "targets": targets}


def _left_out(examples: Examples, labels: Labels, strategy: str) -> list[dict[str, Any]]:
    """For each reason why examples are in no split: how many, why, and the first source rows."""
    why = getattr(plugins.load("splits", strategy), "LEFT_OUT", {})
    found = []
    for label in np.unique(labels[labels < 0])[::-1].tolist():
        rows = examples.read(ROW).to_numpy()[labels == label]
        found.append({"count": len(rows), "why": why[label], "rows": rows[:_NAMED_ROWS].tolist()})
    return found


def _balance(values: pl.Series) -> dict[str, Any]:
    from plumbline.distribution import mean_and_std

    if values.dtype.is_float():
        numbers = values.to_numpy()
        mean, std = mean_and_std(numbers)
        return {"mean": mean, "std": std, "min": float(numbers.min()), "max": float(numbers.max())}
    counts = dict(values.cast(str).rename("class").value_counts(sort=False).iter_rows())
    return {name: counts[name] for name in in_order(counts)}


def summarise(report: dict[str, Any]) -> str:
    """Lines for the terminal: the sizes, and one for all that is left out or found."""
    sizes = ", ".join(f"{count:,} {name}" for name, count in report["sizes"].items())
    lines = [f"{sizes} examples ({report['strategy']})"]
    lines += [f"{part['count']:,} examples are in no split: {part['why']}" for part in report["left_out"]]
    lines += [f"{finding['severity']}: {finding['sentence']}" for finding in report["leaks"]]
    return "\n".join(f"split: {line}" for line in lines)

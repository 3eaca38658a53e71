"""The target: fitted on train examples, encoded as a number or as the index of a class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plumbline import plugins, tensors
from plumbline.classes import CLASS_TYPES, in_order
from plumbline.errors import InputError
from plumbline.tensors import Blocks
from plumbline.wording import in_line

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

_MOST_CLASSES = 10_000  # each has an output of the network and a column in predictions.parquet


def task_of(target: dict[str, Any]) -> Any:
    """The task module of one of a recipe's targets."""
    return plugins.load("tasks", target["task"]["name"])


def decides_by_threshold(target: dict[str, Any]) -> bool:
    """Whether one of a recipe's targets is answered by a threshold on its positive class: two classes, no order."""
    return target["task"]["name"] == "classification" and len(target["task"]["classes"]) == 2


def column_prefix(target: str, n_targets: int) -> str:
    """What stands before the names of a target's columns in predictions.parquet: nothing where it is alone."""
    return f"{target}: " if n_targets > 1 else ""


def scale_targets(blocks: Blocks, recipe: dict[str, Any]) -> list[npt.NDArray[Any]]:
    """The encoded targets of a split as their losses compare with them."""
    parts = zip(recipe["targets"], tensors.targets(blocks), strict=True)
    return [task_of(target).scale_target(values, target["task"]) for target, values in parts]


def fit_target(values: pl.Series, kind: str, order: list[str] | None = None) -> dict[str, Any]:
    """Fit on train targets (N,): mean, deviation and quantile grid of numbers, or the classes with their counts.

    Classes stand in `order` where it is given, else sorted, numbers by their size.
    """
    if kind == "number":
        from plumbline.distribution import mean_and_std, quantile_grid

        mean, std = mean_and_std(values.to_numpy())
        return {"mean": mean, "std": std, "grid": quantile_grid(values.to_numpy()).tolist()}
    if kind not in CLASS_TYPES:
        raise InputError(
            f"target {values.name!r}: is a {kind}, which no task predicts; "
            "name it number or category in ingest.columns, or set another ingest.target"
        )
    counts = dict(values.cast(str).rename("class").value_counts(sort=False).iter_rows())
    if len(counts) == 1:
        only = in_line(next(iter(counts)), 60)
        raise InputError(f"target {values.name!r}: is {only} in every train example; use a stratified split")
    if len(counts) > _MOST_CLASSES:
        raise InputError(
            f"target {values.name!r}: has {len(counts):,} classes, more than {_MOST_CLASSES:,}; name it number in "
            "ingest.columns, or set another ingest.target"
        )
    classes = in_order(counts) if order is None else _in_given_order(values.name, counts, order)
    return {"classes": classes, "counts": [counts[name] for name in classes]}


def _in_given_order(target: str, counts: dict[str, int], order: list[str]) -> list[str]:
    """`order`; InputError where it does not name exactly the classes of the train examples."""
    if missing := [name for name in in_order(counts) if name not in order]:
        raise InputError(
            f"params.yaml: task.order: lacks {_quoted(missing)} of {target!r}; name every class, from low to high"
        )
    if unknown := [name for name in order if name not in counts]:
        raise InputError(
            f"params.yaml: task.order: no train example of {target!r} has {_quoted(unknown)}; "
            "take it out, or use a stratified split"
        )
    return order


def encode_target(values: pl.Series, kind: str, state: dict[str, Any]) -> npt.NDArray[Any]:
    """Targets (N,) -> float64 in their own unit, or int64 class indices; InputError where a class is not in `state`."""
    import polars as pl

    if kind == "number":
        return values.to_numpy()
    labels, classes = values.cast(pl.String), state["classes"]
    if not labels.is_in(classes).all():
        unknown = labels.filter(~labels.is_in(classes)).unique().sort().to_list()
        raise InputError(
            f"target {values.name!r}: no train example has {_quoted(unknown)}; "
            "add train examples of it, or use a stratified split"
        )
    return labels.replace_strict(classes, list(range(len(classes))), return_dtype=pl.Int64).to_numpy()


def _quoted(values: list[str]) -> str:
    return ", ".join(repr(value) for value in values[:5])

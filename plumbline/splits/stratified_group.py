"""Stratified by group: groups stay together, and the target is as balanced as whole groups allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from plumbline.examples import named
from plumbline.params import Ratios, Section
from plumbline.splits import _by, _deal
from plumbline.splits._strata import find_strata

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

KEEPS_APART = "groups"
"""What no two splits share: rows that are equal in `by`."""


class Params(Section):
    """Knobs of the stratified group split."""

    by: str | Annotated[list[str], Field(min_length=1)] | None = Field(default=None, json_schema_extra={"needed": True})
    """The column, or a list of columns, in which the rows of a group are equal; the model does not learn from it."""
    bins: int = Field(default=10, ge=2)
    """Quantiles into which a number target is cut; fewer for several targets where rows are few."""


def assign(
    examples: pl.LazyFrame, targets: list[str], params: Params, ratios: Ratios, generator: np.random.Generator
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each example, (N,) int8; the order of the rows does not matter.

    A row without a value in `by` is a group of its own; the only group that holds a class goes to train, so that no
    class is unknown to the model. InputError where the groups cannot fill the splits.
    """
    import numpy as np

    groups = _by.group_codes(_by.read(examples, "split.stratified_group.by", params.by, targets))
    _by.check_parts(np.bincount(groups), ratios, "split.stratified_group.by", "groups")
    table = examples.select(named(*targets)).collect()
    strata = find_strata(table, params.bins, ratios)
    counts = np.zeros((groups.max() + 1, strata.max() + 1), dtype=np.int64)
    np.add.at(counts, (groups, strata), 1)
    classes = [table[name] for name in targets if not table[name].dtype.is_float()]
    return _deal.deal_groups(counts, ratios, generator, _only_holders(groups, classes))[groups]


def _only_holders(groups: npt.NDArray[np.int64], classes: list[pl.Series]) -> npt.NDArray[np.bool_]:
    """Whether a group is the only one that holds some class of a target, (G,) bool."""
    import numpy as np

    found = np.zeros(groups.max() + 1, dtype=bool)
    for values in classes:
        codes = np.unique(values.cast(str).to_numpy(), return_inverse=True)[1]
        pairs = np.unique(np.stack([codes, groups], axis=1), axis=0)
        is_only = np.bincount(pairs[:, 0])[pairs[:, 0]] == 1
        found[pairs[is_only, 1]] = True
    return found

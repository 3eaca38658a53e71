"""Group: rows that are equal in a column, such as a patient, stay together in one split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from plumbline.params import Ratios, Section
from plumbline.splits import _by, _deal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

KEEPS_APART = "groups"
"""What no two splits share: rows that are equal in `by`."""


class Params(Section):
    """Knobs of the group split."""

    by: str | Annotated[list[str], Field(min_length=1)] | None = Field(default=None, json_schema_extra={"needed": True})
    """The column, or a list of columns, in which the rows of a group are equal; the model does not learn from it."""


def assign(
    examples: pl.LazyFrame, targets: list[str], params: Params, ratios: Ratios, generator: np.random.Generator
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each example, (N,) int8; the order of the rows does not matter.

    A row without a value in `by` is a group of its own. InputError where the groups cannot fill the splits.
    """
    import numpy as np

    groups = _by.group_codes(_by.read(examples, "split.group.by", params.by, targets))
    sizes = np.bincount(groups)
    _by.check_parts(sizes, ratios, "split.group.by", "groups")
    return _deal.deal_groups(sizes[:, None], ratios, generator)[groups]

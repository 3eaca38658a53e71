"""Variables: columns of the examples with what their types say about order and drawing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING

from plumbline import figures, groups, plugins
from plumbline.examples import Column, Examples
from plumbline.groups import Groups

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from plumbline.groups import Positions


@dataclass(frozen=True)
class Variable:
    """Values (N,) of one column, with the drawing functions of its type."""

    name: str
    type: ModuleType
    values: pl.Series

    @cached_property
    def positions(self) -> Positions | None:
        """Where the values lie on an axis; None where they have no order."""
        return self.type.positions(self.values)

    def groups(self, limit: int) -> Groups:
        """The `limit` most frequent values; ten quantiles of what has an order."""
        return groups.by_value_or_quantile(self.values, self.positions, limit)

    @property
    def title(self) -> str:
        """The name as it stands above a panel."""
        return figures.printable(self.name, 24)


@dataclass(frozen=True)
class Data:
    """The examples, for each split the positions (n,) int64 of its examples, and the target that is looked at."""

    examples: Examples
    splits: dict[str, npt.NDArray[np.int64]]
    predicted: Column

    def variable(self, column: Column, split: str | None = None) -> Variable:
        """One column: all examples, or those of one split."""
        values = self.examples.read(column.name)
        chosen = values if split is None else values.gather(self.splits[split])
        return Variable(column.name, plugins.load("columns", column.type), chosen)

    def target(self, split: str | None = None) -> Variable:
        """The target: all examples, or those of one split."""
        return self.variable(self.predicted, split)

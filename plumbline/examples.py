"""The table of examples: one Parquet file that carries each column's type and role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from plumbline.files import naming

if TYPE_CHECKING:
    import polars as pl

ROW = "#row"
"""Name of the column that holds each example's 0-based row number in the source (Int64)."""

SPLIT = "split"
"""Name of the column that says train, val or test, where the source has one."""

Role = Literal["feature", "target", "split", "id", "dropped"]
"""What a column is used for; an id names rows: the model never sees it, but a split can go by it."""
_KEY = "plumbline"
_CHUNK = 65_536  # examples held in memory at a time
_CELLS = 2_000_000  # values held in memory at a time where whole columns are read


@dataclass(frozen=True)
class Column:
    """One column of the source: its type (a file in plumbline/columns) and what it is used for."""

    name: str
    type: str
    role: Role


@dataclass(frozen=True)
class Examples:
    """The examples in a Parquet file, read lazily."""

    path: Path
    columns: tuple[Column, ...]
    _held: dict[str, pl.Series] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def open(cls, path: Path) -> Examples:
        """Open a file that `write` made."""
        import polars as pl

        columns = json.loads(pl.read_parquet_metadata(path)[_KEY])
        return cls(path, tuple(Column(**column) for column in columns))

    @cached_property
    def features(self) -> tuple[Column, ...]:
        """Columns that the model sees, in the source's order."""
        return tuple(column for column in self.columns if column.role == "feature")

    @cached_property
    def targets(self) -> tuple[Column, ...]:
        """Columns to predict, one or more, in the order of params.yaml."""
        return tuple(column for column in self.columns if column.role == "target")

    @property
    def n_rows(self) -> int:
        """Number of examples."""
        import polars as pl

        return int(self.scan().select(pl.len()).collect().item())

    def scan(self) -> pl.LazyFrame:
        """All columns, lazily; `ROW` comes first."""
        import polars as pl

        return pl.scan_parquet(self.path)

    def read(self, name: str) -> pl.Series:
        """One whole column, shape (n_rows,)."""
        if name not in self._held:  # opening a file of 5,000 columns takes longer than reading many of them
            names = [ROW, *(column.name for column in self.columns)]
            group = next(iter(in_groups(self.scan(), names[names.index(name) :])))
            self._held.clear()
            self._held.update((values.name, _without_pattern(values)) for values in group)
        return self._held[name]

    def take(self, names: list[str], positions: pl.Series) -> pl.DataFrame:
        """Columns `names` of the examples at `positions`, in that order."""
        import polars as pl

        # Not lazily: of thousands of columns that takes minutes.
        return pl.concat([group[positions] for group in in_groups(self.scan(), names)], how="horizontal")

    def chunks(self, names: list[str]) -> Iterator[tuple[int, pl.DataFrame]]:
        """Yield (first row, columns `names`) of up to 65,536 examples at a time, in order."""
        table = self.scan().select(named(*names))
        for start in range(0, self.n_rows, _CHUNK):
            yield start, table.slice(start, _CHUNK).collect()


def named(*names: str) -> pl.Expr:
    """Columns by their very names: a plain `pl.col` takes "*" and "^x$" for patterns."""
    import polars as pl

    return pl.selectors.by_name(*names)


def _without_pattern(values: pl.Series) -> pl.Series:
    """A column whose name polars, which looks its own operations up by name, does not take for a pattern."""
    return values.alias(f" {values.name}") if values.name.startswith("^") and values.name.endswith("$") else values


def columns_of(table: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
    """Yield each column's name and its values, which have no name: polars would look for a pattern in it."""
    for values in table:
        yield values.name, values.alias("")


def in_groups(table: pl.LazyFrame, names: list[str]) -> Iterator[pl.DataFrame]:
    """Yield the columns `names`, whole, as many at a time as make up two million values."""
    import polars as pl

    width = max(1, _CELLS // int(table.select(pl.len()).collect().item() or 1))
    for start in range(0, len(names), width):
        yield table.select(named(*names[start : start + width])).collect()


def write(table: pl.LazyFrame, columns: list[Column], path: Path) -> None:
    """Write a table as Parquet, streaming; the same table gives the same bytes."""
    metadata = {_KEY: json.dumps([vars(column) for column in columns], ensure_ascii=False)}
    with naming(path):
        table.sink_parquet(path, compression="zstd", row_group_size=_CHUNK, maintain_order=True, metadata=metadata)

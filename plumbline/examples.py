"""The table of examples: one Parquet file that carries each column's type and role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

ROW = "#row"
"""Name of the column that holds each example's 0-based row number in the source (Int64)."""

Role = Literal["feature", "target", "split", "dropped"]
_KEY = "plumbline"
_CHUNK = 65_536  # examples held in memory at a time


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

    @classmethod
    def open(cls, path: Path) -> Examples:
        """Open a file that `write` made."""
        import polars as pl

        columns = json.loads(pl.read_parquet_metadata(path)[_KEY])
        return cls(path, tuple(Column(**column) for column in columns))

    @property
    def features(self) -> tuple[Column, ...]:
        """Columns that the model sees, in the source's order."""
        return tuple(column for column in self.columns if column.role == "feature")

    @property
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
        return self.scan().select(name).collect().to_series()

    def take(self, names: list[str], positions: pl.Series) -> pl.DataFrame:
        """Columns `names` of the examples at `positions`, in that order."""
        return self.scan().select(names).collect()[positions]  # a lazy gather of thousands of columns takes minutes

    def chunks(self, names: list[str]) -> Iterator[tuple[int, pl.DataFrame]]:
        """Yield (first row, columns `names`) of up to 65,536 examples at a time, in order."""
        table = self.scan().select(names)
        for start in range(0, self.n_rows, _CHUNK):
            yield start, table.slice(start, _CHUNK).collect()


def write(table: pl.LazyFrame, columns: list[Column], path: Path) -> None:
    """Write a table as Parquet, streaming; the same table gives the same bytes."""
    metadata = {_KEY: json.dumps([vars(column) for column in columns], ensure_ascii=False)}
    table.sink_parquet(path, compression="zstd", row_group_size=_CHUNK, maintain_order=True, metadata=metadata)

"""The table of examples: one Parquet file that carries each column's type and role."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from plumbline.columns import is_content
from plumbline.files import naming

if TYPE_CHECKING:
    import polars as pl

ROW = "#row"
"""Name of the column that holds each example's 0-based row number in the source (Int64)."""

SPLIT = "split"
"""Name of the column that says train, val or test, where the source has one."""

Role = Literal["feature", "target", "split", "id", "measure", "key", "dropped"]
"""What a column is used for. An id names rows: the model never sees it, but a split can go by it. A measure is a plain
number of a content column's values, as an image's width, and a key is equal for equal ones: what is looked at in place
of the content, which the model alone sees."""
_KEY = "plumbline"
_CHUNK = 65_536  # examples held in memory at a time
CONTENT_CHUNK = 256
"""Examples held in memory at a time where they have images or other content."""
_CELLS = 2_000_000  # values held in memory at a time where whole columns are read


@dataclass(frozen=True)
class Column:
    """One column of the source: its type (a file in plumbline/columns) and what it is used for."""

    name: str
    type: str
    role: Role
    of: str = ""
    """The content column that a measure or a key speaks of."""

    @property
    def is_content(self) -> bool:
        """Whether values are images, texts or the like, which are not looked at as a table's."""
        return is_content(self.type)


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
    def contents(self) -> tuple[Column, ...]:
        """Features that are images, texts or the like."""
        return tuple(column for column in self.features if column.is_content)

    @cached_property
    def shown(self) -> tuple[Column, ...]:
        """What can be looked at as a table's columns: features, measures in place of content."""
        return in_place_of_contents(self.features, self.columns, "measure")

    def key(self, column: Column) -> str:
        """Name of the column that is equal where `column` is, and missing where it is."""
        return in_place_of_contents([column], self.columns, "key")[0].name

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

        contents = [column.name for column in self.contents if column.name in names]
        others = [name for name in names if name not in contents]
        # Not lazily: of thousands of columns that takes minutes.
        found = [group[positions] for group in in_groups(self.scan(), others)]
        found += [self._take_content(name, positions) for name in contents]
        whole = pl.concat(found, how="horizontal")
        return whole.select(named(*names)) if contents else whole

    def _take_content(self, name: str, positions: pl.Series) -> pl.DataFrame:
        """One column, read piece by piece where it is wanted: whole, it may not fit in memory."""
        import polars as pl

        wanted, column = positions.unique().sort(), self.scan().select(named(name))
        parts = [column.head(0).collect()]
        for start, size in self.pieces():
            inside = wanted.filter(wanted.is_between(start, start + size, closed="left"))
            if len(inside):
                parts.append(column.slice(start, size).collect()[inside - start])
        return pl.concat(parts)[wanted.search_sorted(positions)]

    def chunks(self, names: list[str]) -> Iterator[tuple[int, pl.DataFrame]]:
        """Yield (first row, columns `names`) of up to 65,536 examples at a time, in order."""
        table = self.scan().select(named(*names))
        for start, size in self.pieces():
            yield start, table.slice(start, size).collect()

    def pieces(self) -> Iterator[tuple[int, int]]:
        """Yield first row and number of rows of pieces that fit in memory, in order."""
        n_rows, size = self.n_rows, rows_at_once(self.columns)
        return ((start, min(size, n_rows - start)) for start in range(0, n_rows, size))


def in_place_of_contents(columns: Iterable[Column], known: Iterable[Column], role: Role) -> tuple[Column, ...]:
    """The columns, each content column among them replaced by those of `known` that speak of it in this role."""
    speaking = [column for column in known if column.role == role]
    return tuple(
        found
        for column in columns
        for found in ([one for one in speaking if one.of == column.name] if column.is_content else [column])
    )


def rows_at_once(columns: Iterable[Column]) -> int:
    """Examples of such columns that are held in memory, and lie together in a file."""
    return CONTENT_CHUNK if any(column.is_content for column in columns) else _CHUNK


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
        table.sink_parquet(
            path, compression="zstd", row_group_size=rows_at_once(columns), maintain_order=True, metadata=metadata
        )

"""Duplicates: rows of one split that another split holds too, exactly or nearly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from plumbline.distribution import mean_and_std
from plumbline.examples import named

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column, Examples

_CHANCE = 0.01  # equal rows that chance gives one row, and near duplicates that it gives a split, at most
_NEAREST = 0.1  # of the typical distance between neighbours: what is further is never a near duplicate
_TREE, _QUERIES, _TYPICAL = 50_000, 10_000, 256  # rows looked at, at most, for near duplicates
_DENSE = 10  # whole numbers, all distinct and on average no further apart, number the rows

Codes = npt.NDArray[np.uint64]
Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """Rows (n,) that have a twin in an earlier split, and one twin (n,) of each: positions in the examples."""

    rows: Index
    twins: Index


def compared_columns(examples: Examples, features: tuple[Column, ...]) -> tuple[Column, ...]:
    """Features without those that only number the rows, which hide that two rows are equal in all else."""
    kept = tuple(column for column in features if column.role == "key" or not _numbers_rows(examples.read(column.name)))
    return kept or features


def _numbers_rows(values: pl.Series) -> bool:
    """Whether no value comes twice, in single words or in whole numbers that lie close together."""
    if values.dtype.is_temporal() or values.null_count() or values.n_unique() < len(values):
        return False
    if not values.dtype.is_float():
        return not values.cast(str).str.contains(r"\s").any()
    numbers = values.to_numpy()
    return bool((numbers % 1 == 0).all() and np.ptp(numbers) < _DENSE * len(numbers))


def row_codes(examples: Examples, columns: tuple[Column, ...]) -> Codes:
    """A 64-bit hash of each row, (N,), equal for rows equal in all columns; one of 10⁶ rows errs with chance 3e-8."""
    names = [column.name for column in columns]
    return np.concatenate([table.hash_rows().to_numpy() for _, table in examples.chunks(names)])


def block_codes(examples: Examples, columns: tuple[Column, ...]) -> Codes:
    """As `row_codes`, for rows that differ in case, white space or numbers only, and lack the same values."""
    names = [column.name for column in columns]
    return np.concatenate([_normal(table).hash_rows().to_numpy() for _, table in examples.chunks(names)])


def _normal(table: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    parts = []
    for name, dtype in table.schema.items():
        column = named(name)
        if dtype == pl.String:
            parts.append(column.str.to_lowercase().str.replace_all(r"\s+", " "))
        else:
            is_key = dtype == pl.UInt64  # of an image or the like
            parts.append(column if is_key or dtype == pl.Boolean else column.is_null())
    return table.select(parts)


def find_equal(codes: Codes | Index, is_row: npt.NDArray[np.bool_], is_twin: npt.NDArray[np.bool_]) -> Pairs:
    """Rows of one part whose code a row of the other part has, with the first such row."""
    rows, others = np.flatnonzero(is_row), np.flatnonzero(is_twin)
    known, first = np.unique(codes[others], return_index=True)
    places = np.searchsorted(known, codes[rows])
    inside = np.minimum(places, len(known) - 1)
    found = known[inside] == codes[rows] if len(known) else np.zeros(len(rows), dtype=bool)
    return Pairs(rows[found], others[first[inside[found]]])


def drop_chance(equal: Pairs, examples: Examples, columns: tuple[Column, ...], train: Index) -> Pairs:
    """Equal or nearly equal pairs without those that chance explains: nearly all values missing, or all frequent.

    Were the columns independent, a row with these values would have so many equals among the train rows: their number
    times each value's share of them, of which the twin itself is no part.
    """
    expected = np.full(len(equal.rows), float(len(train)))
    for column in columns if len(equal.rows) else ():
        codes = examples.read(column.name).to_frame().hash_rows().to_numpy()
        known, counts = np.unique(codes[train], return_counts=True)
        places = np.minimum(np.searchsorted(known, codes[equal.rows]), len(known) - 1)
        alike = np.where(known[places] == codes[equal.rows], counts[places], 1)
        expected *= (alike - 1) / max(1, len(train) - 1)
    kept = expected < _CHANCE
    return Pairs(equal.rows[kept], equal.twins[kept])


def share_repeated(codes: Codes) -> float:
    """Share of rows (N,) that have an equal among them."""
    _, places, counts = np.unique(codes, return_inverse=True, return_counts=True)
    return float((counts[places] > 1).mean())


class Neighbours:
    """Near duplicates among the train rows, in the space of the standardised numbers and dates.

    Two rows are near duplicates if they have the same block (equal but for case, white space and numbers) and lie
    closer than neighbours do by chance: with D the intrinsic dimension (two nearest neighbours, Facco et al.,
    Scientific Reports 2017; by the median, which duplicates do not bend), a share (r / median)^D / 2 of the distances
    to the nearest neighbour is below r.
    """

    def __init__(self, examples: Examples, columns: tuple[Column, ...], train: Index, rng: np.random.Generator) -> None:
        self._examples, self._columns, self._rng = examples, columns, rng
        self._blocks = np.unique(block_codes(examples, columns), return_inverse=True)[1]
        self._train = sample(train, _TREE, rng)
        numbers = _read_numbers(examples, columns, self._train)
        self._scales = [mean_and_std(known) if len(known := values[~np.isnan(values)]) else (0.0, 1.0)
                        for values in numbers.T]  # fmt: skip
        self._scaled = self._scale(numbers)
        self._median, self._dimension = _typical(np.unique(self._scaled, axis=0), rng)

    def _scale(self, numbers: Floats) -> Floats:
        """(n, d) with mean 0 and deviation 1 on train; 0 where missing."""
        means, deviations = np.array(self._scales).reshape(-1, 2).T
        return np.nan_to_num((numbers - means) / deviations, nan=0.0)

    def find(self, rows: Index) -> tuple[Pairs, int]:
        """Those of `rows` that have a near duplicate in train, and how many rows were looked at."""
        looked_at = sample(rows, _QUERIES, self._rng)
        radius = min(_NEAREST, (2 * _CHANCE / max(1, len(looked_at))) ** (1 / self._dimension)) * self._median
        if not len(looked_at):
            return Pairs(looked_at, looked_at), 0
        # A block is a coordinate that lies further off than any radius.
        scaled = self._scale(_read_numbers(self._examples, self._columns, looked_at))
        tree = cKDTree(self._points(self._train, self._scaled, radius))
        bound = radius + 1e-12  # without numbers all rows of a block are at distance 0
        distances, places = tree.query(self._points(looked_at, scaled, radius), distance_upper_bound=bound)
        found = np.isfinite(distances)
        return Pairs(looked_at[found], self._train[places[found]]), len(looked_at)

    def _points(self, rows: Index, scaled: Floats, radius: float) -> Floats:
        blocks = self._blocks[rows] * max(4.0, 4 * radius)
        return np.concatenate([blocks[:, None].astype(np.float64), scaled], axis=1)


def _read_numbers(examples: Examples, columns: tuple[Column, ...], rows: Index) -> Floats:
    """Numbers and dates of some rows, (n, d); NaN where missing."""
    parts: list[Floats] = []
    for column in columns:
        values = examples.read(column.name)[rows]
        if values.dtype.is_temporal():
            values = values.dt.epoch("us").cast(float)
        if values.dtype.is_float():
            parts.append(values.fill_null(math.nan).to_numpy())
    return np.stack(parts, axis=1) if parts else np.zeros((len(rows), 0))


def _typical(points: Floats, rng: np.random.Generator) -> tuple[float, float]:
    """Median distance to the nearest neighbour, and the intrinsic dimension; 0 and 1 where nothing varies."""
    if len(points) < 3 or points.shape[1] == 0:
        return 0.0, 1.0
    chosen = points[sample(np.arange(len(points)), _TYPICAL, rng)]
    distances = cKDTree(points).query(chosen, k=3)[0]
    ratio = float(np.median(np.log(distances[:, 2] / distances[:, 1])))
    return float(np.median(distances[:, 1])), math.log(2) / max(ratio, 1e-3)


def sample(rows: Index, most: int, rng: np.random.Generator) -> Index:
    """At most `most` of the rows, drawn without replacement, in order."""
    return rows if len(rows) <= most else np.sort(rng.choice(rows, most, replace=False))

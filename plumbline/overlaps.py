"""Overlaps: groups that two splits share, rows later than those they should foretell, columns that may name groups."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from plumbline.duplicates import Index, Pairs
from plumbline.errors import InputError
from plumbline.examples import named
from plumbline.splits import _by

if TYPE_CHECKING:
    import polars as pl

    from plumbline.examples import Column, Examples

_FEWEST, _FULLEST = 20, 20  # values that a group column has at least; rows that its mean value has at most
_NAMES = re.compile(
    r"(^|[^a-z])(id|ids|group|patient|subject|person|user|customer|client|household|session|device)($|[^a-z])"
)


def group_rows(examples: Examples, columns: list[str]) -> Index:
    """The group of each row (N,): rows equal in all columns share one, a row without a value is alone."""
    return _by.group_codes(_by.read(examples.scan(), "split.leaks.group", columns, []))


def rows_without(examples: Examples, columns: list[str]) -> Index:
    """Positions of the rows that lack a value in one of the columns."""
    import polars as pl

    lacks = examples.scan().select(pl.any_horizontal(named(*columns).is_null())).collect().to_series()
    return np.flatnonzero(lacks.to_numpy())


def find_later(examples: Examples, column: str, train: Index, test: Index) -> Pairs:
    """Train rows later than the earliest test row, and that one beside each."""
    values = _by.read(examples.scan(), "split.leaks.time", column, []).to_series()
    if not values.dtype.is_temporal() and not values.dtype.is_float():
        raise InputError(
            f"params.yaml: split.leaks.time: {column!r} holds neither dates nor numbers; name another column"
        )
    test = test[values[test].is_not_null().to_numpy()]
    if not len(test):
        return Pairs(test, test)
    earliest = test[values[test].arg_min()]
    later = train[(values[train] > values[int(earliest)]).fill_null(value=False).to_numpy()]
    return Pairs(later, np.full(len(later), earliest))


def find_suspects(examples: Examples, features: tuple[Column, ...]) -> Iterator[tuple[str, Index]]:
    """Features that may name groups: named like an id, many values, most of which come more than once."""
    for column in features:
        if not _NAMES.search(_words(column.name)):
            continue
        values = examples.read(column.name)
        if _repeats(values):
            yield column.name, _by.group_codes(values.to_frame())


def _words(name: str) -> str:
    """A name in lower case, parted where a capital follows a small letter: patientId as patient id."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _repeats(values: pl.Series) -> bool:
    """Whether texts or whole numbers have many values, each few rows, and most rows an equal."""
    known = values.drop_nulls()
    if known.dtype.is_float() and bool((known.to_numpy() % 1 != 0).any()):
        return False
    n_values = known.n_unique()
    is_many = n_values >= _FEWEST and len(known) <= _FULLEST * n_values
    return is_many and bool(known.is_duplicated().to_numpy().mean() > 0.5)

"""Hash: a row's own values decide, so that added rows move no other and equal rows land together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from plumbline.examples import ROW, named
from plumbline.params import Ratios, Section
from plumbline.splits import _by

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

_CHUNK = 65_536  # rows in memory at a time

KEEPS_APART = "groups"
"""What no two splits share: rows that are equal in `by`."""


class Params(Section):
    """Knobs of the hash split."""

    by: str | Annotated[list[str], Field(min_length=1)] | None = None
    """The column, or a list of columns, that is hashed, such as an id; the model does not learn from it.

    null: all columns but the targets; the model learns from them, and a new or changed column moves rows."""


def assign(
    examples: pl.LazyFrame, targets: list[str], params: Params, ratios: Ratios, generator: np.random.Generator
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each example, (N,) int8; ratios are met in expectation.

    SHA-256 of the values, salted by the seed, is a place in [0, 1): test lies lowest, then val, then train, so that
    another share of val moves no test row. The order of the rows does not matter, nor which others there are.
    """
    import numpy as np

    if params.by is None:
        columns = [name for name in examples.collect_schema().names() if name not in (ROW, *targets)]
    else:
        columns = _by.read(examples, "split.hash.by", params.by, targets).columns
    salt = generator.bytes(16)
    places = np.fromiter((_place(row, salt) for row in _rows(examples.select(named(*columns)))), dtype=np.float64)
    return np.select([places < ratios.test, places < ratios.test + ratios.val], [2, 1], 0).astype(np.int8)


def _rows(table: pl.LazyFrame) -> Iterator[tuple[Any, ...]]:
    start = 0
    while len(chunk := table.slice(start, _CHUNK).collect()):
        yield from chunk.iter_rows()
        start += _CHUNK


def _place(row: tuple[Any, ...], salt: bytes) -> float:
    """A row's place in [0, 1). JSON in ASCII writes values alike in every version and on every machine."""
    values = [value + 0.0 if isinstance(value, float) else value for value in row]  # -0.0 equals 0.0
    text = json.dumps(values, default=datetime.isoformat)
    return int.from_bytes(hashlib.sha256(salt + text.encode()).digest()[:6], "big") / 2**48

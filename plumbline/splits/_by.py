"""Columns that a split goes by: read, checked, and turned into groups of equal rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.errors import InputError, hint
from plumbline.examples import ROW, named
from plumbline.params import Ratios
from plumbline.split_words import NAMES

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl


def read(examples: pl.LazyFrame, key: str, by: str | list[str] | None, targets: list[str]) -> pl.DataFrame:
    """The columns that `by` names; InputError where one does not exist, is a target or has no value."""
    if by is None:
        raise InputError(f"params.yaml: {key}: is null; it needs a column")
    columns = [by] if isinstance(by, str) else by
    names = [name for name in examples.collect_schema().names() if name != ROW]
    for column in columns:
        if column not in names:
            known = hint(column, names)
            if not known.startswith("did"):
                known += "; one that ingest left out stays if ingest.columns names its type"
            raise InputError(f"params.yaml: {key}: the table has no column {column!r}; {known}")
        if column in targets:
            raise InputError(f"params.yaml: {key}: {column!r} is a target; name another column")
    table = examples.select(named(*dict.fromkeys(columns))).collect()
    for values in table:
        if values.null_count() == len(values):
            raise InputError(f"params.yaml: {key}: {values.name!r} is missing in every row; name another column")
    return table


def group_codes(table: pl.DataFrame) -> npt.NDArray[np.int64]:
    """The group of each row, (N,) int64: rows equal in every column share one, numbered in sorted order.

    Whoever lacks a value belongs to nobody known: such a row is a group of its own, numbered after the others.
    """
    import numpy as np
    import polars as pl

    table = pl.DataFrame([values.alias(str(place)) for place, values in enumerate(table)])  # any name may be a column's
    names = table.columns
    known = table.drop_nulls().unique().sort(names).with_row_index("#group")
    found = table.join(known, on=names, how="left", maintain_order="left")["#group"]
    is_alone = found.is_null().to_numpy()
    codes = found.cast(pl.Int64).fill_null(0).to_numpy().copy()
    codes[is_alone] = len(known) + np.arange(is_alone.sum())
    return codes


def check_parts(sizes: npt.NDArray[np.int64], ratios: Ratios, key: str, what: str) -> None:
    """InputError where whole parts of these sizes cannot fill the splits: too few parts, or one with nearly all rows.

    One part may hold all rows but half of what validation and test ask for.
    """
    wanted = [name for name, share in zip(NAMES, (1.0, ratios.val, ratios.test), strict=True) if share > 0]
    if len(sizes) < len(wanted):
        raise InputError(
            f"params.yaml: {key}: gives {len(sizes)} {what}, too few for {', '.join(wanted)}; name another column"
        )
    n_rows, largest = int(sizes.sum()), int(sizes.max())
    if n_rows - largest < (ratios.val + ratios.test) * n_rows / 2:
        raise InputError(
            f"params.yaml: {key}: one of the {what} holds {largest:,} of {n_rows:,} rows, which leaves too few for "
            f"{' and '.join(wanted[1:])}; name another column"
        )

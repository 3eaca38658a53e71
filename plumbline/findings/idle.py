"""Columns that nothing can be learned from: constants, ids, free text.

The rule, in one place. A column whose type params.yaml names is always kept, so are targets and a column `split`. Any
other is dropped where it has at most one value and no gap beside it; or where it has 20 rows or more and its values
name the rows:

* texts: all differ, or nine in ten do and they are sentences of three words or more;
* whole numbers (never floats, dates, booleans) that all differ, and the column is named like an id, or they count the
  rows in their order from 0 or 1 and the name is none of time, place or mathematics (`year`, `x`).

Whole numbers that all differ for another reason are kept, and so is the only feature of a table. An id that several
rows share is kept and told: it names groups of rows, which a random split tears apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from plumbline.examples import SPLIT
from plumbline.findings.finding import Finding
from plumbline.findings.spread import shown_value
from plumbline.wording import quoted

if TYPE_CHECKING:
    import polars as pl

    from plumbline.findings.codes import Codes
    from plumbline.recognition import Typed

_LEAST = 20  # rows below which all values may differ by chance
_NEARLY_ALL = 0.9
_SENTENCE = 3  # words
_ANYWHERE = {"id", "ids", "uuid", "guid", "rowid", "rownames", "rownum", "rownumber", "unnamed"}
_PERSONS = {"patient", "subject", "participant", "person", "customer", "client", "user", "member"}
_ALONE = {"key", "index", "idx", "row", "no", "nr", "num", "number"}
_AT_THE_END = {"key", "no", "nr", "num", "number"}
_AXIS = {
    *("year", "month", "week", "day", "date", "time", "hour", "minute", "second", "quarter", "period", "step", "epoch"),
    *("age", "position", "distance", "depth", "height", "length", "rank", "order", "level", "dose", "size", "count"),
}
_UUID = r"^\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?$"


def judge(item: Typed, values: pl.Series, codes: Codes, is_only: bool) -> Finding | None:
    """Why a feature (N,) is dropped, or is told to be the id of groups; None where it is neither."""
    if item.is_named or item.column.role != "feature" or item.column.name == SPLIT:
        return None
    n_distinct, n_present = int(codes.max(initial=0)), int((codes > 0).sum())
    if n_distinct == 0 or (n_distinct == 1 and n_present == len(codes)):
        return _drop(item, "constant", len(codes), _say_constant(values))
    if n_present < _LEAST or is_only:
        return None
    if item.column.type == "category":
        return _judge_texts(item, values, n_distinct, n_present)
    if item.column.type == "number" and item.is_whole:
        return _judge_numbers(item, values, n_distinct, n_present)
    return None


def _say_constant(values: pl.Series) -> str:
    if values.null_count() == len(values):
        return "is missing in every row"
    return f"is {shown_value(values[0])} in every row"


def _judge_texts(item: Typed, values: pl.Series, n_distinct: int, n_present: int) -> Finding | None:
    present = values.drop_nulls()
    is_sentence = np.median(present.str.count_matches(r"\S+").to_numpy()) >= _SENTENCE
    if n_distinct >= _NEARLY_ALL * n_present and is_sentence:
        return _drop(item, "free text", n_distinct, f"is text, {n_distinct:,} different ones in {n_present:,} rows")
    if n_distinct == n_present:
        kind = "UUID" if present.str.contains(_UUID).all() else "text"
        why = f"is another {kind} in each of {n_present:,} rows, as {quoted(present[0], 40)}"
        return _drop(item, "id", n_present, why)
    return _judge_group(item, n_distinct, n_present)


def _judge_numbers(item: Typed, values: pl.Series, n_distinct: int, n_present: int) -> Finding | None:
    if n_distinct < n_present:
        return _judge_group(item, n_distinct, n_present)
    if is_id_name(item.column.name):
        why = f"is named like an id, and another number in each of {n_present:,} rows"
        return _drop(item, "id", n_present, why)
    if _counts_rows(values) and not _is_axis_name(item.column.name):
        return _drop(item, "id", n_present, f"counts the rows from {values[0]:g} to {values[-1]:,g}")
    return None


def _counts_rows(values: pl.Series) -> bool:
    return values.null_count() == 0 and values[0] in (0, 1) and bool((values.diff().drop_nulls() == 1).all())


def _judge_group(item: Typed, n_distinct: int, n_present: int) -> Finding | None:
    """An id that several rows share."""
    words = _words(item.column.name)
    is_id = bool(set(words) & _ANYWHERE) or bool(_PERSONS.intersection(words[-1:]))
    if n_distinct < _LEAST or n_distinct > n_present / 1.5 or not is_id:
        return None
    what = (
        f"column {quoted(item.column.name)}: is named like an id, and {n_present:,} rows share {n_distinct:,} of them; "
        "kept; a random split puts rows of one id into train and test, split.name: group keeps them together"
    )
    return Finding("group", item.column.name, n_distinct, what, "kept")


def is_id_name(name: str) -> bool:
    """Whether a column's name says that its values are ids: id, customerID, Order No, #, Unnamed: 0, or nothing."""
    words = _words(name)
    if not words:
        return name.strip() in ("", "#")
    return bool(set(words) & _ANYWHERE) or (set(words) <= _ALONE) or (len(words) > 1 and words[-1] in _AT_THE_END)


def _is_axis_name(name: str) -> bool:
    return len(name.strip()) == 1 or bool(set(_words(name)) & _AXIS)


def _words(name: str) -> list[str]:
    """Lower-case words of a name: `customerID`, `customer_id`, `Customer Id` -> customer, id."""
    return re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())


def _drop(item: Typed, kind: str, count: int, why: str) -> Finding:
    name = item.column.name
    change = f"a type in ingest.columns keeps it, as {quoted(name, 24)}: {item.column.type}"
    return Finding(kind, name, count, f"column {quoted(name)}: {why}; dropped; {change}", "dropped")

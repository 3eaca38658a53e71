"""Columns that say what an earlier column says: equal to it, or each value standing for one of its values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from plumbline.findings.codes import Codes, by_appearance
from plumbline.findings.finding import Finding
from plumbline.wording import quoted

if TYPE_CHECKING:
    import polars as pl

    from plumbline.recognition import Typed

_LEAST = 20  # rows below which columns may be alike by chance


class Copies:
    """Features seen so far, by what they look like; `read` gives an earlier column's values."""

    def __init__(self, read: Callable[[str], pl.Series]) -> None:
        self._read = read
        self._equal: dict[bytes, list[str]] = {}
        self._recoded: dict[bytes, str] = {}

    def judge(self, item: Typed, values: pl.Series, codes: Codes) -> Finding | None:
        """Whether a feature (N,) is an earlier one's copy, which is dropped, or its recoding; None where it is new."""
        if item.column.role != "feature" or int(codes.max(initial=0)) < 2:
            return None
        alike = self._equal.setdefault(_digest(codes), [])
        same = next((name for name in alike if self._read(name).equals(values)), None)
        if same is not None and not item.is_named:
            return _tell_copy(item, same, len(codes))
        first = alike[0] if alike and not _is_sorted(codes) else None
        alike.append(item.column.name)
        return self._judge_recoding(item, codes, first)

    def _judge_recoding(self, item: Typed, codes: Codes, alike: str | None) -> Finding | None:
        """A recoding: in the order of an earlier column (`alike`), or with values that each stand for one of its."""
        other = alike
        if int(codes.max()) <= len(codes) // 2:  # where all values differ, any two columns are each other's recoding
            found = self._recoded.setdefault(_digest(by_appearance(codes)), item.column.name)
            other = found if found != item.column.name else alike
        if other is None or len(codes) < _LEAST:
            return None
        name, count = item.column.name, int(codes.max())
        what = (
            f"column {quoted(name)}: each of its {count:,} values stands for one value of {quoted(other)}; kept; "
            "ingest.drop leaves one of them out"
        )
        return Finding("recoded", name, count, what, "kept")


def _is_sorted(codes: Codes) -> bool:
    return bool((np.diff(codes) >= 0).all() or (np.diff(codes) <= 0).all())


def _digest(codes: Codes) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(codes).tobytes(), digest_size=16).digest()


def _tell_copy(item: Typed, other: str, n_rows: int) -> Finding:
    name = item.column.name
    change = f"a type in ingest.columns keeps it, as {quoted(name, 24)}: {item.column.type}"
    what = f"column {quoted(name)}: equals {quoted(other)} in every row; dropped; {change}"
    return Finding("copy", name, n_rows, what, "dropped")

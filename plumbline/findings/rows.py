"""Rows: examples that equal earlier ones, and equal features with different classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from plumbline.examples import in_groups
from plumbline.findings.finding import Finding
from plumbline.wording import counted, quoted

if TYPE_CHECKING:
    import polars as pl

_SEEDS = (1, 2)  # two hashes of 64 bits: no two rows of a table share both by chance
_PRIME = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Rows:
    """For each row (N,) int64 the first row that equals it, in all columns and in the features alone."""

    whole: npt.NDArray[np.int64]
    features: npt.NDArray[np.int64]

    @property
    def repeated(self) -> npt.NDArray[np.bool_]:
        """Rows (N,) that equal an earlier one."""
        repeated: npt.NDArray[np.bool_] = self.whole != np.arange(len(self.whole))
        return repeated


def compare(table: pl.LazyFrame, features: list[str], others: list[str]) -> Rows:
    """Which rows are equal, some columns in memory at a time."""
    hashes = _hash(table, features)
    whole = [_mix(one, other) for one, other in zip(hashes, _hash(table, others), strict=True)]
    return Rows(_first_equal(whole), _first_equal(hashes))


def _hash(table: pl.LazyFrame, names: list[str]) -> list[npt.NDArray[np.uint64]]:
    hashes: list[npt.NDArray[np.uint64]] = []
    for group in in_groups(table, names):
        found = [group.hash_rows(seed).to_numpy() for seed in _SEEDS]
        hashes = [_mix(one, other) for one, other in zip(hashes, found, strict=True)] if hashes else found
    return hashes


def _mix(one: npt.NDArray[np.uint64], other: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    mixed: npt.NDArray[np.uint64] = one * _PRIME + other
    return mixed


def _first_equal(hashes: list[npt.NDArray[np.uint64]]) -> npt.NDArray[np.int64]:
    pairs = np.stack(hashes, axis=1).view(np.dtype([("a", np.uint64), ("b", np.uint64)]))[:, 0]
    _, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    found: npt.NDArray[np.int64] = first[inverse]
    return found


def tell_repeated(repeated: npt.NDArray[np.bool_], action: str, numbers: npt.NDArray[Any]) -> list[Finding]:
    """A finding where examples equal earlier ones; `numbers` (N,) are their rows in the source."""
    count = int(repeated.sum())
    if not count:
        return []
    is_kept = action == "keep"
    done = "kept; ingest.duplicates: drop leaves them out" if is_kept else "dropped, as ingest.duplicates says"
    equal = "equals" if count == 1 else "equal"
    what = f"{counted(count, 'example')} {equal} an earlier one in every column; {done}"
    named = tuple(numbers[repeated][:5].tolist())
    return [Finding("duplicate rows", None, count, what, "kept" if is_kept else "dropped", named)]


def tell_noise(found: Rows, classes: dict[str, npt.NDArray[Any]], numbers: npt.NDArray[Any]) -> list[Finding]:
    """A finding for each target of classes (N,) where rows with equal features differ in it."""
    findings = []
    for name, codes in classes.items():
        odd = codes != codes[found.features]
        torn = np.isin(found.features, found.features[odd])
        if count := int(torn.sum()):
            what = (
                f"target {quoted(name)}: {count:,} examples equal others in every feature but not in the target; kept; "
                "no model gets all of them right; mend the source if they are mistakes"
            )
            findings.append(Finding("label noise", name, count, what, "kept", tuple(numbers[torn][:5].tolist())))
    return findings

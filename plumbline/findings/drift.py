"""Drift: how much a column's first and last part in the file differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from plumbline.findings.finding import Finding
from plumbline.wording import quoted, share

if TYPE_CHECKING:
    from plumbline.examples import Column
    from plumbline.findings.codes import Codes

_PART = 4  # the first and the last quarter
_LEAST = 25  # examples in a part
_STRONG = 0.3
_CHANCE = 2.5  # deviations of a distance by chance
_BINS = 50


def measure(codes: Codes, has_order: bool) -> float:
    """Distance in [0, 1] of a column's first and last quarter (N,): Kolmogorov and Smirnov's, or total variation.

    A missing value is a value like others, below all; 0 where the distance may be chance or the parts are short.
    """
    n = len(codes) // _PART
    if n < _LEAST:
        return 0.0
    first, last = codes[:n], codes[-n:]
    counts = np.stack([np.bincount(part, minlength=int(codes.max()) + 1) for part in (first, last)])
    if not has_order and counts.shape[1] > _BINS:
        frequent = np.argsort(-counts.sum(axis=0), kind="stable")
        counts = np.concatenate(
            [counts[:, frequent[:_BINS]], counts[:, frequent[_BINS:]].sum(axis=1, keepdims=True)], axis=1
        )
    gaps = (counts[0] - counts[1]) / n
    distance = float(abs(np.cumsum(gaps)).max() if has_order else abs(gaps).sum() / 2)
    n_free = 1 if has_order else max(1, int((counts.sum(axis=0) > 0).sum()) - 1)
    chance = _CHANCE * float(np.sqrt(2 / n)) * (1 if has_order else float(np.sqrt(n_free)) / 2)
    return round(distance, 4) if distance >= max(_STRONG, chance) else 0.0


def tell(column: Column, distance: float, codes: Codes) -> Finding:
    """A finding for a column whose parts differ by `distance`."""
    name = quoted(column.name)
    if column.role == "target" and _lies_together(codes):
        what = f"target {name}: the file is sorted by it; kept; a split must mix the rows, as random and stratified do"
        return Finding("sorted target", column.name, len(codes), what, "kept")
    what = (
        f"{'target' if column.role == 'target' else 'column'} {name}: the file's first and last quarter differ by "
        f"{share(distance)}; kept; if the order of rows is time or place, a random split hides this, and split.name "
        "can be time or group"
    )
    return Finding("drift", column.name, len(codes) // _PART, what, "kept")


def _lies_together(codes: Codes) -> bool:
    """Whether equal values lie together: as many runs as values, or numbers in their order."""
    return int((np.diff(codes) != 0).sum()) < len(np.unique(codes)) <= len(codes) // 2 or bool(
        (np.diff(codes) >= 0).all()
    )

"""How far two files of one artifact are apart: their numbers by a relative deviation, all else by being equal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline.verify.contents import TENSORS, Pixels, read_contents
from plumbline.wording import quoted, share

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

_SMALL = 1e-3  # a single number's deviation is relative to itself, but to no less: a metric that is 0 has no size
_BLOCK = 1 << 20  # numbers looked at at once: a memory-mapped tensor may not fit into memory


@dataclass(frozen=True)
class Item:
    """One thing that differs: its relative deviation, inf where it is no matter of rounding, and words for it."""

    deviation: float
    text: str


def compare_files(recorded: Path, rerun: Path) -> list[Item]:
    """What differs between two files of one kind, in the file's order; none where only the way to write it does.

    A deviation is relative: of a column or tensor to its largest value, of a single number to itself; a picture's is
    the mean over pixels in [0, 1]. Texts and whole numbers must be equal.
    """
    try:
        before, after = read_contents(recorded), read_contents(rerun)
    except (ValueError, RuntimeError, OSError) as error:
        return [Item(math.inf, f"cannot be read: {' '.join(str(error).split())}")]
    names = [*before, *(name for name in after if name not in before)]
    items = [item for name in names if (item := _compare_leaf(before, after, name))]
    if not items or recorded.suffix not in TENSORS:
        return items
    others = f"; {len(items)} of {len(names)} differ" if len(names) > 1 else ""
    return [Item(max(item.deviation for item in items), f"first differs {items[0].text}{others}")]


def _compare_leaf(before: dict[str, Any], after: dict[str, Any], name: str) -> Item | None:
    if name not in after or name not in before:
        return Item(math.inf, f"{name} is {'new' if name in after else 'gone'}")
    difference = _compare_values(before[name], after[name])
    return difference and Item(difference.deviation, f"{name} {difference.text}")


def _compare_values(one: Any, other: Any) -> Item | None:
    """What differs between two leaves of one name; the text goes on after the name."""
    import numpy as np
    import polars as pl

    if _is_float(one) and _is_float(other) and float in (type(one), type(other)):
        return _compare_numbers(float(one), float(other))
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return _compare_arrays(one, other)
    if isinstance(one, pl.Series) and isinstance(other, pl.Series):
        return _compare_series(one, other)
    if isinstance(one, Pixels) and isinstance(other, Pixels):
        return _compare_pixels(one.values, other.values)
    if isinstance(one, bytes) and isinstance(other, bytes):
        return None if one == other else Item(math.inf, "is another")
    if type(one) is type(other) and one == other:
        return None
    return Item(math.inf, f"{_shown(one)} -> {_shown(other)}")


def _is_float(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    return quoted(value, 40) if isinstance(value, str) else str(value)[:60]


def _compare_numbers(one: float, other: float) -> Item | None:
    if one == other:
        return None
    deviation = abs(one - other) / max(abs(one), abs(other), _SMALL)
    return Item(deviation if math.isfinite(deviation) else math.inf, _from_to(one, other))


def _from_to(one: Any, other: Any) -> str:
    """Both numbers, shortened as far as they stay apart."""
    for digits in (4, 8):
        short = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if short[0] != short[1]:
            return " -> ".join(short)
    return f"{one!s} -> {other!s}"


def _compare_arrays(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> Item | None:
    import numpy as np

    if one.shape != other.shape:
        return Item(math.inf, f"shape {one.shape} -> {other.shape}")
    floats = "f" in (one.dtype.kind, other.dtype.kind) and {one.dtype.kind, other.dtype.kind} <= set("fiu")
    if one.dtype != other.dtype and not floats:
        return Item(math.inf, f"type {one.dtype} -> {other.dtype}")
    parts = [slice(start, start + _BLOCK) for start in range(0, one.size, _BLOCK)]
    pairs = [(one.reshape(-1)[part], other.reshape(-1)[part]) for part in parts]
    first = next(
        (_BLOCK * i + int(_unequal(*pair).argmax()) for i, pair in enumerate(pairs) if _unequal(*pair).any()), None
    )
    if first is None:
        return None
    place = [int(index) for index in np.unravel_index(first, one.shape)]
    words = f"first {_from_to(one.reshape(-1)[first], other.reshape(-1)[first])} at {place}"
    deviation = _relative(pairs) if floats else math.inf
    return Item(deviation, f"by {deviation:.2g} of its largest value, {words}" if math.isfinite(deviation) else words)


def _unequal(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Where two arrays differ; NaN equals NaN."""
    differs: npt.NDArray[Any] = (one != other) & ~((one != one) & (other != other))
    return differs


def _relative(pairs: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]) -> float:
    """Largest difference over the largest value; inf where one is not finite and the other another."""
    import numpy as np

    largest = scale = 0.0
    for one, other in pairs:
        both = np.isfinite(one) & np.isfinite(other)
        if (_unequal(one, other) & ~both).any():
            return math.inf
        a, b = one[both].astype(np.float64), other[both].astype(np.float64)
        largest = max(largest, float(np.abs(a - b).max(initial=0)))
        scale = max(scale, float(np.abs(a).max(initial=0)), float(np.abs(b).max(initial=0)))
    return largest / scale


def _compare_series(one: pl.Series, other: pl.Series) -> Item | None:
    if one.dtype != other.dtype:
        return Item(math.inf, f"type {one.dtype} -> {other.dtype}")
    if len(one) != len(other):
        return Item(math.inf, f"shape ({len(one)},) -> ({len(other)},)")
    differs = one.ne_missing(other)
    if not differs.any():
        return None
    first = int(differs.arg_max() or 0)
    return Item(math.inf, f"first {_shown(one[first])} -> {_shown(other[first])} at [{first}]")


def _compare_pixels(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> Item | None:
    import numpy as np

    if one.shape != other.shape:
        return Item(math.inf, f"shape {one.shape} -> {other.shape}")
    apart = np.abs(one - other)
    if not apart.any():
        return None
    return Item(float(apart.mean(dtype=np.float64)), f"{share(float(apart.any(axis=-1).mean()))} differ")

"""Time: the earliest rows are for training, later ones for validation, the latest for the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from plumbline.errors import InputError
from plumbline.params import Ratios, Section
from plumbline.splits import _by

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

_SECONDS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_IN_GAP, _NO_TIME = -1, -2

KEEPS_APART = "times"
"""What no two splits share: spans of `by`."""
LEFT_OUT = {_IN_GAP: "in the gap before a border", _NO_TIME: "without a time"}
"""Why a row with a label below 0 is in no split."""


class Params(Section):
    """Knobs of the time split."""

    by: str | None = Field(default=None, json_schema_extra={"needed": True})
    """The column of dates or numbers that orders the rows; a row without a value is in no split."""
    gap: Annotated[str, Field(pattern=r"^\d+[wdhms]$")] | Annotated[float, Field(gt=0)] | None = None
    """A span as 7d (w, d, h, m, s) of dates, or a number; rows within it before a border are in no split."""
    learn: bool = False
    """Whether the model learns from `by`, although every later value lies outside what it was trained on."""


def assign(
    examples: pl.LazyFrame, targets: list[str], params: Params, ratios: Ratios, generator: np.random.Generator
) -> npt.NDArray[np.int8]:
    """A split's index in (train, val, test) for each example, (N,) int8, or a key of `LEFT_OUT`.

    Rows of equal time never part: borders lie between the times that come nearest to the ratios. Nothing is random,
    and the order of the rows does not matter. InputError where the times cannot fill the splits.
    """
    import numpy as np

    values = _by.read(examples, "split.time.by", params.by, targets).to_series()
    times, gap = _times(values), _gap(values, params.gap)
    known = ~np.isnan(times)
    borders = _borders(times[known], ratios)
    labels = np.searchsorted(np.array(borders), times, side="right").astype(np.int8)
    if ratios.val == 0:
        labels[labels == 1] = 2
    for border in borders if gap else []:
        labels[(times < border) & (times >= border - gap)] = _IN_GAP
    labels[~known] = _NO_TIME
    _check_left(labels, ratios)
    return labels


def _times(values: pl.Series) -> npt.NDArray[np.float64]:
    """Microseconds since 1970, or the numbers, (N,) float64; NaN where missing."""
    import numpy as np

    if values.dtype.is_temporal():
        return values.dt.epoch("us").cast(float).fill_null(np.nan).to_numpy()
    if values.dtype.is_float():
        return values.fill_null(np.nan).to_numpy()
    raise InputError(
        f"params.yaml: split.time.by: {values.name!r} holds neither dates nor numbers; name another column, "
        "or its type in ingest.columns"
    )


def _gap(values: pl.Series, gap: str | float | None) -> float:
    """The gap in the unit of `_times`; InputError where it does not go with the column."""
    if gap is None:
        return 0.0
    if isinstance(gap, str) and values.dtype.is_temporal():
        return int(gap[:-1]) * _SECONDS[gap[-1]] * 1e6
    if isinstance(gap, str):
        raise InputError(f"params.yaml: split.time.gap: is {gap!r}, but {values.name!r} holds numbers; give a number")
    if values.dtype.is_temporal():
        raise InputError(f"params.yaml: split.time.gap: is {gap:g}, but {values.name!r} holds dates; give a span as 7d")
    return gap


def _borders(times: npt.NDArray[np.float64], ratios: Ratios) -> list[float]:
    """The first time after train and, where val has a share, the first of test; each split has at least one time."""
    import numpy as np

    distinct, counts = np.unique(times, return_counts=True)
    _by.check_parts(counts, ratios, "split.time.by", "times")
    before = np.cumsum(counts)[:-1]  # rows before distinct[1:]
    first, places = 0, list[int]()
    shares = [ratios.train, ratios.train + ratios.val] if ratios.val > 0 else [ratios.train]
    for n_after, share in zip(range(len(shares) - 1, -1, -1), shares, strict=True):
        last = len(before) - n_after
        first += int(np.argmin(abs(before[first:last] - share * len(times)))) + 1
        places.append(first)
    return [float(distinct[place]) for place in places]


def _check_left(labels: npt.NDArray[np.int8], ratios: Ratios) -> None:
    for label, name, share in ((0, "train", 1.0), (1, "val", ratios.val)):
        if share > 0 and not (labels == label).any():
            raise InputError(f"params.yaml: split.time.gap: leaves no row for {name}; take a shorter one")

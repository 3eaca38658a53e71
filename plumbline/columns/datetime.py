"""Datetime: a calendar date with or without a time of day, as elapsed time and calendar parts."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING, Any

from plumbline.columns import _written_dates
from plumbline.params import Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.axes import Axes

    from plumbline.columns._form import Form
    from plumbline.figures import Row
    from plumbline.graph import Graph

DTYPE = "float32"
RAW_DTYPE = "string"
RAW_MEANING = 'ISO text as 2024-02-29 or 2024-02-29T13:45:00, without time zone; "" for a missing value'
ODD_VALUES = (None,)

_YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"  # 0001 to 9999
_DATE = f"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_ZONE = "([+-][0-9]{2}:?[0-9]{2})?"
_ISO = f"{_DATE}([T ]{_TIME})?"
_FORMATS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S%.f")
_EPOCH = datetime(1970, 1, 1)  # columns hold no zone
_CYCLES = {"day of year": 366, "day of month": 31, "weekday": 7, "minute of day": 1440}
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Params(Section):
    """Knobs of datetime columns: none."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are dates, and why."""
    import polars as pl

    if values.dtype in (pl.Date, pl.Datetime):
        return 1.0, f"stored as {values.dtype}"
    first = values.drop_nulls().head(1)
    if values.dtype != pl.String or not len(first):
        return 0.0, "not text and not a date"
    if pl.select(clean(pl.lit(first))).item() is None:  # most texts are no dates, and one of them shows it
        return 0.0, "not every value is an ISO date"
    read = pl.select(clean(pl.lit(values))).to_series()
    if read.null_count() > values.null_count():
        return 0.0, "not every value is an ISO date"
    return 0.95, "every value is an ISO date"


def find_form(values: pl.Series) -> Form | None:
    """How dates in (N,) String are written that are no ISO text, as 2/29/2024; None where they are not."""
    return _written_dates.find_form(values)


def clean(column: pl.Expr) -> pl.Expr:
    """ISO text, dates, times with or without zone -> Datetime("us") in UTC; what is no date is missing."""
    import polars as pl

    text = column.cast(pl.String).str.strip_chars().str.strip_suffix("Z").str.replace("T", " ", literal=True)
    local = [text.str.to_datetime(form, strict=False, time_unit="us") for form in _FORMATS]
    zoned = [text.str.to_datetime(f"{form}%z", strict=False, time_unit="us") for form in _FORMATS[1:]]
    in_utc = [read.dt.replace_time_zone(None) for read in zoned]
    return pl.when(text.str.contains(f"^{_DATE}( {_TIME}{_ZONE})?$")).then(pl.coalesce(local + in_utc))


def fit(values: pl.Series, params: Params) -> dict[str, Any]:
    """Fit on train values (N,) Datetime: mean and deviation of the elapsed time in seconds since 1970."""
    import numpy as np

    from plumbline.distribution import mean_and_std

    seconds = values.drop_nulls().dt.epoch("s").to_numpy().astype(np.float64)
    mean, std = mean_and_std(seconds) if len(seconds) else (0.0, 1.0)
    return {"missing": values.null_count(), "mean": mean, "std": std}


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: elapsed time, sine and cosine of each cycle, 1 if missing."""
    return (2 + 2 * len(_CYCLES),)


def _cycle_table(length: int) -> npt.NDArray[np.float32]:
    """(length, 2) float32: sine and cosine of each step of a cycle; encode and the exported graph share it."""
    import numpy as np

    angles = [2 * math.pi * step / length for step in range(length)]
    return np.array([(math.sin(angle), math.cos(angle)) for angle in angles], dtype=np.float32)


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.float32]:
    """(N,) Datetime -> (N, 10) float32; all zero but the last where the value is missing."""
    import numpy as np

    missing = values.is_null().to_numpy()
    date = values.fill_null(_EPOCH).dt
    steps = {
        "day of year": date.ordinal_day() - 1,
        "day of month": date.day() - 1,
        "weekday": date.weekday() - 1,
        "minute of day": date.hour().cast(int) * 60 + date.minute(),
    }
    elapsed = (date.epoch("s").to_numpy() - state["mean"]) / state["std"]
    parts = [_cycle_table(length)[steps[cycle].to_numpy()] for cycle, length in _CYCLES.items()]
    encoded = np.concatenate([elapsed[:, None].astype(np.float32), *parts], axis=1)
    encoded[missing] = 0
    return np.concatenate([encoded, missing[:, None].astype(np.float32)], axis=1)


def raw(values: pl.Series) -> npt.NDArray[np.object_]:
    """(N,) Datetime -> (N, 1) ISO text, as the exported model takes it."""
    import numpy as np

    return np.array(values.dt.to_string("%Y-%m-%dT%H:%M:%S").fill_null("").to_list(), dtype=object)[:, None]


def front(graph: Graph, values: list[ir.Value], states: list[dict[str, Any]]) -> ir.Value:
    """Nodes from raw ISO texts (B, 1) of n columns to what `encode` gives, (B, n, 10) float32."""
    encoded = [_encoded_front(graph, value, state) for value, state in zip(values, states, strict=True)]
    return graph.stack(encoded, axis=1)


def _encoded_front(graph: Graph, value: ir.Value, state: dict[str, Any]) -> ir.Value:
    fields, is_iso = _fields_front(graph, graph.op("Squeeze", value, graph.int64([1])))
    year, month, day, hour, minute, second = fields
    leap = _leap_front(graph, year)
    valid = graph.op("And", is_iso, _in_month_front(graph, month, day, leap))
    # January and February belong to the year before, so that the leap day is a year's last (H. Hinnant,
    # "chrono-compatible low-level date algorithms", days_from_civil).
    days = _days_front(graph, year, month, day)
    ordinal = graph.op("Sub", days, _days_front(graph, year, graph.int64([1]), graph.int64([1])))
    minute_of_day = graph.op("Add", graph.op("Mul", hour, graph.int64([60])), minute)
    second_of_day = graph.op("Add", graph.op("Mul", minute_of_day, graph.int64([60])), second)
    seconds = graph.op("Add", graph.op("Mul", days, graph.int64([86_400])), second_of_day)
    elapsed = graph.op("Sub", graph.op("Cast", seconds, to=graph.DOUBLE), graph.double([state["mean"]]))
    scaled = graph.op("Cast", graph.op("Div", elapsed, graph.double([state["std"]])), to=graph.FLOAT)
    weekday = graph.op("Mod", graph.op("Add", days, graph.int64([3])), graph.int64([7]))  # 1970-01-01: a Thursday
    steps = [ordinal, graph.op("Sub", day, graph.int64([1])), weekday, minute_of_day]
    return _joined_front(graph, scaled, steps, valid)


def _fields_front(graph: Graph, text: ir.Value) -> tuple[list[ir.Value], ir.Value]:
    """Year, month, day, hour, minute, second as (B,) int64 each, in range, and whether the text is one of these."""
    is_iso = graph.op("RegexFullMatch", text, pattern=_ISO)
    safe = graph.op("Where", is_iso, text, graph.strings(["1970-01-01 00:00:00"]))
    tokens = graph.tokenizer(safe, pattern="[0-9]+", pad="0")  # (B, at most 7)
    padded = graph.op("Pad", graph.to_int64(tokens), graph.int64([0, 0, 0, 6]))
    fields = [graph.op("Gather", padded, graph.int64_scalar(i), axis=1) for i in range(6)]
    return fields, is_iso


def _leap_front(graph: Graph, year: ir.Value) -> ir.Value:
    by4, by100, by400 = (
        graph.op("Equal", graph.op("Mod", year, graph.int64([n])), graph.int64([0])) for n in (4, 100, 400)
    )
    return graph.op("Or", graph.op("And", by4, graph.op("Not", by100)), by400)


def _in_month_front(graph: Graph, month: ir.Value, day: ir.Value, leap: ir.Value) -> ir.Value:
    """Whether the month has that day."""
    length = graph.op("Gather", graph.int64([0, *_DAYS_IN_MONTH]), month)
    february = graph.op("Cast", graph.op("And", leap, graph.op("Equal", month, graph.int64([2]))), to=graph.INT64)
    return graph.op("LessOrEqual", day, graph.op("Add", length, february))


def _days_front(graph: Graph, year: ir.Value, month: ir.Value, day: ir.Value) -> ir.Value:
    """Days since 1970-01-01 (Hinnant's days_from_civil for years from 0 on)."""
    early = graph.op("Cast", graph.op("LessOrEqual", month, graph.int64([2])), to=graph.INT64)
    year = graph.op("Sub", year, early)
    shifted = graph.op("Add", graph.op("Sub", month, graph.int64([3])), graph.op("Mul", early, graph.int64([12])))
    in_year = graph.op("Add", graph.op("Mul", shifted, graph.int64([153])), graph.int64([2]))
    in_year = graph.op("Add", graph.op("Div", in_year, graph.int64([5])), graph.op("Sub", day, graph.int64([1])))
    fourth, hundredth, four_hundredth = (graph.op("Div", year, graph.int64([n])) for n in (4, 100, 400))
    leap_days = graph.op("Add", graph.op("Sub", fourth, hundredth), four_hundredth)
    total = graph.op("Add", graph.op("Mul", year, graph.int64([365])), graph.op("Add", leap_days, in_year))
    return graph.op("Sub", total, graph.int64([719_468]))


def _joined_front(graph: Graph, elapsed: ir.Value, steps: list[ir.Value], valid: ir.Value) -> ir.Value:
    parts = [graph.op("Unsqueeze", elapsed, graph.int64([1]))]
    for step, length in zip(steps, _CYCLES.values(), strict=True):
        inside = graph.op("Max", graph.op("Min", step, graph.int64([length - 1])), graph.int64([0]))
        parts.append(graph.op("Gather", graph.single(_cycle_table(length)), inside, axis=0))
    present = graph.op("Cast", graph.op("Unsqueeze", valid, graph.int64([1])), to=graph.FLOAT)
    missing = graph.op("Sub", graph.single([[1.0]]), present)
    return graph.op("Concat", graph.op("Mul", graph.op("Concat", *parts, axis=1), present), missing, axis=1)


def positions(values: pl.Series) -> npt.NDArray[np.datetime64]:
    """(N,) Datetime -> (N,) datetime64 places on an axis, NaT where missing."""
    return values.to_numpy()


def draw(axes: Axes, values: pl.Series) -> list[Row]:
    """Draw counts over time; return rows value (lower edge), count."""
    from plumbline import panels

    return panels.histogram(axes, positions(values))

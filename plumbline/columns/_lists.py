"""Lists of numbers, stored or in texts: read, put into an array, and told apart as series and vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

_WORD = r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf|Infinity|nan|NaN|null|None)"
_FLAT = rf"\[\s*(?:{_WORD}\s*(?:,\s*{_WORD}\s*)*)?\]"
_WRITTEN = rf"^\s*(?:{_FLAT}|\[\s*{_FLAT}\s*(?:,\s*{_FLAT}\s*)*\])\s*$"
_SURE = 0.95  # more than any type of texts is
_ENOUGH = 1000  # lists that are looked at
_FEW = 0.05  # share of values that may be broken: texts that are no list, vectors of another length
_SHORT = 16  # neighbours in a list of fewer numbers are too few to tell whether they follow each other
_ALIKE = 0.5  # correlation of neighbours that lists without an order do not have


def recognise(values: pl.Series, is_target: bool, kind: str) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are of `kind`, series or vector, and why."""
    import polars as pl

    if is_target:
        return 0.0, "is a target"
    if values.dtype == pl.String:
        values = values.filter(values.str.strip_chars() != "")
        n_wrong = int((~values.str.contains(_WRITTEN)).sum())
        if n_wrong > _FEW * len(values) or not len(values):
            return 0.0, f"{n_wrong:,} of {len(values):,} texts are no lists of numbers"
        values = values.head(_ENOUGH)
    elif not _depth(values.dtype):
        return 0.0, f"stored as {values.dtype}"
    found, why = ("series", "lists of channels, each a list of numbers") if _depth(values.dtype) == 2 else _tell(values)
    return (_SURE if found == kind else 0.0), why


def _depth(dtype: pl.DataType) -> int:
    """1 for lists of numbers, 2 for lists of such lists, 0 for all else."""
    import polars as pl

    if not isinstance(dtype, pl.List | pl.Array):
        return 0
    inner: Any = dtype.inner
    below = _depth(inner)
    return 2 if below == 1 else int(not below and (inner.is_numeric() or inner == pl.Null))


def read(values: pl.Series) -> pl.Series:
    """(N,) lists, lists of lists or texts of them -> List(List(Float64)); a list of numbers is one channel.

    A text that is no such list becomes an empty one, an empty text is missing.
    """
    import polars as pl

    nested = pl.List(pl.List(pl.Float64))
    if values.dtype == pl.String:
        return _read_texts(values).cast(nested)
    if _depth(values.dtype) == 1:
        values = values.cast(pl.List(pl.Float64)).list.eval(pl.element().implode())
    return values.cast(nested)


def read_flat(values: pl.Series) -> pl.Series:
    """(N,) lists of numbers or texts of them -> List(Float64); of a list of channels the first."""
    import polars as pl

    return read(values).list.first().cast(pl.List(pl.Float64)).alias(values.name)


def _read_texts(texts: pl.Series) -> pl.Series:
    import polars as pl

    number = pl.element().str.strip_chars().str.replace("Infinity", "inf", literal=True).cast(pl.Float64, strict=False)
    numbers = pl.element().str.strip_chars("[] \t\r\n").str.split(",").list.eval(number)
    text, blank = pl.first(), pl.first().str.strip_chars() == ""
    written = pl.when(text.str.contains(_WRITTEN)).then(text).when(~blank).then(pl.lit(""))
    return texts.to_frame().select(written.str.extract_all(r"\[[^\[\]]*\]").list.eval(numbers)).to_series()


def _tell(values: pl.Series) -> tuple[str, str]:
    """Series or vector, and why, of lists or texts of them."""
    lists = read(values)
    n_channels = int(lists.list.len().max() or 0)  # type: ignore[arg-type]
    if n_channels > 1:
        return "series", f"lists of up to {n_channels} channels, each a list of numbers"
    lengths = n_steps(lists)
    lengths = lengths.filter(lengths > 0)
    if not len(lengths):
        return "series", "empty lists"
    length = int(lengths.mode().sort()[0])
    n_others = int((lengths != length).sum())
    if n_others > _FEW * len(lengths):
        return "series", f"lists of {lengths.min()!r} to {lengths.max()!r} numbers"
    alike = _likeness(dense(lists, 1, length)[:, 0]) if length >= _SHORT else 0.0
    if alike > _ALIKE:
        return "series", f"lists of {length} numbers, each like the one before (correlation {alike:.2f})"
    return "vector", f"lists of {length} numbers" + (f" in all but {n_others} rows" if n_others else "")


def n_steps(values: pl.Series) -> pl.Series:
    """(N,) List(List) -> length of the longest channel, 0 without one; null stays."""
    import polars as pl

    return values.list.eval(pl.element().list.len()).list.max().fill_null(0).set(values.is_null(), None)


def dense(values: pl.Series, n_channels: int, length: int) -> npt.NDArray[Any]:
    """(N,) List(List(float)) -> (N, n_channels, length) of that float, NaN where no number is; the rest is cut."""
    import numpy as np

    flat, row, channel = _exploded(values)
    counts = flat.list.len().fill_null(0).to_numpy().astype(np.int64)
    numbers = flat.filter(counts > 0).explode().to_numpy()
    step = np.arange(len(numbers)) - np.repeat(np.cumsum(counts) - counts, counts)
    row, channel = np.repeat(row, counts), np.repeat(channel, counts)
    inside = (step < length) & (channel < n_channels)
    result = np.full((len(values), n_channels, length), np.nan, numbers.dtype)
    result[row[inside], channel[inside], step[inside]] = numbers[inside]
    return result


def _exploded(values: pl.Series) -> tuple[pl.Series, npt.NDArray[Any], npt.NDArray[Any]]:
    """The channels of all values below each other, and of each its row and which of the row's channels it is."""
    import numpy as np

    counts = values.list.len().fill_null(0).to_numpy().astype(np.int64)
    row = np.repeat(np.arange(len(values)), counts)
    channel = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return values.filter(counts > 0).explode(), row, channel


def _likeness(values: npt.NDArray[np.float64]) -> float:
    """Correlation of neighbours in (N, length), each place standardised over the rows, each row centred."""
    import numpy as np

    values = np.where(np.isfinite(values), values, np.nan)
    known = ~np.isnan(values)
    count = np.maximum(known.sum(0), 1)
    values = np.where(known, values - np.where(known, values, 0.0).sum(0) / count, 0.0)
    deviation = np.sqrt((values**2).sum(0) / count)
    values = values / np.where(deviation > 0, deviation, 1.0)
    values = values - values.mean(1, keepdims=True)
    left, right = values[:, :-1], values[:, 1:]
    scale = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float((left * right).sum()) / scale if scale else 0.0

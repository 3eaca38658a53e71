"""Figures: one style, PNGs of the same bytes every time, text that any font can draw."""

from __future__ import annotations

import csv
import locale
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font
from matplotlib.patches import Patch
from matplotlib.ticker import Formatter, FuncFormatter

from plumbline.files import replacing
from plumbline.groups import Groups, Positions

Row = dict[str, Any]
"""Texts, numbers or None by the name of their column in a CSV file."""
Drawing = tuple[Figure, list[Row]]
"""A figure and the numbers behind it."""
Floats = npt.NDArray[np.float64]

INK, SOFT, GRID, PALE = "#1f2933", "#66727f", "#e4e8ed", "#c3cbd5"
# Okabe and Ito, "Color Universal Design" (2008), without their yellow; then Tol's indigo, olive and wine
PALETTE = (
    *("#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"),
    *("#332288", "#999933", "#882255", "#8a8f98"),
)
BLUE, ORANGE, GREEN, RED = PALETTE[:4]
SPLIT_COLORS = {"train": BLUE, "val": ORANGE, "test": GREEN}
DASHED = (0, (4, 3))
SEQUENTIAL, DIVERGING = "Blues", "RdBu_r"

_STYLE = {
    "font.family": "DejaVu Sans",  # one family: fonts of the machine never stand in for a missing character
    "font.size": 9.5,
    "text.parse_math": False,  # a $ in a name is a dollar
    "text.color": INK,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": PALE,
    "ytick.color": PALE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "figure.titlesize": 11.5,
    "figure.titleweight": "bold",
    "figure.facecolor": "white",
    "savefig.dpi": 110,
    "timezone": "UTC",  # these two are no style: rcdefaults leaves them as a matplotlibrc has them
    "date.epoch": "1970-01-01T00:00:00",
}
matplotlib.rcdefaults()  # a matplotlibrc of the machine changes nothing
matplotlib.rcParams.update(_STYLE)  # type: ignore[arg-type]
locale.setlocale(locale.LC_TIME, "C")  # a matplotlibrc can ask for the user's, whose months have other names

WIDTH = 10.0


def new(
    height: float, rows: int = 1, columns: int = 1, width: float = WIDTH, **subplots: Any
) -> tuple[Figure, list[Axes]]:
    """A figure, `height` and `width` in inches, and its axes, row by row."""
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08, wspace=0.03, hspace=0.05)  # type: ignore[union-attr, call-arg]
    axes = figure.subplots(rows, columns, squeeze=False, **subplots)
    return figure, list(axes.flat)


def grid(n: int, columns: int = 3) -> tuple[Figure, list[Axes]]:
    """A figure of `n` small panels, three in a row."""
    rows = -(-n // columns)
    figure, axes = new(2.05 * rows + 0.6, rows, min(n, columns) if rows == 1 and n > 1 else columns)
    for empty in axes[n:]:
        empty.remove()
    return figure, axes[:n]


def save(figure: Figure, path: Path) -> None:
    """Write a PNG; the same drawing gives the same bytes."""
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", metadata={"Software": None})


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write the numbers behind a figure as CSV, columns as in the first row; floats so that they read back equal."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def printable(text: object, limit: int = 28) -> str:
    """`text` in one line that the font can draw, shortened by an ellipsis in its middle; nothing becomes ∅."""
    known = _characters()
    normal = unicodedata.normalize("NFC", str(text))
    line = " ".join("".join(letter if ord(letter) in known or letter.isspace() else "▯" for letter in normal).split())
    if len(line) > limit:
        tail = (limit - 1) // 3
        line = f"{line[: limit - 1 - tail].rstrip()}…{line[-tail:].lstrip()}"
    return line or "∅"


@cache
def _characters() -> frozenset[int]:
    font = FT2Font(font_manager.findfont("DejaVu Sans"))
    return frozenset(code for code in font.get_charmap() if unicodedata.category(chr(code))[0] != "C")


def evenly(n: int, most: int) -> npt.NDArray[np.int64]:
    """Positions of at most `most` of `n` examples, evenly spaced, in order."""
    return np.arange(n) if n <= most else np.arange(most) * n // most


class _Short(Formatter):
    """Labels like 0.25, 2024, 40k, 1.5M: as many decimals as tell them apart, no common offset."""

    def __call__(self, value: float, pos: int | None = None) -> str:
        return self.format_ticks([value])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        top = max((abs(value) for value in values), default=0.0)
        if top >= 1e15 or 0 < top < 1e-4:
            return [f"{value:.3g}".replace("-", "−") for value in values]
        scale, suffix = next(((scale, suffix) for least, scale, suffix in _UNITS if top >= least), (1.0, ""))
        scaled = [value / scale + 0.0 for value in values]  # + 0.0: no minus before a zero
        digits = next(n for n in range(12) if n == 11 or all(abs(value - round(value, n)) < 1e-9 for value in scaled))
        return [f"{value:.{digits}f}{suffix if value else ''}".replace("-", "−") for value in scaled]


_UNITS = ((1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))


def place(axis: Axis, values: Positions) -> Floats:
    """Positions as floats on an axis, which from then on is labelled in their unit."""
    axis.update_units(values)
    if values.dtype.kind == "f":
        shorten(axis)
    else:
        locator = AutoDateLocator(minticks=2, maxticks=5)
        axis.set_major_locator(locator)
        axis.set_major_formatter(ConciseDateFormatter(locator))
    return np.asarray(axis.convert_units(values), dtype=np.float64)


def log_y(axes: Axes) -> None:
    """Logarithmic y axis with labels like 0.01 instead of powers of ten, which would need math text."""
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))


def shorten(axis: Axis) -> None:
    """Labels like 0.25, 2024, 40k, 1.5M."""
    axis.set_major_formatter(_Short())


def percent(axis: Axis) -> None:
    """Labels of a share in [0, 1] as per cent."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g} %"))


def plain(positions: Positions) -> list[Any]:
    """Positions as numbers or ISO text, for CSV."""
    found: list[Any] = (positions if positions.dtype.kind == "f" else np.datetime_as_string(positions)).tolist()
    return found


def colors(found: Groups) -> list[str]:
    """A colour for each group; what is not a value of its own is grey."""
    return [PALETTE[code % len(PALETTE)] if code < found.n_values else PALE for code in range(len(found.labels))]


def legend(figure: Figure, found: Groups) -> None:
    """Name the groups' colours above the panels, in the upper right corner."""
    pairs = zip(colors(found), found.labels, strict=True)
    handles = [Patch(color=color, label=printable(label, 20)) for color, label in pairs]
    figure.legend(handles=handles, loc="outside upper right", ncols=4, fontsize=9)


def matrix(axes: Axes, names: Sequence[str], slanted: bool) -> None:
    """Name rows and columns of a matrix, without grid, frame and ticks."""
    labels, places = [printable(name, 20) for name in names], range(len(names))
    axes.set_yticks(places, labels)
    turned: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(places, labels, **turned)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def signed(value: float) -> str:
    """Two decimals with a true minus: −0.31."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")

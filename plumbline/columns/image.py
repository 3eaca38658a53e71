"""Image: a PNG, JPEG, BMP, GIF, WebP or TIFF file, as 8-bit grey or RGB pixels of one size."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from plumbline.columns import _contact_sheet, _pixels, _resize
from plumbline.params import Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.figure import Figure

    from plumbline.graph import Graph

CONTENT = True
FILES = True
DTYPE = "uint8"
RAW_DTYPE = "uint8"
RAW_MEANING = "upright pixels of any height and width, 0 to 255, on white; a single black one for a missing value"
MEASURES = ("width", "height", "brightness", "contrast", "colour")
GALLERY_ROW = 0.9
GALLERY_VALUES = 8

_LARGEST = 64  # px of the longer side, if not asked for more
_FEW = 0.05  # share of texts that may name something else in a column of image files


def _bitmap(width: int, height: int) -> bytes:
    """A BMP file of a coloured pattern."""
    row = b"".join(bytes((x * 37 % 256, x * 11 % 256, x * 5 % 256)) for x in range(width))
    rows = (row + bytes(-len(row) % 4)) * height
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + header + rows


ODD_VALUES: tuple[bytes | None, ...] = (None, _bitmap(1, 1), _bitmap(3, 97), _bitmap(130, 70))
"""Values worth a try in the exported model: missing, a single pixel, a strip, larger than what is encoded."""


class Params(Section):
    """Knobs of image columns."""

    size: int | None = Field(default=None, ge=2)
    """Pixels of the encoded longer side; the other keeps the aspect of the train images' median sides, to which all
    are squashed; null: the longer median side, at most 64."""
    channels: Literal[1, 3] | None = None
    """1: grey, 3: RGB; null: 1 where every train image is grey."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are image files, or the names of such, and why."""
    import polars as pl

    present = values.drop_nulls()
    if is_target or not len(present) or values.dtype not in (pl.Binary, pl.String):
        return 0.0, "neither bytes nor text"
    if values.dtype == pl.Binary:
        formats = Counter(_pixels.find_format(value) for value in present)
        n_other = formats.pop(None, 0)
        found = " and ".join(sorted(str(name) for name in formats))
        return (0.95, f"its values are {found} files") if 2 * n_other < len(present) else (0.0, "bytes of no image")
    names = present.str.to_lowercase()
    is_file = names.str.contains(rf"({'|'.join(_pixels.SUFFIXES)})$".replace(".", r"\.")) & ~names.str.contains("://")
    if int(is_file.sum()) < (1 - _FEW) * len(present):
        return 0.0, "not the names of image files"
    return 0.95, f"its values are names of image files, as {present[int(is_file.arg_max() or 0)]}"


def clean(column: pl.Expr) -> pl.Expr:
    """The bytes of files, as they are."""
    import polars as pl

    return column.cast(pl.Binary)


def measure(value: bytes) -> dict[str, float]:
    """Width and height in pixels, mean and deviation of the grey level (0 to 255), mean range of R, G and B.

    ValueError with a predicate where the file is broken, as "is truncated".
    """
    import numpy as np

    _pixels.check(value)
    pixels = _pixels.decode(value)
    height, width = pixels.shape[:2]
    counts = np.bincount(_pixels.with_channels(pixels, 1).ravel(), minlength=256)
    levels = np.arange(256)  # whole numbers, whose sums have no rounding
    mean = int(counts @ levels) / (height * width)
    variance = int(counts @ levels**2) / (height * width) - mean * mean
    found = (float(width), float(height), mean, max(variance, 0.0) ** 0.5, _mean_range(pixels))
    return dict(zip(MEASURES, found, strict=True))


def _mean_range(pixels: npt.NDArray[np.uint8]) -> float:
    """Mean over pixels (h, w, c) of how far their channels are apart."""
    import numpy as np

    if pixels.shape[2] == 1:
        return 0.0
    red, green, blue = (pixels[:, :, channel] for channel in range(3))
    ranges = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return int(ranges.sum(dtype=np.int64)) / ranges.size


def fit(chunks: Iterable[pl.Series], measures: pl.DataFrame, params: Params) -> dict[str, Any]:
    """Fit on the measures of train images: height and width of what is encoded, channels, level and its deviation."""
    import numpy as np

    from plumbline.distribution import mean_and_std

    present = measures.drop_nulls()
    seen = {name: present[name].to_numpy().astype(np.float64) for name in MEASURES}
    if not len(present):
        seen = {name: np.ones(1) for name in MEASURES} | {"colour": np.zeros(1)}
    sides = [float(np.median(seen[name])) for name in ("height", "width")]
    scale = (params.size or min(_LARGEST, max(2, int(max(sides) + 0.5)))) / max(sides)
    height, width = (max(1, int(side * scale + 0.5)) for side in sides)
    mean, between = mean_and_std(seen["brightness"])
    within, _ = mean_and_std(seen["contrast"] ** 2)
    return {
        "missing": len(measures) - len(present),
        "height": height,
        "width": width,
        "channels": params.channels or (3 if seen["colour"].any() else 1),
        "mean": mean,
        "std": max(1.0, (between**2 + within) ** 0.5),
    }


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: (channels, height, width)."""
    return (state["channels"], state["height"], state["width"])


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.uint8]:
    """(N,) Binary -> (N, channels, height, width) uint8; a missing image is black."""
    import numpy as np

    encoded = np.zeros((len(values), *shape(state)), np.uint8)
    for place, value in enumerate(values):
        if value is not None:
            pixels = _pixels.with_channels(_pixels.decode(value), state["channels"])
            encoded[place] = _resize.resize(pixels, state["height"], state["width"]).transpose(2, 0, 1)
    return encoded


def raw_shape(state: dict[str, Any]) -> list[str | int]:
    """Shape of one raw value."""
    return ["height", "width", state["channels"]]


def raw(values: pl.Series, state: dict[str, Any]) -> list[npt.NDArray[np.uint8]]:
    """(N,) Binary -> pixels (height, width, channels) uint8 each, as the exported model takes them."""
    import numpy as np

    missing = np.zeros((1, 1, state["channels"]), np.uint8)
    return [
        missing if value is None else _pixels.with_channels(_pixels.decode(value), state["channels"])
        for value in values
    ]


def front(graph: Graph, value: ir.Value, state: dict[str, Any]) -> ir.Value:
    """Nodes from raw pixels uint8 (B, h, w, channels) to what `encode` gives, (B, channels, height, width) uint8."""
    return _resize.front(graph, value, state["height"], state["width"])


def draw_gallery(figure: Figure, values: dict[str, list[bytes]]) -> None:
    """A row of images for each group."""
    from plumbline.figures import printable

    cell, axes = _contact_sheet.CELL, figure.subplots()
    axes.imshow(_contact_sheet.assemble(list(values.values()), GALLERY_VALUES), interpolation="nearest")
    axes.set_yticks([(row + 0.5) * cell for row in range(len(values))], [printable(name, 20) for name in values])
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def show(value: bytes) -> str:
    """An <img> for the report, at most 64 px high."""
    return _contact_sheet.as_html(value)

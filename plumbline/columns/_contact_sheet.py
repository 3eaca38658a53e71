"""Contact sheet: images shrunk side by side, one row for each group, and a single one as HTML."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from plumbline.columns import _pixels, _resize

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

CELL = 96
"""Pixels of an image's place, its margin included."""
_MARGIN = 4
_HIGHEST, _WIDEST = 64, 160  # px of an image within a page


def assemble(rows: list[list[bytes]], columns: int) -> Pixels:
    """Files side by side -> one picture (CELL * rows, CELL * columns, 3): an axes for each would take seconds."""
    import numpy as np

    sheet = np.full((CELL * len(rows), CELL * columns, 3), 255, np.uint8)
    for row, files in enumerate(rows):
        for column, value in enumerate(files[:columns]):
            image = _fit(_pixels.with_channels(_pixels.decode(value), 3), CELL - _MARGIN, CELL - _MARGIN)
            places = zip((row, column), image.shape, strict=False)
            top, left = (place * CELL + (CELL - side) // 2 for place, side in places)
            sheet[top : top + len(image), left : left + image.shape[1]] = image
    return sheet


def as_html(value: bytes) -> str:
    """An <img> whose PNG is part of the page, at most 64 px high; a small one is enlarged by a whole factor."""
    from PIL import Image

    pixels = _pixels.decode(value)
    image = _fit(pixels, _HIGHEST, _WIDEST)
    written = io.BytesIO()
    Image.fromarray(image if image.shape[2] == 3 else image[:, :, 0]).save(written, "PNG")
    data = base64.b64encode(written.getvalue()).decode()
    height, width = pixels.shape[:2]
    return f'<img src="data:image/png;base64,{data}" alt="image of {width} × {height} pixels">'


def _fit(pixels: Pixels, height: int, width: int) -> Pixels:
    """Shrunk into height × width, or enlarged by a whole factor, so that small images stay sharp."""
    import numpy as np

    factor = max(1, min(height // pixels.shape[0], width // pixels.shape[1]))
    return np.repeat(np.repeat(_shrink(pixels, height, width), factor, axis=0), factor, axis=1)


def _shrink(pixels: Pixels, height: int, width: int) -> Pixels:
    scale = min(1, height / pixels.shape[0], width / pixels.shape[1])
    return _resize.resize(pixels, *(max(1, int(side * scale)) for side in pixels.shape[:2]))

"""Images that test_contents.py tries: made by Pillow, of several formats and sizes."""

import io
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from plumbline.columns.image import Params

GENERATOR = np.random.default_rng(0)


def written(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def noise(height: int, width: int, channels: int = 3) -> Image.Image:
    """Pixels at random, grey of 1 channel, RGB of 3, RGBA of 4."""
    pixels = GENERATOR.integers(0, 256, (height, width, channels), dtype=np.uint8)
    return Image.fromarray(pixels if channels > 1 else pixels[:, :, 0])


GREY, COLOUR = written(noise(28, 28, 1)), written(noise(20, 30))
CASES = {
    "plain": pl.Series([GREY, written(noise(28, 28, 1)), written(noise(28, 28, 1)), written(noise(56, 56, 1))]),
    "with gaps": pl.Series([COLOUR, None, written(noise(40, 30)), written(noise(31, 29, 1))]),
    "all missing": pl.Series([None, None], dtype=pl.Binary),
    "one row": pl.Series([COLOUR]),
    "sizes": pl.Series(
        [written(noise(*sides)) for sides in ((1, 1), (2, 2), (1, 300), (200, 3), (128, 128), (64, 48))]
    ),
    "formats": pl.Series(
        [written(noise(24, 16), kind) for kind in ("JPEG", "BMP", "GIF", "WEBP", "TIFF")]
        + [written(noise(24, 16, 4)), written(noise(24, 16).convert("CMYK"), "JPEG")]
    ),
}
BROKEN = {
    "empty": (b"", "is empty"),
    "text": (b"<html>not found</html>", "is no image of the formats PNG, JPEG, BMP, GIF, WEBP, TIFF"),
    "half a PNG": (COLOUR[: len(COLOUR) // 2], "is truncated"),
    "a PNG with another byte": (COLOUR[:60] + bytes([COLOUR[60] ^ 1]) + COLOUR[61:], "is damaged"),
}
KNOBS = [Params(size=9), Params(size=80, channels=1), Params(channels=3)]

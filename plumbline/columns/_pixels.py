"""Pixels: the bytes of an image file -> 8-bit grey or RGB, upright, on white; damage is said, never guessed over."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")
"""Formats that are read, as Pillow names them."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
"""How the names of their files end."""

_PNG = b"\x89PNG\r\n\x1a\n"
_BEGINNINGS = {
    _PNG: "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"BM": "BMP",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
_ORIENTATION = 0x0112  # the tag of EXIF
_HARMLESS = "Metadata Warning|Image appears to be a malformed MPO|Invalid APNG"
"""Warnings of Pillow about what stands beside the pixels; all its others are taken as damage."""
_REFUSALS = (OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, OverflowError, EOFError)
_DAMAGE = (*_REFUSALS, AttributeError, struct.error, zlib.error, UserWarning)
"""What Pillow's readers raise of damaged files, as seen over mutated ones."""


def find_format(value: bytes) -> str | None:
    """The format that the first bytes of a file tell; None where they tell none of FORMATS."""
    if value[:4] == b"RIFF" and value[8:12] == b"WEBP":
        return "WEBP"
    return next((name for start, name in _BEGINNINGS.items() if value.startswith(start)), None)


def decode(value: bytes) -> npt.NDArray[np.uint8]:
    """A file's first frame (height, width, 1 or 3) uint8; ValueError with a predicate, as "is truncated"."""
    import numpy as np

    with _reading(value) as image:
        pixels = np.asarray(_eight_bits(_upright(image)))
    return pixels[:, :, None] if pixels.ndim == 2 else pixels


def check(value: bytes) -> None:
    """Compare the checksums of a PNG's chunks, which decoding passes over; ValueError where one is wrong."""
    start = len(_PNG)
    while value.startswith(_PNG) and start + 12 <= len(value):  # a chunk: length, name, content, checksum
        end = start + 8 + int.from_bytes(value[start : start + 4], "big")
        if end + 4 <= len(value) and zlib.crc32(value[start + 4 : end]) != int.from_bytes(value[end : end + 4], "big"):
            raise ValueError("is damaged")
        start = end + 4


@contextmanager
def _reading(value: bytes) -> Iterator[Image.Image]:
    """An image to be read within the block; whatever Pillow says against it becomes a ValueError."""
    from PIL import Image

    if find_format(value) is None:
        raise ValueError("is empty" if not value else f"is no image of the formats {', '.join(FORMATS)}")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.filterwarnings("ignore", _HARMLESS)
        try:
            with Image.open(io.BytesIO(value), formats=FORMATS) as image:
                yield image
        except (Image.DecompressionBombWarning, Image.DecompressionBombError):
            raise ValueError(f"has more than {Image.MAX_IMAGE_PIXELS:,} pixels") from None
        except _UnreadableError as error:
            raise ValueError(str(error)) from None
        except _DAMAGE as error:
            raise ValueError(_say(error)) from None


class _UnreadableError(Exception):
    """What is well but has no 8-bit meaning."""


def _say(error: Exception) -> str:
    """Pillow's words as a predicate: most damage is a file that ends too soon."""
    text = str(error).lower()
    if "truncated" in text or "unexpected end" in text or isinstance(error, EOFError):
        return "is truncated"
    return "is damaged"


def _upright(image: Image.Image) -> Image.Image:
    """Turned and mirrored as EXIF says that the camera was held."""
    from PIL import ImageOps

    image.load()
    return ImageOps.exif_transpose(image) if image.getexif().get(_ORIENTATION, 1) != 1 else image


def _eight_bits(image: Image.Image) -> Image.Image:
    """Mode L or RGB: of 16 bits the upper 8, on white what is transparent, CMYK, palettes and others as RGB."""
    import numpy as np
    from PIL import Image

    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise _UnreadableError("has pixels of 32 bits, of which none says what is black and what white")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    wanted = "L" if image.mode in ("1", "L") else "RGB"
    return image if image.mode == wanted else image.convert(wanted)


def with_channels(pixels: npt.NDArray[np.uint8], channels: int) -> npt.NDArray[np.uint8]:
    """(height, width, c) -> (height, width, channels): colours as ITU-R 601 luma, or grey three times."""
    import numpy as np
    from PIL import Image

    if pixels.shape[2] == channels:
        return pixels
    if channels == 1:
        return np.asarray(Image.fromarray(pixels).convert("L"))[:, :, None]
    return np.repeat(pixels, channels, axis=2)

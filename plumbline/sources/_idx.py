"""Files in MNIST's format: a folder of image files and the label files beside them, as one table."""

from __future__ import annotations

import gzip
import io
import math
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, cast

from plumbline.errors import InputError
from plumbline.examples import SPLIT
from plumbline.sources import Source, _rows
from plumbline.split_words import find_split

if TYPE_CHECKING:
    import polars as pl

_UBYTE = 0x08
_ROLES = {1: "labels", 3: "images"}
_CHUNK = 1 << 24  # bytes of images held at a time
_ROLE_WORDS = re.compile(r"images|labels|idx\d|\.gz$", re.IGNORECASE)


@dataclass(frozen=True)
class _File:
    """An idx file: where it is and the sizes that its header says, (n,) of labels or (n, height, width) of images."""

    path: Path
    sizes: tuple[int, ...]


def read_pairs(path: Path, files: list[PurePosixPath], scratch: Path) -> Source:
    """A table with a row for each image: `image` (Binary, a PNG file), `label` (Int64), and `split` from the names.

    InputError where a file is not whole or is no idx file, or images and labels do not belong together.
    """
    import polars as pl

    pairs = _pair(path, [_open_header(path / file) for file in files])
    tables = []
    for i, pair in enumerate(pairs):
        folder = scratch / f"{i}"
        folder.mkdir()
        tables.append(_read_pair(*pair, folder))
    splits = [find_split(images.path.name.lower().replace("t10k", "test")) for images, _ in pairs]
    if None not in splits and len(pairs) > 1:
        tables = [table.with_columns(pl.lit(split).alias(SPLIT)) for table, split in zip(tables, splits, strict=True)]
    return Source(pl.concat(tables, how="vertical"), [], path)


def refuse(path: Path) -> InputError:
    """What to say of an idx file that is a source on its own."""
    return InputError(f"{path}: holds images or labels alone; set ingest.source to the folder that holds both files")


def _open_header(path: Path) -> _File:
    with _open(path) as file:
        zeros, kind, n_sizes = struct.unpack(">HBB", _read(file, 4, path))
        if zeros or kind != _UBYTE or n_sizes not in _ROLES:
            begins = f"begins with {zeros:04x}{kind:02x}{n_sizes:02x}"
            right = "00000803 (images) or 00000801 (labels) would be right"
            raise InputError(f"{path}: is no idx file of images or labels in bytes ({begins}); {right}")
        sizes = struct.unpack(f">{n_sizes}I", _read(file, 4 * n_sizes, path))
    if 0 in sizes:
        raise InputError(f"{path}: holds nothing, by its header; fetch it again")
    return _File(path, sizes)


@contextmanager
def _open(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked; InputError where gzip cannot."""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            yield cast("IO[bytes]", file)
    except EOFError:
        raise _too_short(path) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path}: is no gz file ({error}); fetch it again") from None


def _read(file: IO[bytes], n_bytes: int, path: Path) -> bytes:
    found = file.read(n_bytes)
    if len(found) < n_bytes:
        raise _too_short(path)
    return found


def _too_short(path: Path) -> InputError:
    return InputError(f"{path}: ends too early; fetch it again")


def _pair(path: Path, files: list[_File]) -> list[tuple[_File, _File]]:
    """Images with their labels, by names that differ in this only; InputError where one is alone or counts differ."""
    found: dict[str, dict[str, _File]] = {}
    for file in files:
        key = str(file.path.relative_to(path).with_name(_ROLE_WORDS.sub("", file.path.name)))
        found.setdefault(key, {})[_ROLES[len(file.sizes)]] = file
    pairs = []
    for pair in found.values():
        if len(pair) == 1:
            ((role, file),) = pair.items()
            other = "labels" if role == "images" else "images"
            raise InputError(f"{file.path}: holds {role}, but no file of {other} lies beside it; add it")
        images, labels = pair["images"], pair["labels"]
        if images.sizes[0] != labels.sizes[0]:
            counts = f"{images.sizes[0]:,} images, {labels.path.name} {labels.sizes[0]:,} labels"
            raise InputError(f"{images.path}: holds {counts}; fetch both again")
        pairs.append((images, labels))
    return pairs


def _read_pair(images: _File, labels: _File, scratch: Path) -> pl.LazyFrame:
    n_rows = max(1, _CHUNK // math.prod(images.sizes[1:]))
    rows = zip(_each_image(images), _each_label(labels), strict=True)
    chunks = iter(lambda: list(islice(rows, n_rows)), [])
    columns: Iterator[dict[str, list[Any]]] = (
        {"image": [png for png, _ in chunk], "label": [label for _, label in chunk]} for chunk in chunks
    )
    return _rows.write_chunks(columns, scratch, str(images.path))


def _each_image(images: _File) -> Iterator[bytes]:
    n_images, height, width = images.sizes
    with _open(images.path) as file:
        _read(file, 16, images.path)
        for _ in range(n_images):
            yield _as_png(_read(file, height * width, images.path), (width, height))
        _check_end(file, images.path)


def _each_label(labels: _File) -> Iterator[int]:
    with _open(labels.path) as file:
        _read(file, 8, labels.path)
        yield from _read(file, labels.sizes[0], labels.path)
        _check_end(file, labels.path)


def _check_end(file: IO[bytes], path: Path) -> None:
    if file.read(1):
        raise InputError(f"{path}: goes on after what its header says; fetch it again")


def _as_png(pixels: bytes, size: tuple[int, int]) -> bytes:
    """A grey image of (width, height) as a PNG file, not compressed: how far that goes depends on the CPU."""
    from PIL import Image

    file = io.BytesIO()
    Image.frombytes("L", size, pixels).save(file, "PNG", compress_level=0)
    return file.getvalue()

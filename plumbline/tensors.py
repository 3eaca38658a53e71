"""Encoded examples on disk: one memory-mapped array per block of columns, read by batches of rows."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plumbline.files import naming

ROWS = "rows"
"""Name, beside the blocks and the targets, of the positions in examples.parquet (int64)."""

Array = npt.NDArray[Any]
Blocks = dict[str, Array]
"""Arrays of equal length: `rows`, for each block of n columns (N, n, *shape), and for each target (N,).

A block holds all columns of one type, or one column alone where its values are images or other content."""

_TARGET = "target."
_AT_ONCE = 2**21  # encoded values: wide tables and images make wide features, of which few rows fit in memory
_MOST_ROWS, _FEWEST_ROWS = 4096, 64


class BlockWriter:
    """A folder of arrays of `n_rows` rows, filled in order by pieces."""

    def __init__(self, folder: Path, n_rows: int) -> None:
        folder.mkdir()
        self._folder, self._n_rows = folder, n_rows
        self._arrays: Blocks = {}
        self._filled: dict[str, int] = {}

    def append(self, name: str, piece: Array) -> None:
        """Add rows to array `name`; the first piece fixes its dtype and shape."""
        if name not in self._arrays:
            self._arrays[name] = self._create(name, piece)
        start = self._filled.get(name, 0)
        self._arrays[name][start : start + len(piece)] = piece
        self._filled[name] = start + len(piece)

    def _create(self, name: str, piece: Array) -> Array:
        path, shape = self._folder / f"{name}.npy", (self._n_rows, *piece.shape[1:])
        if self._n_rows == 0:  # nothing can be mapped
            np.save(path, np.empty(shape, piece.dtype))
            return np.empty(shape, piece.dtype)
        with naming(path):
            array = np.lib.format.open_memmap(path, "w+", piece.dtype, shape)
            _reserve(path)
        return array


def _reserve(path: Path) -> None:
    """Take the disk space of a sparse file now: a full disk would kill the process when its pages are written."""
    if sys.platform == "linux":
        with path.open("r+b") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)


def open_blocks(folder: Path) -> Blocks:
    """Arrays of a folder by name, memory-mapped."""
    return {path.stem: _open(path) for path in sorted(folder.iterdir()) if path.suffix == ".npy"}


def _open(path: Path) -> Array:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError:  # an empty file cannot be mapped
        return np.load(path, allow_pickle=False)


def target(index: int) -> str:
    """Name of the array that holds the target number `index`, encoded."""
    return f"{_TARGET}{index}"


def targets(blocks: Blocks) -> list[Array]:
    """The encoded targets, each (N,)."""
    return [blocks[target(index)] for index in range(sum(name.startswith(_TARGET) for name in blocks))]


def n_rows(blocks: Blocks) -> int:
    """Number of examples."""
    return len(blocks[ROWS])


def in_blocks(features: Iterable[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The features by the name of the block that holds them, in order of first appearance."""
    found: dict[str, list[dict[str, Any]]] = {}
    for feature in features:
        found.setdefault(feature["block"], []).append(feature)
    return found


def row_size(blocks: Blocks) -> int:
    """Encoded values of one example."""
    return sum(math.prod(block.shape[1:]) for block in blocks.values() if block.ndim > 1)


def most_rows(size: int) -> int:
    """How many rows of `size` values to predict at a time: 4,096, or fewer of thousands of columns and of images."""
    return min(_MOST_ROWS, max(_FEWEST_ROWS, _AT_ONCE // max(1, size)))


def take(blocks: Blocks, index: Array) -> Blocks:
    """Rows `index` of every array, copied; np.take is the fastest way over a mapped file."""
    return {name: np.take(array, index, axis=0) for name, array in blocks.items()}

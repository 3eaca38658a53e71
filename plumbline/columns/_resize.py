"""Resize: an antialiased triangle filter, in NumPy and as nodes of the exported graph, equal to the last level."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir

    from plumbline.graph import Graph

    Floats = npt.NDArray[np.float32]

_ROUNDING = 0.5 + 2**-10
"""Floor(x + this) rounds; exact halves, of which halved images are full, do not depend on the last bit."""


def resize(pixels: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    """(h, w, c) -> (height, width, c) uint8, squashed: torch's interpolate(mode="bilinear", antialias=True), rounded.

    Float32 in the order of onnxruntime's Resize – columns, then rows, tap after tap – so that no bit differs.
    """
    import numpy as np

    if pixels.shape[:2] == (height, width):
        return pixels
    columns = _resize_lines(pixels.swapaxes(0, 1), width)
    resized = _resize_lines(columns.swapaxes(0, 1), height)
    return np.floor(resized + np.float32(_ROUNDING)).clip(0, 255).astype(np.uint8)


def _resize_lines(lines: npt.NDArray[np.uint8] | Floats, size: int) -> Floats:
    """(n, m, c) -> (size, m, c) float32: sums of whole lines, which lie in one piece."""
    import numpy as np

    if len(lines) == size:
        return lines.astype(np.float32)
    flat = np.ascontiguousarray(lines).reshape(len(lines), -1)
    resized = np.zeros((size, flat.shape[1]), np.float32)
    weighted = np.empty_like(resized)
    for positions, weights in zip(*_taps(len(lines), size), strict=True):
        resized += np.multiply(flat[positions], weights[:, None], out=weighted)
    return resized.reshape(size, *lines.shape[1:])


@lru_cache(maxsize=256)
def _taps(size: int, resized: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Positions (taps, resized) in a line of `size` pixels and their weights, which sum to 1, in float32 throughout."""
    import numpy as np

    one, half = np.float32(1), np.float32(0.5)
    ratio = np.float32(resized) / np.float32(size)
    support = max(one / ratio, one)
    center = (np.arange(resized, dtype=np.float32) + half) / ratio - half + half  # as onnxruntime computes it
    first, last = (np.floor(center + side + half).astype(np.int64).clip(0, size) for side in (-support, support))
    positions = first + np.arange((last - first).max())[:, None]
    distance = np.abs((positions.astype(np.float32) - center + half) * (one / support))
    weights = np.where((distance < 1) & (positions < last), one - distance, np.float32(0))
    total = np.zeros(resized, np.float32)
    for weight in weights:
        total += weight
    return positions.clip(0, size - 1), weights * (one / total)


def front(graph: Graph, pixels: ir.Value, height: int, width: int) -> ir.Value:
    """Nodes from uint8 (B, h, w, c) of any h and w to what `resize` gives, (B, c, height, width) uint8."""
    import onnx_ir as ir

    planes = graph.op("Cast", graph.op("Transpose", pixels, perm=[0, 3, 1, 2]), to=graph.FLOAT)
    no_region, no_scales = graph.single([]), graph.single([])
    resized = graph.op(
        "Resize",
        planes,
        no_region,
        no_scales,
        graph.int64([height, width]),
        axes=[2, 3],
        mode="linear",
        antialias=1,
        exclude_outside=1,
        coordinate_transformation_mode="half_pixel",
    )
    rounded = graph.op("Floor", graph.op("Add", resized, graph.single([_ROUNDING])))
    limited = graph.op("Min", graph.op("Max", rounded, graph.single([0])), graph.single([255]))
    return graph.op("Cast", limited, to=ir.DataType.UINT8.value)

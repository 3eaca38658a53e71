"""Columns of examples -> encoded blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from plumbline import plugins
from plumbline.tensors import Blocks, in_blocks

if TYPE_CHECKING:
    import polars as pl


def encode_features(table: pl.DataFrame, features: Sequence[dict[str, Any]]) -> Blocks:
    """The features' columns of a table of N rows -> {block: (N, n, *shape)}."""
    blocks: Blocks = {}
    for name, columns in in_blocks(features).items():
        encoded = [
            plugins.load("columns", column["type"]).encode(table[column["name"]].alias(""), column["state"])
            for column in columns
        ]
        blocks[name] = np.stack(encoded, axis=1)
    return blocks

"""Columns of examples -> encoded blocks, one array per column type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from plumbline import plugins
from plumbline.tensors import Blocks

if TYPE_CHECKING:
    import polars as pl


def encode_features(table: pl.DataFrame, features: Sequence[dict[str, Any]]) -> Blocks:
    """The features' columns of a table of N rows -> {column type: (N, n, *shape)}."""
    blocks: Blocks = {}
    for kind in dict.fromkeys(feature["type"] for feature in features):
        encode = plugins.load("columns", kind).encode
        columns = [feature for feature in features if feature["type"] == kind]
        blocks[kind] = np.stack(
            [encode(table[column["name"]].alias(""), column["state"]) for column in columns], axis=1
        )
    return blocks

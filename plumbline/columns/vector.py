"""Vector: a list of numbers, as many in each example, such as the embedding of another model."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from plumbline.columns import _lists
from plumbline.errors import InputError
from plumbline.params import Section

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.figure import Figure

    from plumbline.graph import Graph

CONTENT = True
DTYPE = "float32"
RAW_DTYPE = "double"
RAW_MEANING = "a list of numbers; NaN for one that is missing, and all NaN for a missing value"
ODD_VALUES: tuple[list[float] | None, ...] = (None,)
"""Values worth a try in the exported model: missing; others have as many numbers as those of the column."""
MEASURES = ("length", "mean", "norm")

"""Embedding: a learned vector for every id of a category or boolean column."""

from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from plumbline.params import Section

TYPES = ("category", "boolean")


class Params(Section):
    """Knobs of embeddings."""

    max_width: int = Field(default=32, ge=1)
    """Features of a column, at most; a column of c ids has min(max_width, round(1.6 c^0.56)) (fastai's rule)."""


class Embedding(nn.Module):
    """(B, n) int32 ids -> (B, sum of widths) float32."""

    def __init__(self, cardinalities: list[int], max_width: int) -> None:
        super().__init__()
        self.widths = [min(max_width, round(1.6 * n_ids**0.56)) for n_ids in cardinalities]
        pairs = zip(cardinalities, self.widths, strict=True)
        self.columns = nn.ModuleList(nn.Embedding(n_ids, width) for n_ids, width in pairs)
        for column, width in zip(self.columns, self.widths, strict=True):
            nn.init.normal_(column.weight, std=width**-0.5)  # type: ignore[arg-type]

    def forward(self, block: Tensor) -> Tensor:
        ids = block.long()
        return torch.cat([column(ids[:, i]) for i, column in enumerate(self.columns)], dim=1)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of ids (B, n)."""
    return Embedding([state["n_ids"] for state in states], params.max_width)

"""One-hot: a one for a category's or boolean's id among zeros."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from plumbline.params import Section

TYPES = ("category", "boolean")


class Params(Section):
    """Knobs of the one-hot encoder: none."""


class OneHot(nn.Module):
    """(B, n) int32 ids -> (B, sum of cardinalities) float32."""

    def __init__(self, cardinalities: list[int]) -> None:
        super().__init__()
        self.widths = list(cardinalities)

    def forward(self, block: Tensor) -> Tensor:
        ids = block.long()
        columns = [functional.one_hot(ids[:, i], n_ids) for i, n_ids in enumerate(self.widths)]
        return torch.cat(columns, dim=1).float()


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of ids (B, n)."""
    return OneHot([state["n_ids"] for state in states])

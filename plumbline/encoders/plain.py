"""Plain: the encoded numbers as they are, and an indicator where training examples miss values."""

from typing import Any

import torch
from torch import Tensor, nn

from plumbline.params import Section

TYPES = ("number", "datetime", "vector")


class Params(Section):
    """Knobs of the plain encoder: none."""


class Plain(nn.Module):
    """(B, n, p) float32 -> (B, d): components flattened, indicators of never missing columns left out."""

    keep: Tensor

    def __init__(self, states: list[dict[str, Any]], n_parts: int) -> None:
        super().__init__()
        kept = [[*range(n_parts - 1), *([n_parts - 1] if state["missing"] else [])] for state in states]
        self.widths = [len(parts) for parts in kept]
        index = [column * n_parts + part for column, parts in enumerate(kept) for part in parts]
        self.register_buffer("keep", torch.tensor(index), persistent=False)

    def forward(self, block: Tensor) -> Tensor:
        return block.flatten(1)[:, self.keep]


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block (B, n, *shape) whose last part is the missing indicator."""
    return Plain(states, shape[-1])

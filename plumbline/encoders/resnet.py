"""ResNet: blocks of three convolutions with a way past each, and the mean over time (Wang, Yan and Oates 2017)."""

from itertools import pairwise, starmap
from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from plumbline.encoders._series import MOMENTUM, MaskedConv, masked_mean, shorten
from plumbline.params import Section

TYPES = ("series",)
_SEEN = (8, 5, 3)  # steps that the convolutions of a block see


class Params(Section):
    """Knobs of the residual network for series."""

    width: int = Field(default=64, ge=1)
    """Features of the first block; later ones have twice as many."""
    depth: int = Field(default=3, ge=1)
    """Number of blocks."""
    steps: int = Field(default=512, ge=2)
    """Steps that convolutions see, at most: longer series are averaged over windows of equal width."""


class Block(nn.Module):
    """(B, c, time) -> (B, d, time): three convolutions, and the input added to what they give."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        sizes = [n_in, n_out, n_out]
        self.layers = nn.ModuleList(MaskedConv(size, n_out, seen) for size, seen in zip(sizes, _SEEN, strict=True))
        self.past = MaskedConv(n_in, n_out, 1) if n_in != n_out else nn.BatchNorm1d(n_in, momentum=MOMENTUM)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        past = self.past(x, mask) if isinstance(self.past, MaskedConv) else self.past(x)
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x, mask))
        return torch.relu(self.layers[-1](x, mask) + past)


class ResNet(nn.Module):
    """(B, 1, channels + 1, time) float -> (B, width of the last block)."""

    def __init__(self, channels: int, widths: list[int], steps: int) -> None:
        super().__init__()
        self.widths, self.steps = [widths[-1]], steps
        self.blocks = nn.ModuleList(starmap(Block, pairwise([channels, *widths])))

    def forward(self, block: Tensor) -> Tensor:
        x, mask = shorten(block.to(next(self.parameters()).dtype), self.steps)
        for layer in self.blocks:
            x = layer(x, mask)
        return masked_mean(x, mask)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of series (B, 1, channels + 1, time)."""
    return ResNet(shape[0], [params.width, *[2 * params.width] * (params.depth - 1)], params.steps)

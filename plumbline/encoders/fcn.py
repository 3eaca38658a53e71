"""FCN: three convolutions over a series and the mean over time (Wang, Yan and Oates 2017)."""

from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn

from plumbline.encoders._series import MaskedConv, masked_mean, shorten
from plumbline.params import Section

TYPES = ("series",)
_LAYERS = ((1, 8), (2, 5), (1, 3))  # channels as multiples of the width, and steps that a convolution sees


class Params(Section):
    """Knobs of the fully convolutional network."""

    width: int = Field(default=128, ge=1)
    """Features; the middle layer has twice as many."""
    steps: int = Field(default=512, ge=2)
    """Steps that convolutions see, at most: longer series are averaged over windows of equal width."""


class FCN(nn.Module):
    """(B, 1, channels + 1, time) float -> (B, width)."""

    def __init__(self, channels: int, width: int, steps: int) -> None:
        super().__init__()
        self.widths, self.steps = [width], steps
        sizes = [channels, *(multiple * width for multiple, _ in _LAYERS)]
        self.layers = nn.ModuleList(
            MaskedConv(n_in, n_out, seen) for n_in, n_out, (_, seen) in zip(sizes, sizes[1:], _LAYERS, strict=False)
        )

    def forward(self, block: Tensor) -> Tensor:
        x, mask = shorten(block.to(next(self.parameters()).dtype), self.steps)
        for layer in self.layers:
            x = torch.relu(layer(x, mask))
        return masked_mean(x, mask)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of series (B, 1, channels + 1, time)."""
    return FCN(shape[0], params.width, params.steps)

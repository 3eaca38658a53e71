"""What encoders of images share: pixels brought to a common level, convolutions, and how often a side is halved."""

from typing import Any

import torch
from torch import Tensor, nn

_SMALLEST = 12  # px of the shorter side that is still halved: 28 becomes 7, 64 becomes 8


class Level(nn.Module):
    """(B, 1, c, h, w) pixels of 0 to 255, uint8 or float -> (B, c, h, w), zero mean and unit deviation over train.

    Channels lie last in memory: oneDNN's convolutions are quicker so.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor([state["mean"]]), persistent=False)
        self.register_buffer("std", torch.tensor([state["std"]]), persistent=False)

    def forward(self, block: Tensor) -> Tensor:
        level: Tensor = (block[:, 0].to(self.mean.dtype) - self.mean) / self.std
        return level.contiguous(memory_format=torch.channels_last)


def convolution(n_in: int, n_out: int, kernel: int = 3, stride: int = 1) -> nn.Module:
    """A convolution without bias, since batch normalisation follows, that keeps the size but for its stride."""
    return nn.Conv2d(n_in, n_out, kernel, stride, padding=kernel // 2, bias=False)


class Pooled(nn.Module):
    """(B, 1, c, h, w) pixels -> (B, 2 d): means and maxima over height and width of the d maps that `layers` end in."""

    def __init__(self, layers: list[nn.Module], n_maps: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.widths = [2 * n_maps]

    def forward(self, block: Tensor) -> Tensor:
        maps = self.layers(block)
        return torch.cat([maps.mean(dim=(2, 3)), maps.amax(dim=(2, 3))], dim=1)


def count_halvings(shape: tuple[int, ...]) -> int:
    """How often the sides of an image (c, h, w) are halved, so that its shorter one keeps 6 px or more."""
    side, halvings = min(shape[1:]), 0
    while side >= _SMALLEST:
        side, halvings = side // 2, halvings + 1
    return halvings

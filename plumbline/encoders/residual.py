"""Residual: a small residual network for images (He et al. 2016), two convolutions a block, pooled at the end."""

from itertools import pairwise
from typing import Any

from pydantic import Field
from torch import Tensor, nn

from plumbline.encoders._images import Level, Pooled, convolution, count_halvings
from plumbline.params import Section

TYPES = ("image",)


class Params(Section):
    """Knobs of the small residual network."""

    width: int = Field(default=64, ge=1)
    """Channels of the first stage; each further stage doubles them at half the size."""
    blocks: int = Field(default=2, ge=1)
    """Blocks of a stage."""


class Block(nn.Module):
    """(B, n_in, h, w) -> (B, n_out, h / stride, w / stride)."""

    def __init__(self, n_in: int, n_out: int, stride: int) -> None:
        super().__init__()
        self.changes = nn.Sequential(
            convolution(n_in, n_out, stride=stride),
            nn.BatchNorm2d(n_out),
            nn.ReLU(),
            convolution(n_out, n_out),
            nn.BatchNorm2d(n_out),
        )
        same = n_in == n_out and stride == 1
        shrunk = (convolution(n_in, n_out, kernel=1, stride=stride), nn.BatchNorm2d(n_out))
        self.carries = nn.Identity() if same else nn.Sequential(*shrunk)

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu(self.carries(x) + self.changes(x))


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of images (B, 1, c, h, w)."""
    n_halvings = count_halvings(shape)
    widths = [params.width * 2**stage for stage in range(max(1, n_halvings))]
    layers: list[nn.Module] = [Level(states[0]), convolution(states[0]["channels"], widths[0])]
    layers += [nn.MaxPool2d(2) if n_halvings else nn.Identity(), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    for stage, (n_in, n_out) in enumerate(pairwise([widths[0], *widths])):
        layers += [Block(n_in, n_out, stride=2 if stage else 1)]
        layers += [Block(n_out, n_out, stride=1) for _ in range(params.blocks - 1)]
    return Pooled(layers, widths[-1])

"""Residual: a small residual network for images (He et al. 2016), two convolutions a block, pooled at the end."""

from itertools import pairwise
from typing import Any

from pydantic import Field
from torch import Tensor, nn

from plumbline.encoders._images import Level, convolution, count_halvings, pool
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


class Residual(nn.Module):
    """(B, 1, c, h, w) pixels -> (B, d): means and maxima over what is left of height and width."""

    def __init__(self, state: dict[str, Any], widths: list[int], n_blocks: int, halved: bool) -> None:
        super().__init__()
        layers: list[nn.Module] = [Level(state), convolution(state["channels"], widths[0])]
        layers += [nn.MaxPool2d(2) if halved else nn.Identity(), nn.BatchNorm2d(widths[0]), nn.ReLU()]
        for stage, (n_in, n_out) in enumerate(pairwise([widths[0], *widths])):
            layers += [Block(n_in, n_out, stride=2 if stage else 1)]
            layers += [Block(n_out, n_out, stride=1) for _ in range(n_blocks - 1)]
        self.layers = nn.Sequential(*layers)
        self.widths = [2 * widths[-1]]

    def forward(self, block: Tensor) -> Tensor:
        return pool(self.layers(block))


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of images (B, 1, c, h, w)."""
    n_halvings = count_halvings(shape)
    widths = [params.width * 2**stage for stage in range(max(1, n_halvings))]
    return Residual(states[0], widths, params.blocks, halved=n_halvings > 0)

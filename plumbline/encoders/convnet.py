"""Convnet: a small convolutional network for images, halved early, pooled at the end."""

from itertools import pairwise
from typing import Any

from pydantic import Field
from torch import Tensor, nn

from plumbline.encoders._images import Level, convolution, count_halvings, pool
from plumbline.params import Section

TYPES = ("image",)


class Params(Section):
    """Knobs of the small convolutional network."""

    width: int = Field(default=32, ge=1)
    """Channels of the first convolution; each halving of the image doubles them, up to four times as many."""
    depth: int = Field(default=2, ge=1)
    """Convolutions at the smallest size; there is one at each of the others."""


class Convnet(nn.Module):
    """(B, 1, c, h, w) pixels -> (B, d): means and maxima over what is left of height and width."""

    def __init__(self, state: dict[str, Any], widths: list[int], n_halvings: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [Level(state)]
        for place, (n_in, n_out) in enumerate(pairwise([state["channels"], *widths])):
            halving = [nn.MaxPool2d(2)] if place < n_halvings else []  # before the rest, which then has less to do
            layers += [convolution(n_in, n_out), *halving, nn.BatchNorm2d(n_out), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.widths = [2 * widths[-1]]

    def forward(self, block: Tensor) -> Tensor:
        return pool(self.layers(block))


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of images (B, 1, c, h, w)."""
    n_halvings = count_halvings(shape)
    widths = [params.width * min(4, 2**place) for place in range(n_halvings)]
    last = params.width * min(4, 2**n_halvings)
    return Convnet(states[0], [*widths, *[last] * params.depth], n_halvings)

"""Convnet: a small convolutional network for images, halved early, pooled at the end."""

from itertools import pairwise
from typing import Any

from pydantic import Field
from torch import nn

from plumbline.encoders._images import Level, Pooled, convolution, count_halvings
from plumbline.params import Section

TYPES = ("image",)


class Params(Section):
    """Knobs of the small convolutional network."""

    width: int = Field(default=32, ge=1)
    """Channels of the first convolution; each halving of the image doubles them, up to four times as many."""
    depth: int = Field(default=2, ge=1)
    """Convolutions at the smallest size; there is one at each of the others."""


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of images (B, 1, c, h, w)."""
    n_halvings = count_halvings(shape)
    widths = [params.width * min(4, 2**place) for place in range(n_halvings)]
    widths += [params.width * min(4, 2**n_halvings)] * params.depth
    layers: list[nn.Module] = [Level(states[0])]
    for place, (n_in, n_out) in enumerate(pairwise([states[0]["channels"], *widths])):
        halving = [nn.MaxPool2d(2)] if place < n_halvings else []  # before the rest, which then has less to do
        layers += [convolution(n_in, n_out), *halving, nn.BatchNorm2d(n_out), nn.ReLU()]
    return Pooled(layers, widths[-1])

"""MLP: a multilayer perceptron with ReLU and dropout."""

from pydantic import Field
from tabm import MLPBackbone
from torch import Tensor, nn

from plumbline.params import Section


class Params(Section):
    """Knobs of the multilayer perceptron."""

    width: int = Field(default=256, ge=1)
    """Units of a hidden layer."""
    depth: int = Field(default=3, ge=1)
    """Hidden layers."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Share of hidden units set to zero in each training step."""


class Mlp(nn.Module):
    """(B, d) -> (B, 1, width)."""

    members = 1

    def __init__(self, params: Params, d_in: int) -> None:
        super().__init__()
        self.width = params.width
        self.layers = MLPBackbone(d_in=d_in, n_blocks=params.depth, d_block=params.width, dropout=params.dropout)

    def forward(self, features: Tensor) -> Tensor:
        return self.layers(features).unsqueeze(1)


def build(params: Params, widths: list[int]) -> nn.Module:
    """Backbone over features of the given widths, one per column; its `members` k and `width` h shape its output."""
    return Mlp(params, sum(widths))

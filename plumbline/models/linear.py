"""Linear: no hidden layer; with the head on top it is linear or logistic regression."""

from torch import Tensor, nn

from plumbline.params import Section


class Params(Section):
    """Knobs of the linear model: none."""


class Linear(nn.Module):
    """(B, d) -> (B, 1, d), unchanged."""

    members = 1

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, features: Tensor) -> Tensor:
        return features.unsqueeze(1)


def build(params: Params, widths: list[int]) -> nn.Module:
    """Backbone over features of the given widths, one per column; its `members` k and `width` h shape its output."""
    return Linear(sum(widths))

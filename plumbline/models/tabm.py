"""TabM: an ensemble of multilayer perceptrons that share most weights (Gorishniy et al. 2025, ICLR)."""

from typing import Literal

from pydantic import Field
from tabm import EnsembleView, make_tabm_backbone
from torch import Tensor, nn

from plumbline.params import Section


class Params(Section):
    """Knobs of TabM."""

    variant: Literal["tabm", "tabm-mini", "tabm-packed"] = "tabm"
    """How members differ: scales in every layer, scales of the input only, or separate networks."""
    members: int = Field(default=8, ge=1)
    """Networks in the ensemble."""
    width: int = Field(default=128, ge=1)
    """Units of a hidden layer."""
    depth: int = Field(default=2, ge=1)
    """Hidden layers."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of hidden units set to zero in each training step."""


class TabM(nn.Module):
    """(B, d) -> (B, members, width)."""

    def __init__(self, params: Params, widths: list[int]) -> None:
        super().__init__()
        self.members, self.width = params.members, params.width
        self.view = EnsembleView(k=params.members)
        packed = params.variant == "tabm-packed"
        self.layers = make_tabm_backbone(
            d_in=sum(widths),
            n_blocks=params.depth,
            d_block=params.width,
            dropout=params.dropout,
            k=params.members,
            arch_type=params.variant,
            start_scaling_init=None if packed else "random-signs",
            start_scaling_init_chunks=None if packed else widths,
        )

    def forward(self, features: Tensor) -> Tensor:
        return self.layers(self.view(features))


def build(params: Params, widths: list[int]) -> nn.Module:
    """Backbone over features of the given widths, one per column; its `members` k and `width` h shape its output."""
    return TabM(params, widths)

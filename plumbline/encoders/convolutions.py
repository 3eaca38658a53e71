"""Convolutions: filters over three, four and five neighbours, each at its strongest (Kim 2014)."""

from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from plumbline.params import Section

TYPES = ("text", "sequence")


class Params(Section):
    """Knobs of convolutions over tokens."""

    width: int = Field(default=64, ge=1)
    """Features of a token."""
    filters: int = Field(default=64, ge=1)
    """Filters of each size, and so features of a text for each."""
    sizes: list[int] = Field(default=[3, 4, 5], min_length=1)
    """Neighbouring tokens that a filter sees."""
    dropout: float = Field(default=0.2, ge=0, lt=1)
    """Share of features set to zero in each training step."""


class Convolutions(nn.Module):
    """(B, 1, T) ids, 0 behind the end -> (B, filters of all sizes); zeros where there is no token."""

    def __init__(self, n_ids: int, params: Params) -> None:
        super().__init__()
        self.widths, self.sizes = [params.filters] * len(params.sizes), params.sizes
        self.tokens = nn.Embedding(n_ids, params.width)
        self.filters = nn.ModuleList(nn.Conv1d(params.width, params.filters, size) for size in params.sizes)
        self.dropout = nn.Dropout(params.dropout)

    def forward(self, block: Tensor) -> Tensor:
        ids = block[:, 0].long()
        known = (ids > 0).to(self.tokens.weight.dtype)[:, None]  # (B, 1, T)
        tokens = self.tokens(ids).transpose(1, 2) * known  # (B, width, T)
        pairs = zip(self.filters, self.sizes, strict=True)
        strongest = [_strongest(layer(_widen(tokens, size)), known) for layer, size in pairs]
        return self.dropout(torch.cat(strongest, dim=1))


def _widen(tokens: Tensor, size: int) -> Tensor:
    """Zeros at both ends, so that a window of `size` lies around each token."""
    return functional.pad(tokens, ((size - 1) // 2, size // 2))


def _strongest(answers: Tensor, known: Tensor) -> Tensor:
    """(B, filters, T) -> (B, filters): the largest answer, at least 0, of windows around a token."""
    return (functional.relu(answers) * known).amax(2)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of ids (B, 1, T)."""
    return Convolutions(states[0]["n_ids"], params)

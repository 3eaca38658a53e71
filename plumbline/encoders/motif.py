"""Motif: convolutions over letters, kept by place and gathered over all places (Alipanahi et al. 2015, DeepBind)."""

from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from plumbline.encoders._letters import letter_table
from plumbline.encoders._strands import on_strands
from plumbline.params import Section

TYPES = ("sequence",)


class Params(Section):
    """Knobs of the motif encoder."""

    motifs: int = Field(default=32, ge=1)
    """Patterns looked for, each at every place."""
    width: int = Field(default=9, ge=1)
    """Letters that a pattern spans."""
    places: int = Field(default=64, ge=0)
    """Stretches in which letters are told apart, at most: in a short sequence every letter; 0: no letters by place."""
    stretches: int = Field(default=16, ge=0)
    """Stretches in which the strongest of each pattern is kept, at most; 0: only the strongest anywhere."""
    dropout: float = Field(default=0.3, ge=0, lt=1)
    """Share of features set to zero in each training step."""
    strands: Literal["one", "both"] = "one"
    """both: the features of DNA or RNA are averaged over it and its reverse complement."""


class Motif(nn.Module):
    """(B, 1, T) ids -> (B, d): the letters and patterns in each stretch, the strongest of each pattern anywhere."""

    table: Tensor

    def __init__(self, params: Params, state: dict[str, Any], length: int) -> None:
        super().__init__()
        table = letter_table(state)
        self.register_buffer("table", table, persistent=False)
        self.motifs = nn.Conv1d(table.shape[1], params.motifs, params.width, padding="same")
        self.dropout = nn.Dropout(params.dropout)
        self.place, self.stretch = (-(-length // n) if n else 0 for n in (params.places, params.stretches))
        n_features = params.motifs
        for size, channels in ((self.place, table.shape[1]), (self.stretch, params.motifs)):
            n_features += channels * -(-length // size) if size else 0
        self.widths = [1] * n_features  # each is a column of its own to an ensemble that weighs columns differently

    def forward(self, block: Tensor) -> Tensor:
        ids = block[:, 0].long()  # (B, T)
        letters = functional.embedding(ids, self.table).transpose(1, 2)  # (B, T, C) -> (B, C, T)
        found = functional.relu(self.motifs(letters)) * (ids != 0)[:, None]  # (B, motifs, T)
        parts = [found.amax(2)]
        parts += [_strongest(letters, self.place)] if self.place else []
        parts += [_strongest(found, self.stretch)] if self.stretch else []
        return self.dropout(torch.cat(parts, 1))


def _strongest(values: Tensor, size: int) -> Tensor:
    """(B, C, T) -> (B, C * stretches): the largest of each channel in every `size` places."""
    return functional.max_pool1d(values, size, ceil_mode=True).flatten(1)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of ids (B, 1, T); InputError where `strands` needs a complement that there is not."""
    return on_strands(Motif(params, states[0], shape[0]), params.strands, states[0], "encoders.sequence.motif")

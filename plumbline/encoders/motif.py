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
    """Stretches of the sequence that are told apart, each as long; one for each letter of a short sequence."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
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
        self.stretch = -(-length // max(1, params.places))
        self.widths = [1] * (table.shape[1] * -(-length // self.stretch) + params.motifs)

    def forward(self, block: Tensor) -> Tensor:
        ids = block[:, 0].long()  # (B, T)
        inside = (ids != 0)[:, None]  # (B, 1, T)
        letters = functional.embedding(ids, self.table).transpose(1, 2)  # (B, T, C) -> (B, C, T)
        found = functional.relu(self.motifs(letters)) * inside
        placed = functional.max_pool1d(letters, self.stretch, ceil_mode=True)
        return self.dropout(torch.cat([placed.flatten(1), found.amax(2)], 1))


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of ids (B, 1, T); InputError where `strands` needs a complement that there is not."""
    return on_strands(Motif(params, states[0], shape[0]), params.strands, states[0], "encoders.sequence.motif")

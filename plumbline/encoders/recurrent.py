"""Recurrent: gated recurrence over letters from both ends (minGRU, Feng et al. 2024), behind a convolution."""

from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from plumbline.encoders._letters import letter_table
from plumbline.encoders._strands import on_strands, turn
from plumbline.params import Section

TYPES = ("sequence",)


class Params(Section):
    """Knobs of the recurrent encoder."""

    width: int = Field(default=64, ge=1)
    """Features of each step, in each direction."""
    span: int = Field(default=9, ge=1)
    """Letters that the convolution in front looks at."""
    steps: int = Field(default=128, ge=1)
    """Steps of the recurrence, at most: of a longer sequence each step is the strongest of several (as in DanQ)."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Share of features set to zero in each training step."""
    strands: Literal["one", "both"] = "one"
    """both: the features of DNA or RNA are averaged over it and its reverse complement."""


class GatedRecurrence(nn.Module):
    """(B, T, d) -> (B, T, d): h_t = (1 - z_t) h_{t-1} + z_t tanh(c_t), where z and c are linear in step t.

    Unlike those of nn.GRU its gates do not see h_{t-1}, so that all steps are done in log2 T operations; to export
    nn.GRU takes time that grows with T.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate, self.candidate = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, steps: Tensor) -> Tensor:
        gate = self.gate(steps)
        keep, hidden = torch.sigmoid(-gate), torch.sigmoid(gate) * torch.tanh(self.candidate(steps))
        reach = 1
        while reach < steps.shape[1]:  # every step joined with that `reach` before it (Hillis and Steele 1986)
            hidden = hidden + keep * _earlier(hidden, reach)
            keep = keep * _earlier(keep, reach)
            reach *= 2
        return hidden


def _earlier(steps: Tensor, reach: int) -> Tensor:
    """(B, T, d) moved `reach` steps towards the end, zeros in front."""
    return functional.pad(steps[:, :-reach], (0, 0, reach, 0))


class Recurrent(nn.Module):
    """(B, 1, T) ids -> (B, 4 * width): each direction's last state and its largest ones; zeros where all is padding."""

    table: Tensor

    def __init__(self, params: Params, state: dict[str, Any], length: int) -> None:
        super().__init__()
        table = letter_table(state)
        self.register_buffer("table", table, persistent=False)
        self.letters = nn.Parameter(torch.randn(table.shape[1], params.width) * table.shape[1] ** -0.5)
        self.span = nn.Conv1d(params.width, params.width, params.span, padding="same")
        self.stretch = -(-length // params.steps)
        self.onward, self.backward_ = GatedRecurrence(params.width), GatedRecurrence(params.width)
        self.dropout = nn.Dropout(params.dropout)
        self.widths = [4 * params.width]

    def forward(self, block: Tensor) -> Tensor:
        ids = block[:, 0].long()  # (B, T)
        letters = functional.embedding(ids, self.table @ self.letters).transpose(1, 2)  # (B, width, T)
        found = functional.relu(self.span(letters)) * (ids != 0)[:, None]
        steps = self.dropout(functional.max_pool1d(found, self.stretch, ceil_mode=True).transpose(1, 2))
        lengths = -(-(ids != 0).sum(1) // self.stretch)
        # A recurrence from behind the last letter would see padding: both begin with a letter, one at the last
        parts = [self.onward(steps), self.backward_(turn(steps, lengths))]
        return self.dropout(torch.cat([part for hidden in parts for part in _summed_up(hidden, lengths)], 1))


def _summed_up(hidden: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """(B, T, width) -> (B, width) twice: the state after the last letter, and the largest of each unit."""
    last = (lengths - 1).clamp(min=0)[:, None, None].expand(-1, 1, hidden.shape[2])
    present = lengths[:, None] > 0
    inside = torch.arange(hidden.shape[1], device=hidden.device) < lengths[:, None]
    largest = hidden.masked_fill(~inside[:, :, None], -1.0).amax(1)  # states lie between -1 and 1
    return hidden.gather(1, last)[:, 0] * present, largest * present


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of ids (B, 1, T); InputError where `strands` needs a complement that there is not."""
    return on_strands(Recurrent(params, states[0], shape[0]), params.strands, states[0], "encoders.sequence.recurrent")

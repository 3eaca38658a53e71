"""Augmentation of sequences: the other strand, letters replaced at random; both off unless asked for."""

from typing import Any

import torch
from pydantic import Field
from torch import Tensor

from plumbline.encoders._strands import complement_table, reverse_complement
from plumbline.params import Section

_FIRST = 2  # ids below are padding and unknown letters


class Params(Section):
    """Knobs of augmented sequences. Off by default: places have a direction in many data, and single letters count."""

    reverse_complement: float = Field(default=0.0, ge=0, le=1)
    """Share of the examples that are given as the other strand, in each epoch anew."""
    mutate: float = Field(default=0.0, ge=0, le=1)
    """Share of the letters that are replaced by one drawn from the alphabet, in each epoch anew."""


def augment(block: Tensor, params: Params, state: dict[str, Any], generator: torch.Generator) -> Tensor:
    """(B, 1, T) ids -> the same shape; InputError where the alphabet has no complement to take."""
    if params.reverse_complement:
        block = _other_strand(block, params.reverse_complement, state, generator)
    if params.mutate:
        block = _mutated(block, params.mutate, state, generator)
    return block


def _other_strand(block: Tensor, share: float, state: dict[str, Any], generator: torch.Generator) -> Tensor:
    key = "train.augment.sequence.reverse_complement"
    table = complement_table(state, key, f"{share:g}", "0").to(block.device)
    turned = torch.rand(len(block), generator=generator).to(block.device) < share
    return torch.where(turned[:, None, None], reverse_complement(block, table), block)


def _mutated(block: Tensor, share: float, state: dict[str, Any], generator: torch.Generator) -> Tensor:
    n_letters = max(1, len(state["letters"]) - len(state["codes"]))
    drawn = torch.randint(_FIRST, _FIRST + n_letters, block.shape, generator=generator).to(block)
    hit = (torch.rand(block.shape, generator=generator).to(block.device) < share) & (block != 0)
    return torch.where(hit, drawn, block)

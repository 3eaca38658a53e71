"""Text: tokens hidden at random, as if they were not known."""

import torch
from pydantic import Field
from torch import Tensor

from plumbline.params import Section

_UNKNOWN = 1  # an id of plumbline/columns/text.py


class Params(Section):
    """Knobs of the augmentation of texts."""

    hide: float = Field(default=0.0, ge=0, lt=1)
    """Share of tokens that count as unknown in each training step; 0, because a single word may decide."""


def augment(block: Tensor, params: Params, state: dict[str, object], generator: torch.Generator) -> Tensor:
    """(B, 1, T) ids -> the same shape, some tokens unknown; padding stays."""
    if not params.hide:
        return block
    hidden = torch.rand(block.shape, generator=generator).to(block.device) < params.hide
    return torch.where(hidden & (block > 0), torch.full_like(block, _UNKNOWN), block)

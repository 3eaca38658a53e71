"""Transformer: tokens that look at each other, normalised before each step (Vaswani 2017, Xiong 2020), averaged."""

from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from plumbline.errors import InputError
from plumbline.params import Section

TYPES = ("text", "sequence")


class Params(Section):
    """Knobs of the transformer."""

    width: int = Field(default=64, ge=1)
    """Features of a token, and of the whole; a multiple of heads."""
    depth: int = Field(default=2, ge=1)
    """Layers."""
    heads: int = Field(default=4, ge=1)
    """Ways of looking in a layer."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Share of features set to zero in each training step."""


class Layer(nn.Module):
    """Self-attention and two linear maps, each added to what it was given: (B, T, width) -> the same."""

    def __init__(self, params: Params) -> None:
        super().__init__()
        self.heads = params.heads
        self.before_attention = nn.LayerNorm(params.width)
        self.asked = nn.Linear(params.width, 3 * params.width)
        self.answered = nn.Linear(params.width, params.width)
        self.maps = nn.Sequential(
            nn.LayerNorm(params.width),
            nn.Linear(params.width, 4 * params.width),
            nn.GELU(),
            nn.Linear(4 * params.width, params.width),
        )
        self.dropout = nn.Dropout(params.dropout)

    def forward(self, tokens: Tensor, seen: Tensor) -> Tensor:
        tokens = tokens + self.dropout(self._attend(self.before_attention(tokens), seen))
        return tokens + self.dropout(self.maps(tokens))

    def _attend(self, tokens: Tensor, seen: Tensor) -> Tensor:
        parts = self.asked(tokens).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)  # (3, B, heads, T, w)
        mixed = functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], attn_mask=seen)
        return self.answered(mixed.transpose(1, 2).flatten(2))


class Transformer(nn.Module):
    """(B, 1, T) ids, 0 behind the end -> (B, width), the mean over tokens; zeros where there is none."""

    def __init__(self, n_ids: int, length: int, params: Params) -> None:
        super().__init__()
        self.widths = [params.width]
        self.tokens = nn.Embedding(n_ids, params.width)
        self.places = nn.Parameter(torch.empty(length, params.width))
        for table in (self.tokens.weight, self.places):
            nn.init.normal_(table, std=0.02)
        self.layers = nn.ModuleList(Layer(params) for _ in range(params.depth))
        self.norm = nn.LayerNorm(params.width)

    def forward(self, block: Tensor) -> Tensor:
        ids = block[:, 0].long()
        known = ids > 0  # (B, T)
        # The first place is always seen: where nothing is, a softmax has no answer.
        seen = functional.pad(known[:, 1:], (1, 0), value=True)[:, None, None]
        tokens = self.tokens(ids) + self.places
        for layer in self.layers:
            tokens = layer(tokens, seen)
        mask = known.to(tokens.dtype)[..., None]
        return (self.norm(tokens) * mask).sum(1) / mask.sum(1).clamp(min=1)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of ids (B, 1, T)."""
    if params.width % params.heads:
        raise InputError(
            f"params.yaml: encoders: transformer.width: is {params.width}, which {params.heads} heads cannot share; "
            "make it a multiple of heads"
        )
    return Transformer(states[0]["n_ids"], shape[0], params)

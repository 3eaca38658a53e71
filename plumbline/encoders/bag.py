"""Bag: the mean of learned vectors of a text's tokens and of its pairs of neighbours (fastText, Joulin et al. 2017)."""

from typing import Any

from pydantic import Field
from torch import Tensor, nn

from plumbline.params import Section

TYPES = ("text",)
_PRIMES = 1_000_003, 2_147_483_647  # spread pairs of ids evenly, in whole numbers that no runtime rounds


class Params(Section):
    """Knobs of the bag of tokens."""

    width: int = Field(default=64, ge=1)
    """Features of a text."""
    buckets: int = Field(default=16_384, ge=0)
    """Vectors that the pairs of neighbours share, by a hash of the two; 0: no pairs."""


class Bag(nn.Module):
    """(B, 1, T) ids, 0 behind the text's end -> (B, width); zeros for a text without tokens."""

    def __init__(self, n_ids: int, params: Params) -> None:
        super().__init__()
        self.widths, self.buckets = [params.width], params.buckets
        self.tokens = nn.Embedding(n_ids, params.width)
        self.pairs = nn.Embedding(params.buckets, params.width) if params.buckets else None
        for table in filter(None, (self.tokens, self.pairs)):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, block: Tensor) -> Tensor:
        ids = block[:, 0].long()  # (B, T)
        total, count = _sum_known(self.tokens, ids, ids > 0)
        if self.pairs is not None:
            hashed = (ids[:, :-1] * _PRIMES[0] + ids[:, 1:]) % _PRIMES[1] % self.buckets
            of_pairs, n_pairs = _sum_known(self.pairs, hashed, ids[:, 1:] > 0)
            total, count = total + of_pairs, count + n_pairs
        return total / count.clamp(min=1)


def _sum_known(table: nn.Embedding, ids: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Sum (B, width) of the vectors of those ids (B, T) that are known, and their number (B, 1)."""
    mask = known.to(table.weight.dtype)
    return (table(ids) * mask[..., None]).sum(1), mask.sum(1, keepdim=True)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of ids (B, 1, T)."""
    return Bag(states[0]["n_ids"], params)

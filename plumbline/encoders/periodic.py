"""Periodic: embeddings of numbers by sines and cosines of learned frequencies (Gorishniy et al. 2022, PLR)."""

from typing import Any

from pydantic import Field
from rtdl_num_embeddings import PeriodicEmbeddings
from torch import nn

from plumbline.encoders._embedded import EmbeddedNumbers
from plumbline.params import Section

TYPES = ("number",)


class Params(Section):
    """Knobs of periodic embeddings."""

    width: int = Field(default=16, ge=1)
    """Features of a column."""
    frequencies: int = Field(default=24, ge=1)
    """Learned frequencies of a column."""
    frequency_scale: float = Field(default=0.05, gt=0)
    """Deviation of the initial frequencies, in cycles per unit of the scaled number."""


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of numbers (B, n, 2)."""
    embeddings = PeriodicEmbeddings(
        len(states),
        params.width,
        n_frequencies=params.frequencies,
        frequency_init_scale=params.frequency_scale,
        activation=True,
        lite=False,
    )
    return EmbeddedNumbers(embeddings, params.width, states)

"""Piecewise: piecewise-linear embeddings of numbers (Gorishniy et al. 2022; version B of the TabM paper)."""

import warnings
from typing import Any

import numpy as np
import torch
from pydantic import Field
from rtdl_num_embeddings import PiecewiseLinearEmbeddings
from torch import Tensor, nn

from plumbline.encoders._embedded import EmbeddedNumbers
from plumbline.params import Section

TYPES = ("number",)


class Params(Section):
    """Knobs of piecewise-linear embeddings."""

    bins: int = Field(default=48, ge=1, le=256)
    """Bins of a column, between quantiles of its training values; fewer where values repeat."""
    width: int = Field(default=16, ge=1)
    """Features of a column."""
    activation: bool = False
    """Whether a ReLU follows the piecewise part."""


def bin_edges(grid: list[float], n_bins: int) -> Tensor:
    """At least two increasing float32 edges: the quantiles k / n_bins of an encoded column's grid."""
    shares = np.linspace(0, 1, n_bins + 1)
    edges = np.unique(np.interp(shares, np.linspace(0, 1, len(grid)), grid).astype(np.float32))
    if len(edges) == 1:
        edges = np.array([edges[0], edges[0] + 1], dtype=np.float32)
    return torch.from_numpy(edges)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of numbers (B, n, 2)."""
    edges = [bin_edges(state["grid"], params.bins) for state in states]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of columns with one bin, where the embedding is linear
        embeddings = PiecewiseLinearEmbeddings(edges, params.width, activation=params.activation, version="B")
    return EmbeddedNumbers(embeddings, params.width, states)

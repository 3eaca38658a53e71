"""Augmentation of series: noise, another strength, and pieces that are shifted and stretched; all off by default."""

import torch
from pydantic import Field
from torch import Tensor

from plumbline.params import Section


class Params(Section):
    """Knobs of changed series. All are off: what is but noise in one kind of series is what counts in another."""

    jitter: float = Field(default=0.0, ge=0)
    """Deviation of the noise that is added to each number, in units of the encoded series."""
    scaling: float = Field(default=0.0, ge=0, lt=1)
    """Each channel is multiplied by a number between 1 less this and 1 more."""
    shift: float = Field(default=0.0, ge=0, lt=1)
    """Share of its own length by which a series is moved, at most; the end that falls short keeps its last number."""
    crop: float = Field(default=0.0, ge=0, lt=1)
    """Share of a series that is cut off, at most, before the rest is stretched (Le Guennec et al. 2016)."""


def augment(block: Tensor, params: Params, state: dict[str, object], generator: torch.Generator) -> Tensor:
    """(B, 1, channels + 1, time) float32 -> the same, changed; steps behind the end of a series stay 0."""
    mask = block[:, :, -1:]
    series = block[:, :, :-1]
    if params.shift or params.crop:
        series = _resample(series, mask, params, generator)
    if params.scaling:
        factor = 1 + params.scaling * _uniform(series.shape[:3], series, generator)
        series = series * factor.unsqueeze(-1)
    if params.jitter:
        series = series + params.jitter * torch.randn(series.shape, generator=generator).to(series)
    return torch.cat([series * mask, mask], dim=2)


def _uniform(size: torch.Size, like: Tensor, generator: torch.Generator) -> Tensor:
    """Numbers between -1 and 1."""
    return (2 * torch.rand(size, generator=generator) - 1).to(like)


def _resample(series: Tensor, mask: Tensor, params: Params, generator: torch.Generator) -> Tensor:
    """Series (B, 1, channels, time) read at other places, between whose steps lie straight lines."""
    size = torch.Size((len(series), 1, 1, 1))
    last = (mask.sum(3, keepdim=True) - 1).clamp(min=0)  # of each series
    cut = params.crop * (_uniform(size, series, generator) + 1) / 2
    start = cut * (_uniform(size, series, generator) + 1) / 2 + params.shift * _uniform(size, series, generator)
    steps = torch.arange(series.shape[3], device=series.device, dtype=series.dtype)
    places = torch.minimum((start * last + (1 - cut) * steps).clamp(min=0), last).expand_as(series)
    left = places.floor()
    right = torch.minimum(left + 1, last.expand_as(left))
    below, above = (series.gather(3, at.long()) for at in (left, right))
    return below + (above - below) * (places - left)

"""Augmentation of audio: clips moved in time, made louder or softer, with a little noise.

Masks of the spectrogram (SpecAugment) are knobs of its encoder: only there is there a spectrogram.
"""

from __future__ import annotations

from typing import Any

import torch
from pydantic import Field
from torch import Tensor

from plumbline.params import Section


class Params(Section):
    """Knobs of the augmentation of audio. No default changes what a listener would say of a clip."""

    shift: float = Field(default=0.05, ge=0, le=1)
    """Share of the length that a clip is moved by at most, later or earlier; silence fills the gap; 0: none."""
    gain: float = Field(default=6.0, ge=0)
    """Decibels that a clip is made louder or softer by at most; 0: none."""
    noise: float = Field(default=0.01, ge=0)
    """Standard deviation of the white noise at most, as a share of the clip's own (0.01: 40 dB below it); 0: none."""


def augment(block: Tensor, params: Params, state: dict[str, Any], generator: torch.Generator) -> Tensor:
    """(B, 1, T) int16 -> (B, 1, T) float32, still in steps of int16; silence behind a clip's end stays silence."""
    samples = block[:, 0].float()
    if params.noise:
        samples = _add_noise(samples, params.noise, generator)
    if params.gain:
        decibels = params.gain * (2 * _draw(samples, generator) - 1)
        samples = samples * 10 ** (decibels / 20)
    if params.shift:
        samples = _shift(samples, params.shift, generator)
    return samples[:, None]


def _draw(samples: Tensor, generator: torch.Generator) -> Tensor:
    """(B, 1) in [0, 1)."""
    return torch.rand(len(samples), 1, generator=generator).to(samples.device)


def _shift(samples: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Clips (B, T) moved by up to a share of T; what leaves at one end is lost."""
    size = samples.shape[1]
    moved = (share * size * (2 * _draw(samples, generator) - 1)).round().long()
    source = torch.arange(size, device=samples.device) - moved
    inside = (source >= 0) & (source < size)
    return samples.gather(1, source.clamp(0, size - 1)) * inside


def _add_noise(samples: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Clips (B, T) with white noise up to their last sample that is not 0.

    One strip of noise serves the whole batch, begun at another place for each clip: drawing noise for each would
    take longer than the network.
    """
    size = samples.shape[1]
    strip = torch.randn(2 * size, generator=generator).to(samples.device)
    start = (_draw(samples, generator) * size).long()
    places = torch.arange(size, device=samples.device)
    length = torch.where(samples != 0, places + 1, 0).amax(1, keepdim=True).clamp(min=1)
    power = samples.square().sum(1, keepdim=True) / length
    level = share * _draw(samples, generator) * power.sqrt()
    return samples + strip[start + places] * level * (places < length)

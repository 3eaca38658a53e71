"""Spectrogram: convolutions over the log-mel spectrogram of a clip, which the network computes from its samples."""

from typing import Any

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from plumbline.encoders._log_mel import LogMel
from plumbline.params import Section

TYPES = ("audio",)

_FULL_SCALE = 32_768  # steps of int16 in a sample of 1
_N_STRETCHES = 2


class Params(Section):
    """Knobs of the spectrogram and of the convolutions over it."""

    mels: int = Field(default=40, ge=4, le=256)
    """Bands of the spectrogram, evenly spaced as pitch is heard (mel), up to half the rate."""
    window: float = Field(default=25.0, gt=0)
    """Milliseconds that a frame of the spectrogram looks at."""
    hop: float = Field(default=10.0, gt=0)
    """Milliseconds from frame to frame."""
    width: int = Field(default=16, ge=1)
    """Channels of the first level; each further one has twice as many."""
    depth: int = Field(default=4, ge=1, le=6)
    """Levels of convolutions; each halves frames and bands."""
    hide_frames: float = Field(default=0.1, ge=0, lt=1)
    """SpecAugment, in training only: share of a clip's frames that each of two stretches hides at most; 0: none."""
    hide_bands: float = Field(default=0.1, ge=0, lt=1)
    """SpecAugment, in training only: share of the bands that each of two stretches hides at most; 0: none."""


class Spectrogram(nn.Module):
    """(B, 1, T) samples -> (B, d): loudness, and mean and maximum over time of what the convolutions find.

    A clip ends with its last sample that is not 0: what follows is padding, and changes nothing.
    """

    def __init__(self, rate: int, params: Params) -> None:
        super().__init__()
        window, hop = (max(1, round(milliseconds * rate / 1000)) for milliseconds in (params.window, params.hop))
        self.log_mel = LogMel(rate, window, hop, params.mels)
        self.hidden_shares = (params.hide_bands, params.hide_frames)
        channels = [1, *(params.width * 2**level for level in range(params.depth))]
        self.levels = nn.ModuleList(_Level(channels[i], channels[i + 1]) for i in range(params.depth))
        self.widths = [1 + 2 * channels[-1]]

    def forward(self, block: Tensor) -> Tensor:
        samples = block[:, 0].to(self.log_mel.waves.dtype) / _FULL_SCALE
        length = count_samples(samples)
        level = (samples.square().sum(1, keepdim=True) / length).sqrt().clamp(min=1 / _FULL_SCALE)
        seen = self.log_mel(samples / level)  # (B, bands, frames)
        inside = _inside(length, self.log_mel.hop, seen.shape[2])
        seen = _standardise(seen, inside)
        if self.training:
            seen = hide(seen, inside.sum(2), *self.hidden_shares)
        found, step = (seen * inside)[:, None], self.log_mel.hop  # (B, 1, bands, frames)
        for convolutions in self.levels:
            step *= 2
            inside = _inside(length, step, -(-found.shape[3] // 2))
            found = convolutions(found, inside[:, None])
        found = found.mean(2)  # over the bands: (B, channels, frames)
        mean = found.sum(2) / inside.sum(2)
        return torch.cat([(level.log() + 3) / 2, mean, found.amax(2)], dim=1)  # -26 dB of full scale is 0


class _Level(nn.Module):
    """(B, c, bands, frames) -> (B, d, half the bands, half the frames), 0 outside of the clips."""

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(n_in, n_out, 3, stride=2, padding=1, bias=False)
        self.second = nn.Conv2d(n_out, n_out, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(n_out) for _ in range(2))

    def forward(self, found: Tensor, inside: Tensor) -> Tensor:
        found = functional.relu(self.norms[0](self.first(found))) * inside
        return functional.relu(self.norms[1](self.second(found))) * inside


def count_samples(samples: Tensor) -> Tensor:
    """(B, T) -> (B, 1): samples up to the last that is not 0; 1 for silence."""
    places = torch.arange(1, samples.shape[1] + 1, device=samples.device, dtype=samples.dtype)
    return torch.where(samples != 0, places, 0).amax(1, keepdim=True).clamp(min=1)


def _inside(length: Tensor, step: int, n_frames: int) -> Tensor:
    """(B, 1) -> (B, 1, frames): 1 where a frame's centre is inside the clip, else 0."""
    centres = torch.arange(n_frames, device=length.device, dtype=length.dtype) * step
    return (centres < length[:, :, None]).to(length.dtype)


def _standardise(seen: Tensor, inside: Tensor) -> Tensor:
    """(B, bands, frames) -> the same of mean 0 and deviation 1 within each clip."""
    n_inside = inside.sum((1, 2), keepdim=True) * seen.shape[1]
    centred = seen - (seen * inside).sum((1, 2), keepdim=True) / n_inside
    variance = (centred.square() * inside).sum((1, 2), keepdim=True) / n_inside
    return centred / (variance + 1e-2).sqrt()


def hide(seen: Tensor, n_frames: Tensor, share_of_bands: float, share_of_frames: float) -> Tensor:
    """(B, bands, frames) with two stretches of bands and two of frames at 0, the mean (SpecAugment, Park et al. 2019).

    Dropout of the spectrogram: it draws from torch's global generator, which the loop seeds and keeps.
    """
    n_bands = torch.full_like(n_frames, seen.shape[1])
    for _ in range(_N_STRETCHES):
        seen = seen * _shown(n_bands, share_of_bands, seen.shape[1])[:, :, None]
        seen = seen * _shown(n_frames, share_of_frames, seen.shape[2])[:, None]
    return seen


def _shown(n: Tensor, share: float, size: int) -> Tensor:
    """(B, 1) -> (B, size): 0 in one stretch of each example's first n places, of up to `share` of them, else 1."""
    width, start = (torch.rand_like(n) for _ in range(2))
    width = width * share * n
    places = torch.arange(size, device=n.device, dtype=n.dtype) - start * (n - width)
    return 1 - ((places >= 0) & (places < width)).to(n.dtype)


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of clips (B, 1, samples)."""
    return Spectrogram(states[0]["rate"], params)

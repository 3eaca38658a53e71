"""Log-mel spectrograms as a module that exports: a convolution with windowed waves, power, bands, logarithm."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

_FLOOR = 1e-8  # added to the power: 80 dB below a sine of amplitude 1
_LINEAR_HZ, _LINEAR_MEL, _LOG_STEP = 1000.0, 15.0, math.log(6.4) / 27


class LogMel(nn.Module):
    """(B, T) samples -> (B, bands, frames) log of each band's mean power; all beyond the samples is silence.

    Frames are centred at multiples of `hop` samples, the first at the first sample. torch.stft is slow and inexact
    once exported; the waves that it would take are the kernel of a convolution here.
    """

    waves: Tensor
    bands: Tensor
    floor: Tensor

    def __init__(self, rate: int, window: int, hop: int, n_bands: int) -> None:
        super().__init__()
        self.window, self.hop = window, hop
        n_fft = fourier_size(window, n_bands)
        waves, bands = fourier_waves(window, n_fft), mel_bands(n_bands, n_fft, rate)
        self.register_buffer("waves", torch.from_numpy(waves)[:, None].float(), persistent=False)
        self.register_buffer("bands", torch.from_numpy(bands).float(), persistent=False)
        self.register_buffer("floor", torch.full((1,), _FLOOR), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        n_samples = samples.shape[1]
        n_frames, before = -(-n_samples // self.hop), self.window // 2
        n_needed = (n_frames - 1) * self.hop + self.window
        padded = functional.pad(samples, (before, max(0, n_needed - before - n_samples)))[:, None, :n_needed]
        real, imaginary = functional.conv1d(padded, self.waves, stride=self.hop).chunk(2, dim=1)  # (B, bins, frames)
        power = real.square() + imaginary.square()
        return ((power.transpose(1, 2) @ self.bands) + self.floor).log().transpose(1, 2)


def fourier_size(window: int, n_bands: int) -> int:
    """Samples of a Fourier transform: a power of two that holds the window, and two frequencies or more a band."""
    return 2 ** math.ceil(math.log2(max(window, 4 * n_bands)))


def fourier_waves(window: int, n_fft: int) -> npt.NDArray[np.float64]:
    """(2 bins, window): cosines, then sines, of n_fft's frequencies under a Hann window.

    Scaled so that a sine of amplitude 1 has the power 1 at its frequency.
    """
    place = np.arange(window)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * (place + 0.5) / window)  # no zero at either end
    angles = 2 * np.pi * (np.arange(n_fft // 2 + 1)[:, None] * place % n_fft) / n_fft
    return np.concatenate([np.cos(angles), np.sin(angles)]) * hann * (2 / hann.sum())


def mel_bands(n_bands: int, n_fft: int, rate: int) -> npt.NDArray[np.float64]:
    """(bins, bands): overlapping triangles, evenly spaced in mel up to half the rate, each of sum 1.

    The mel scale is Slaney's (Auditory Toolbox, 1998), also librosa's: linear below 1,000 Hz, then logarithmic.
    """
    bins = np.arange(n_fft // 2 + 1) * rate / n_fft
    edges = _hertz(np.linspace(0, _mel(rate / 2), n_bands + 2))
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins[:, None] - left) / (centre - left)
    falling = (right - bins[:, None]) / (right - centre)
    triangles = np.clip(np.minimum(rising, falling), 0, None)
    return triangles / triangles.sum(axis=0)


def _mel(hertz: float) -> float:
    if hertz < _LINEAR_HZ:
        return hertz * _LINEAR_MEL / _LINEAR_HZ
    return _LINEAR_MEL + math.log(hertz / _LINEAR_HZ) / _LOG_STEP


def _hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = _LINEAR_HZ * np.exp(_LOG_STEP * (np.maximum(mel, _LINEAR_MEL) - _LINEAR_MEL))
    found: npt.NDArray[Any] = np.where(mel < _LINEAR_MEL, mel * _LINEAR_HZ / _LINEAR_MEL, above)
    return found

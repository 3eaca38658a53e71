"""Image: shifted, zoomed, turned, mirrored, brightened, erased in part; each image of a batch in its own way."""

from typing import Any

import torch
from pydantic import Field
from torch import Generator, Tensor
from torch.nn import functional

from plumbline.params import Section


class Params(Section):
    """Knobs of augmented images; 0 switches a part off. What a shift of a few pixels says otherwise is rare."""

    shift: float = Field(default=0.07, ge=0, le=1)
    """Share of a side by which an image is moved, at most, in whole pixels; its edge is drawn out behind it."""
    zoom: float = Field(default=0.0, ge=0, lt=1)
    """Share by which an image is enlarged (and so cropped) or shrunk, at most."""
    turn: float = Field(default=0.0, ge=0, le=180)
    """Degrees by which an image is turned, at most, either way."""
    flip: float = Field(default=0.0, ge=0, le=1)
    """Probability that left and right are swapped: 0.5 suits photos, 0 what is read, as digits and signs."""
    brightness: float = Field(default=0.0, ge=0, le=1)
    """Share of the full range that is added or taken away, at most."""
    contrast: float = Field(default=0.0, ge=0, lt=1)
    """Share by which levels move off an image's mean or towards it, at most."""
    erase: float = Field(default=0.0, ge=0, le=1)
    """Probability that a box of up to a third of the area is filled with the mean level (Zhong et al. 2020)."""


def augment(block: Tensor, params: Params, state: dict[str, Any], generator: Generator) -> Tensor:
    """(B, 1, c, h, w) pixels of 0 to 255 -> the same shape, float32, or as it was where every knob is 0."""
    images = block[:, 0]  # (B, c, h, w)
    draw = _Draw(len(images), images.device, generator)
    if params.shift or params.zoom or params.turn or params.flip:
        images = _move(images.float(), params, draw)
    if params.brightness or params.contrast:
        images = _relight(images.float(), params, draw)
    if params.erase:
        images = _erase(images.float(), params.erase, state["mean"], draw)
    return images[:, None]


class _Draw:
    """Random numbers for each of `n` images, drawn on the CPU, so that every device gets the same."""

    def __init__(self, n: int, device: torch.device, generator: Generator) -> None:
        self._n, self._device, self._generator = n, device, generator

    def uniform(self, low: float, high: float) -> Tensor:
        return (torch.rand(self._n, generator=self._generator) * (high - low) + low).to(self._device)

    def around_zero(self, most: float) -> Tensor:
        return self.uniform(-most, most)

    def chance(self, probability: float) -> Tensor:
        return self.uniform(0, 1) < probability

    def steps(self, most: int) -> Tensor:
        return torch.randint(-most, most + 1, (self._n,), generator=self._generator).to(self._device)


def _move(images: Tensor, params: Params, draw: _Draw) -> Tensor:
    """Sample each image (B, c, h, w) where an affine map points; beyond an edge the edge goes on."""
    height, width = images.shape[2:]
    right, down = (2 * draw.steps(round(params.shift * side)) / side for side in (width, height))
    angle, size = draw.around_zero(params.turn).deg2rad(), draw.around_zero(params.zoom).exp()
    mirrored = 1 - 2 * draw.chance(params.flip).float()
    across, along = angle.cos() * size, angle.sin() * size
    rows = torch.stack([mirrored * across, -along * height / width, right], dim=1)
    columns = torch.stack([mirrored * along * width / height, across, down], dim=1)
    grid = functional.affine_grid(torch.stack([rows, columns], dim=1), list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def _relight(images: Tensor, params: Params, draw: _Draw) -> Tensor:
    added = (255 * draw.around_zero(params.brightness))[:, None, None, None]
    scale = (1 + draw.around_zero(params.contrast))[:, None, None, None]
    mean = images.mean(dim=(1, 2, 3), keepdim=True)
    return ((images - mean) * scale + mean + added).clamp(0, 255)


def _erase(images: Tensor, probability: float, level: float, draw: _Draw) -> Tensor:
    """Fill a box of 2 to 33 % of the area, up to three times as high as wide or as wide as high."""
    height, width = images.shape[2:]
    chosen, area, aspect = draw.chance(probability), draw.uniform(0.02, 0.33), draw.around_zero(1.1).exp()
    inside = chosen[:, None, None]
    for dim, side, share in ((1, height, (area * aspect).sqrt()), (2, width, (area / aspect).sqrt())):
        size = (share.clamp(max=1) * side).round().clamp(min=1)
        start = (draw.uniform(0, 1) * (side - size + 1)).floor()
        place = torch.arange(side, device=images.device)
        along = (place >= start[:, None]) & (place < (start + size)[:, None])
        inside = inside & along.unsqueeze(3 - dim)
    return torch.where(inside[:, None], level, images)

"""The networks whose bits and speed are measured: the project's MLP and TabM at their default sizes, a small CNN."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from plumbline.network import Network
from plumbline.reproducible import seed_torch

CLASSES = 10
COLUMNS = 30
CHANNELS = (3, 32, 64, 128)
SIDE_PX = 16

Blocks = dict[str, Tensor]
Batch = tuple[Blocks, Tensor]
"""Blocks, and the class of each example (B,)."""


class Cnn(nn.Module):
    """{"image": (B, 3, 16, 16)} -> one tensor of logits (B, 1, 10)."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(CHANNELS):
            layers += [nn.Conv2d(n_in, n_out, 3, padding=1), nn.BatchNorm2d(n_out), nn.ReLU(), nn.MaxPool2d(2)]
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.LazyLinear(CLASSES))
        self.layers(torch.zeros(2, CHANNELS[0], SIDE_PX, SIDE_PX))

    def forward(self, blocks: Blocks) -> tuple[Tensor, ...]:
        return (self.layers(blocks["image"]).unsqueeze(1),)


def build(name: str) -> nn.Module:
    """Blocks -> one tensor of logits (B, k, 10), its weights drawn from a fixed seed."""
    seed_torch(0, "weights")
    if name == "cnn":
        return Cnn()
    state = {"missing": 0, "grid": [-3 + 6 * k / 255 for k in range(256)]}
    return Network(
        {
            "features": [{"type": "number", "state": state, "shape": (2,)}] * COLUMNS,
            "encoders": {"number": {"name": "piecewise", "knobs": {}}},
            "model": {"name": name, "knobs": {}},
            "targets": [{"task": {"outputs": CLASSES}}],
        }
    )


def draw(name: str, n_rows: int, step: int) -> Batch:
    """One random batch for a network."""
    generator = torch.Generator().manual_seed(step)
    classes = torch.randint(CLASSES, (n_rows,), generator=generator)
    if name == "cnn":
        return {"image": torch.rand(n_rows, CHANNELS[0], SIDE_PX, SIDE_PX, generator=generator)}, classes
    return {"number": torch.randn(n_rows, COLUMNS, 2, generator=generator)}, classes


def loss(network: nn.Module, blocks: Blocks, classes: Tensor) -> Tensor:
    """Cross entropy, the mean over examples and members."""
    (logits,) = network(blocks)
    return functional.cross_entropy(logits.flatten(0, 1).float(), classes.repeat_interleave(logits.shape[1]))

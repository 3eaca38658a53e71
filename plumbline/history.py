"""What training has behind it: the learning curves, the best epoch's weights, the epoch under way."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

Row = dict[str, float]
"""One epoch of the learning curves: epoch, lr, train_loss, val_loss, val_<metric>."""


@dataclass
class Best:
    """The best epoch so far by what early stopping monitors, and its weights."""

    epoch: int = 0
    value: float = math.inf
    weights: dict[str, Tensor] = field(default_factory=dict)

    def update(self, epoch: int, value: float, network: nn.Module) -> None:
        """Keep the network's weights if `value` (lower is better) is the lowest yet."""
        if value < self.value:
            self.epoch, self.value = epoch, value
            self.weights = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


@dataclass
class Begun:
    """The epoch under way: steps done, the rate it began with, the loss summed over its examples."""

    steps: int
    lr: float
    loss: Tensor


class History:
    """Curves, best epoch and epoch under way, saved and restored like a part of torch's."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self.curves: list[Row] = []
        self.best = Best()
        self.begin(math.nan)

    def begin(self, lr: float) -> None:
        """Begin an epoch with this rate; its loss sums up on the device, in float64."""
        self.begun = Begun(0, lr, torch.zeros((), dtype=torch.float64, device=self._device))

    def state_dict(self) -> dict[str, Any]:
        """Tensors, numbers, lists and dicts."""
        return {"curves": self.curves, "best": vars(self.best), "begun": vars(self.begun)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """What `state_dict` gave."""
        self.curves, self.best, self.begun = state["curves"], Best(**state["best"]), Begun(**state["begun"])
        self.begun.loss = self.begun.loss.to(self._device)

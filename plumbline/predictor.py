"""The predictor: a network whose logits are turned into the target's own terms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from plumbline import plugins, tensors
from plumbline.encoding import encode_features
from plumbline.feed import Feed
from plumbline.network import Network, Recipe
from plumbline.weights import load_weights

if TYPE_CHECKING:
    import polars as pl


class Predictor(nn.Module):
    """Blocks -> what the task predicts: (B,) float64 in the target's unit, or probabilities (B, classes) float32."""

    def __init__(self, network: Network, recipe: Recipe) -> None:
        super().__init__()
        self.network = network
        self._task = plugins.load("tasks", recipe["task"]["name"])
        self._state = dict(recipe["task"])
        for name, value in recipe["task"].items():
            if isinstance(value, float):  # a float64 buffer: an exporter would round a plain number to float32
                self.register_buffer(name, torch.tensor(value, dtype=torch.float64), persistent=False)

    def forward(self, blocks: dict[str, Tensor]) -> Tensor:
        state = self._state | dict(self.named_buffers(recurse=False))
        prediction: Tensor = self._task.predict(self.network(blocks), state)
        return prediction


def load_predictor(recipe: Recipe, weights: Path, device: torch.device) -> Predictor:
    """The network with these weights, in evaluation mode, predicting in the target's own terms."""
    network = Network(recipe)
    load_weights(network, weights)
    return Predictor(network, recipe).to(device).eval()


def predict_rows(module: nn.Module, table: pl.DataFrame, recipe: Recipe) -> npt.NDArray[Any]:
    """What a predictor, or a module exported from one, says of a table's raw columns, on the module's device."""
    blocks, device = encode_features(table, recipe["features"]), next(module.parameters()).device
    with torch.inference_mode():
        said: Tensor = module({kind: torch.from_numpy(block).to(device) for kind, block in blocks.items()})
    return said.cpu().numpy()


def predict(predictor: Predictor, blocks: tensors.Blocks, device: torch.device) -> npt.NDArray[Any]:
    """Predictions for every example in order: (N,) float64, or probabilities (N, classes) float32."""
    feed = Feed(blocks, blocks[tensors.TARGET], device)
    with torch.inference_mode():
        parts = [predictor(batch).cpu().numpy() for batch, _ in feed.in_order()]
    return np.concatenate(parts)

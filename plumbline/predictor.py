"""The predictor: a network and its answers, from blocks, or from raw columns, to predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from plumbline import tensors
from plumbline.answer import Answer
from plumbline.encoding import encode_features
from plumbline.feed import Feed
from plumbline.network import Network, Recipe
from plumbline.tensors import Array
from plumbline.weights import load_weights

if TYPE_CHECKING:
    import polars as pl


class Predictor(nn.Module):
    """Blocks -> what is predicted, for each target."""

    def __init__(self, network: Network, recipe: Recipe) -> None:
        super().__init__()
        self.network = network
        self.answers = nn.ModuleList(Answer(target) for target in recipe["targets"])

    def forward(self, blocks: dict[str, Tensor]) -> tuple[Tensor, ...]:
        return tuple(answer(logits) for answer, logits in zip(self.answers, self.network(blocks), strict=True))


def load_predictor(recipe: Recipe, weights: Path, device: torch.device) -> Predictor:
    """The network with these weights, in evaluation mode, predicting in the target's own terms."""
    network = Network(recipe)
    load_weights(network, weights)
    return Predictor(network, recipe).to(device).eval()


def predict_rows(module: nn.Module, table: pl.DataFrame, recipe: Recipe) -> list[Array]:
    """What a predictor, or a module exported from one, says of each target from a table's raw columns."""
    return predict_blocks(module, encode_features(table, recipe["features"]))


def predict_blocks(module: nn.Module, blocks: tensors.Blocks) -> list[Array]:
    """What a predictor, or a module exported from one, says of each target from encoded features (N, n, …)."""
    device, n_rows = next(module.parameters()).device, len(next(iter(blocks.values())))
    size, parts = tensors.most_rows(tensors.row_size(blocks)), []
    with torch.inference_mode():
        for start in range(0, max(1, n_rows), size):
            some = {kind: torch.from_numpy(block[start : start + size]) for kind, block in blocks.items()}
            parts.append(
                [said.cpu().numpy() for said in module({kind: part.to(device) for kind, part in some.items()})]
            )
    return [np.concatenate(part) for part in zip(*parts, strict=True)]


def predict(predictor: Predictor, blocks: tensors.Blocks, device: torch.device) -> list[Array]:
    """For each target its predictions for every example in order: (N,) float64, or (N, classes) float32."""
    feed = Feed(blocks, tensors.targets(blocks), device)
    with torch.inference_mode():
        parts = [[prediction.cpu().numpy() for prediction in predictor(batch)] for batch, _ in feed.in_order()]
    return [np.concatenate(part) for part in zip(*parts, strict=True)]

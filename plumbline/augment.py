"""Augment: training batches changed at random, each column type by its file in plumbline/augmentations."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from plumbline import plugins
from plumbline.network import Recipe
from plumbline.params import Augment
from plumbline.reproducible import derive_seed
from plumbline.tensors import in_blocks


class Augmenter:
    """What changes the blocks of a training batch; every draw follows from seed, epoch and step."""

    def __init__(self, recipe: Recipe, params: Augment, seed: int) -> None:
        known, self._seed = plugins.names("augmentations"), seed
        self._blocks: dict[str, tuple[Any, Any, dict[str, Any]]] = {}
        for name, columns in in_blocks(recipe["features"]).items():
            if (kind := columns[0]["type"]) in known:
                module = plugins.load("augmentations", kind)
                self._blocks[name] = module, module.Params(**params.knobs(kind)), columns[0]["state"]

    def __call__(self, blocks: dict[str, Tensor], epoch: int, step: int) -> dict[str, Tensor]:
        """Blocks {name: (B, n, …)} as the network shall see them in this step."""
        if not self._blocks:
            return blocks
        generator = torch.Generator().manual_seed(derive_seed(self._seed, "augment", epoch, step))
        changed = {
            name: module.augment(blocks[name], knobs, state, generator)
            for name, (module, knobs, state) in self._blocks.items()
        }
        return blocks | changed

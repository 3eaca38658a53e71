"""Batches for the loop: rows of mapped arrays on the CPU, rows of resident tensors on an accelerator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plumbline.tensors import ROWS, TARGET, Array, Blocks, take

Batch = tuple[dict[str, Tensor], Tensor]
"""Blocks {column type: (B, n, …)} and what the loss compares with (B,)."""


class Feed:
    """Examples of one split, ready to be cut into batches on `device`."""

    def __init__(self, blocks: Blocks, target: Array, device: torch.device) -> None:
        self.n_rows = len(target)
        self.truth = blocks[TARGET]
        self._blocks = {name: block for name, block in blocks.items() if name not in (ROWS, TARGET)}
        self._blocks[TARGET] = target
        self._device = device
        self._resident: dict[str, Tensor] = {}
        if device.type != "cpu":
            self._resident = {name: torch.tensor(block, device=device) for name, block in self._blocks.items()}

    def shuffled(self, batch_size: int, generator: np.random.Generator) -> Iterator[Batch]:
        """Every example once, in random order, the last batch smaller where it must be."""
        return self._batches(generator.permutation(self.n_rows), batch_size)

    def in_order(self, batch_size: int = 4096) -> Iterator[Batch]:
        """Every example once, in order."""
        return self._batches(np.arange(self.n_rows), batch_size)

    def _batches(self, order: npt.NDArray[np.int64], batch_size: int) -> Iterator[Batch]:
        for start in range(0, self.n_rows, batch_size):
            tensors = self._take(order[start : start + batch_size])
            target = tensors.pop(TARGET)
            yield tensors, target

    def _take(self, index: npt.NDArray[np.int64]) -> dict[str, Tensor]:
        if self._resident:
            on_device = torch.from_numpy(index).to(self._device)
            return {name: tensor.index_select(0, on_device) for name, tensor in self._resident.items()}
        return {name: torch.from_numpy(block) for name, block in take(self._blocks, index).items()}

"""Batches for the loop: rows of mapped arrays on the CPU, rows of resident tensors on an accelerator."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from plumbline.tensors import ROWS, Array, Blocks, most_rows, row_size, take, target, targets

Batch = tuple[dict[str, Tensor], list[Tensor]]
"""Blocks {column type: (B, n, …)}, and for each target what the loss compares with (B,)."""


class Feed:
    """Examples of one split, ready to be cut into batches on `device`."""

    def __init__(self, blocks: Blocks, compared: list[Array], device: torch.device) -> None:
        self.n_rows = len(compared[0])
        self.truth = targets(blocks)
        self._names = [target(index) for index in range(len(compared))]
        self._blocks = {name: block for name, block in blocks.items() if name != ROWS}
        self._blocks |= dict(zip(self._names, compared, strict=True))
        self._device = device
        self._resident: dict[str, Tensor] = {}
        if device.type != "cpu":
            self._resident = {name: torch.tensor(block, device=device) for name, block in self._blocks.items()}

    def shuffled(self, batch_size: int, generator: np.random.Generator, skip: int = 0) -> Iterator[Batch]:
        """Every example once, in random order, the last batch smaller where it must be; without the first batches."""
        return self._batches(generator.permutation(self.n_rows)[skip * batch_size :], batch_size)

    def in_order(self) -> Iterator[Batch]:
        """Every example once, in order, as many at a time as fit in memory."""
        return self._batches(np.arange(self.n_rows), most_rows(row_size(self._blocks)))

    def _batches(self, order: npt.NDArray[np.int64], batch_size: int) -> Iterator[Batch]:
        for start in range(0, len(order), batch_size):
            tensors = self._take(order[start : start + batch_size])
            yield tensors, [tensors.pop(name) for name in self._names]

    def _take(self, index: npt.NDArray[np.int64]) -> dict[str, Tensor]:
        if self._resident:
            on_device = torch.from_numpy(index).to(self._device)
            return {name: tensor.index_select(0, on_device) for name, tensor in self._resident.items()}
        return {name: torch.from_numpy(block) for name, block in take(self._blocks, index).items()}

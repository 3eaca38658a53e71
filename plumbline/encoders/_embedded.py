"""Numbers embedded column by column, with the indicators of missing values behind them."""

from typing import Any

import torch
from torch import Tensor, nn


class EmbeddedNumbers(nn.Module):
    """(B, n, 2) float32 -> (B, n * width + indicators of the columns that miss values in training)."""

    indicator: Tensor

    def __init__(self, embeddings: nn.Module, width: int, states: list[dict[str, Any]]) -> None:
        super().__init__()
        self.embeddings = embeddings
        missing = [column for column, state in enumerate(states) if state["missing"]]
        self.register_buffer("indicator", torch.tensor(missing, dtype=torch.int64), persistent=False)
        self.widths = [width] * len(states) + [1] * len(missing)

    def forward(self, block: Tensor) -> Tensor:
        embedded = self.embeddings(block[..., 0]).flatten(1)  # (B, n, width) -> (B, n * width)
        return torch.cat([embedded, block[:, self.indicator, 1]], dim=1)

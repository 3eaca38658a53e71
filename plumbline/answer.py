"""The answer: logits turned into a target's own terms."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from plumbline.targets import task_of


class Answer(nn.Module):
    """Logits (B, k, outputs) of one target -> (B,) float64 in its unit, or probabilities (B, classes) float32."""

    def __init__(self, target: dict[str, Any]) -> None:
        super().__init__()
        self._task, self._state = task_of(target), dict(target["task"])
        for name, value in self._state.items():
            if _is_float(value):  # a float64 buffer: an exporter would round a plain number to float32
                self.register_buffer(name, torch.tensor(value, dtype=torch.float64), persistent=False)

    def forward(self, logits: Tensor) -> Tensor:
        prediction: Tensor = self._task.predict(logits, self._state | dict(self.named_buffers()))
        return prediction


def _is_float(value: object) -> bool:
    """Whether a value is a float or a list of floats."""
    return isinstance(value, float) or (isinstance(value, list) and all(isinstance(item, float) for item in value))

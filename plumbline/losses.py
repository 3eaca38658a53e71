"""Losses of torch.nn by name: which fit a task, and how each takes logits and targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from plumbline.errors import InputError
from plumbline.params import Train
from plumbline.tasks import ordinal

Arguments = Callable[[Tensor, Tensor], tuple[Tensor, ...]]


def _value(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    return logits[:, 0], target


def _mean_and_variance(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    return logits[:, 0], target, functional.softplus(logits[:, 1]) + 1e-6


def _logits(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    return logits, target


def _log_probabilities(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    return logits.log_softmax(1), target


def _probabilities(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    return logits.softmax(1), functional.one_hot(target, logits.shape[1]).to(logits.dtype)


def _ordinal_log_probabilities(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    return ordinal.log_probabilities(logits), target


def _margin(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    return logits[:, 1] - logits[:, 0], target.to(logits.dtype)


def _signed_margin(logits: Tensor, target: Tensor) -> tuple[Tensor, ...]:
    return logits[:, 1] - logits[:, 0], 2 * target.to(logits.dtype) - 1


REGRESSION: dict[str, Arguments] = {
    "MSELoss": _value,
    "L1Loss": _value,
    "SmoothL1Loss": _value,
    "HuberLoss": _value,
    "PoissonNLLLoss": _value,
    "GaussianNLLLoss": _mean_and_variance,
}
CLASSIFICATION: dict[str, Arguments] = {
    "CrossEntropyLoss": _logits,
    "MultiMarginLoss": _logits,
    "NLLLoss": _log_probabilities,
    "BCELoss": _probabilities,
    "MSELoss": _probabilities,
    "L1Loss": _probabilities,
    "SmoothL1Loss": _probabilities,
    "HuberLoss": _probabilities,
    "BCEWithLogitsLoss": _margin,
    "SoftMarginLoss": _signed_margin,
}
ORDINAL: dict[str, Arguments] = {"NLLLoss": _ordinal_log_probabilities}
FITTING = {"regression": REGRESSION, "classification": CLASSIFICATION, "ordinal": ORDINAL}
"""For each task the losses that fit it."""


class Objective(nn.Module):
    """The mean loss over examples and ensemble members, each member judged by itself (TabM's training)."""

    def __init__(self, name: str, knobs: dict[str, Any], arguments: Arguments, class_weights: Tensor | None) -> None:
        super().__init__()
        self._criterion = _construct(name, knobs, reduction="mean" if class_weights is None else "none")
        self._arguments = arguments
        self.class_weights: Tensor | None
        self.register_buffer("class_weights", class_weights)

    def forward(self, logits: Tensor, target: Tensor) -> Tensor:
        members = logits.shape[1]
        flat, repeated = logits.flatten(0, 1), target.repeat_interleave(members)  # (B, k, o) -> (B * k, o)
        loss: Tensor = self._criterion(*self._arguments(flat, repeated))
        if self.class_weights is None:
            return loss
        weights = self.class_weights[repeated]
        per_example = loss.flatten(1).mean(1) if loss.ndim > 1 else loss
        return (per_example * weights).sum() / weights.sum()


class Objectives(nn.Module):
    """The sum of every target's loss, of logits (B, k, outputs) and targets (B,) each."""

    def __init__(self, objectives: list[Objective]) -> None:
        super().__init__()
        self.objectives = nn.ModuleList(objectives)

    def forward(self, logits: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
        parts = zip(self.objectives, logits, targets, strict=True)
        return torch.stack([objective(part.float(), target) for objective, part, target in parts]).sum()


def build_objectives(train: Train, recipe: dict[str, Any], targets: list[npt.NDArray[Any]]) -> Objectives:
    """The loss that each target's task names, with train.loss's arguments; `targets` are those of the train examples.

    InputError where an argument, or class weights, fit no target.
    """
    tasks = [target["task"] for target in recipe["targets"]]
    if train.class_weights and not any("classes" in task for task in tasks):
        raise InputError("params.yaml: train.class_weights: the target is a number; set it to null")
    return Objectives([_build_objective(train, task, target) for task, target in zip(tasks, targets, strict=True)])


def _build_objective(train: Train, task: dict[str, Any], target: npt.NDArray[Any]) -> Objective:
    fitting = FITTING[task["name"]]
    if task["loss"] not in fitting:
        fit = "do" if len(fitting) > 1 else "does"
        raise InputError(
            f"params.yaml: train.loss.name: {task['loss']} does not fit {task['name']}; {', '.join(fitting)} {fit}"
        )
    weights = _balanced_weights(target, task) if train.class_weights and "classes" in task else None
    try:
        objective = Objective(task["loss"], train.loss.knobs, fitting[task["loss"]], weights)
        objective(torch.zeros(1, 1, task["outputs"]), torch.tensor(target[:1]))  # some arguments are only checked here
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"params.yaml: train.loss.{task['loss']}: {error}") from None
    return objective


def _balanced_weights(target: npt.NDArray[Any], task: dict[str, Any]) -> Tensor:
    """N / (classes * count) for each class, (classes,) float32: scikit-learn's "balanced"."""
    counts = np.bincount(target, minlength=len(task["classes"]))
    return torch.tensor(len(target) / (len(counts) * counts.clip(1)), dtype=torch.float32)


def _construct(name: str, knobs: dict[str, Any], reduction: str) -> nn.Module:
    tensors = {key: torch.tensor(value, dtype=torch.float32) for key, value in knobs.items() if isinstance(value, list)}
    module: nn.Module = getattr(nn, name)(**(knobs | tensors), reduction=reduction)
    return module

"""Optimizers and schedulers of torch.optim by name, with what the loop knows filled in."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer, lr_scheduler

from plumbline import params
from plumbline.errors import InputError

STEP_SCHEDULERS = ("OneCycleLR", "CyclicLR")
"""Schedulers that move after each step; the others move after each epoch."""


def build_optimizer(choice: params.Optimizer, parameters: Iterable[nn.Parameter], device: torch.device) -> Optimizer:
    """The optimizer named in params.yaml; fused where torch can, because fused bits are equal on more CPUs."""
    make = getattr(torch.optim, choice.name)
    fused = {"fused": True} if "fused" in _signature(make) and device.type in ("cpu", "cuda") else {}
    with blamed_on(f"train.optimizer.{choice.name}"):
        optimizer: Optimizer = make(parameters, **{"lr": choice.lr, **fused, **_tuples(choice.knobs)})
    return optimizer


def build_scheduler(
    choice: params.Scheduler, optimizer: Optimizer, lr: float, epochs: int, steps: int
) -> lr_scheduler.LRScheduler | None:
    """The scheduler named in params.yaml over `epochs` of `steps` each, or None for a constant rate."""
    if choice.name is None:
        return None
    make = getattr(lr_scheduler, choice.name)
    known = {"total_steps": epochs * steps, "max_lr": lr, "T_max": epochs}
    supplied = {name: value for name, value in known.items() if name in _signature(make)}
    with blamed_on(f"train.scheduler.{choice.name}"):
        scheduler: lr_scheduler.LRScheduler = make(optimizer, **(supplied | choice.knobs))
    return scheduler


@contextmanager
def blamed_on(key: str) -> Iterator[None]:
    """Turn what torch says against its arguments into an InputError that names their key in params.yaml."""
    try:
        yield
    except ZeroDivisionError:
        raise InputError(f"params.yaml: {key}: divides by zero; change its arguments or train.epochs") from None
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"params.yaml: {key}: {error}") from None


def _signature(make: Any) -> Iterable[str]:
    return inspect.signature(make).parameters


def _tuples(knobs: dict[str, Any]) -> dict[str, Any]:
    """YAML has lists where torch wants tuples (betas)."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in knobs.items()}

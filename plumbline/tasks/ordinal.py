"""Ordinal: one of the classes of an order is predicted, and a near miss counts less than a far one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plumbline.classes import is_number
from plumbline.errors import InputError
from plumbline.tasks import classification
from plumbline.tasks._decision import decide
from plumbline.tasks.classification import baseline, draw, scale_target, table

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    from plumbline.params import Loss, Task

    Array = npt.NDArray[Any]

__all__ = ["baseline", "draw", "scale_target", "table"]

TARGET_TYPES = ("category",)
DEFAULT_LOSS = "NLLLoss"
METRICS = {"mae": False, "quadratic_weighted_kappa": True} | classification.METRICS
"""Each metric that `metrics` can give, and whether more of it is better."""
MAIN_METRIC = "mae"
GREATER_IS_BETTER = METRICS[MAIN_METRIC]
BASELINE_MEANS = "always answering the median training class"


def prepare(task: Task, loss: Loss, target: dict[str, Any]) -> dict[str, Any]:
    """The task's part of the recipe: loss, classes from low to high, index of the positive one, number of outputs."""
    classes = target["state"]["classes"]
    if task.order is None and not all(map(is_number, classes)):
        raise InputError(
            f"params.yaml: task.order: {target['name']!r} has classes that are no numbers ({', '.join(classes[:5])}); "
            "list them from low to high"
        )
    name = DEFAULT_LOSS if loss.name == "auto" else loss.name
    named = classification.name_classes(task, target)
    return {"name": "ordinal", "loss": name, **named, "outputs": len(classes) - 1}


def log_probabilities(logits: Tensor) -> Tensor:
    """Logits (…, classes - 1) -> log-probabilities (…, classes) by continuation ratios.

    Logit j is that of a rank above j among those of j or above, so that P(rank > j) falls with j: the ranks are
    consistent (CORN: Shi, Cao and Raschka 2021), and the likelihood of this model is CORN's loss.
    """
    import torch
    from torch.nn.functional import logsigmoid

    certain = torch.zeros_like(logits[..., :1])
    reached = torch.cat([certain, logsigmoid(logits).cumsum(-1)], -1)  # log P(rank >= j)
    return reached + torch.cat([logsigmoid(-logits), certain], -1)


def predict(logits: Tensor, state: dict[str, Any]) -> Tensor:
    """Logits (B, k, classes - 1) -> probabilities (B, classes): the mean of the members' probabilities."""
    return log_probabilities(classification.cool(logits.float(), state)).exp().mean(1)


def main_metric(truth: Array, prediction: Array, state: dict[str, Any]) -> float:
    """Mean absolute error in ranks, for the learning curve.

    It is the main metric because it has a unit and is defined for any examples, one class or one row too; kappa is not.
    """
    return float(abs(decide(prediction, state) - truth).mean())


def metrics(truth: Array, prediction: Array, state: dict[str, Any]) -> dict[str, float]:
    """Mean absolute error in ranks, quadratic weighted kappa where it is defined, and a classification's metrics."""
    import numpy as np
    from sklearn import metrics as sk

    label, ranks = decide(prediction, state), np.arange(len(state["classes"]))
    measured = {"mae": float(sk.mean_absolute_error(truth, label))}
    if len(np.union1d(truth, label)) > 1:
        kappa = sk.cohen_kappa_score(truth, label, labels=ranks, weights="quadratic")
        measured["quadratic_weighted_kappa"] = float(kappa)
    return measured | classification.metrics(truth, prediction, state)


def resampled_metrics(truth: Array, prediction: Array, state: dict[str, Any], rows: Array) -> dict[str, Array]:
    """`metrics` of each resample rows[i] of the examples, (R, N) -> (R,) each; NaN where `metrics` leaves one out."""
    from plumbline.tasks import _resamples

    label = decide(prediction, state)
    return {
        "mae": _resamples.mean(abs(label - truth), rows),
        "quadratic_weighted_kappa": _resamples.quadratic_kappa(truth, label, rows),
        **classification.resampled_metrics(truth, prediction, state, rows),
    }

"""Calibration: a temperature and a threshold for each target of classes, fitted on the validation examples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from plumbline.answer import Answer
from plumbline.errors import InputError
from plumbline.feed import Feed
from plumbline.network import Recipe
from plumbline.params import Task
from plumbline.targets import decides_by_threshold
from plumbline.tasks import _resamples
from plumbline.tensors import Array

_LOG_RANGE = (-3.0, 3.0)  # of the temperature: 0.05 to 20


def check_validation(task: Task, recipe: Recipe, val: Feed) -> None:
    """InputError where `task` chooses on validation examples and they are none, or of one class only."""
    by_metric = isinstance(task.threshold, str)
    for key, wanted in (("threshold", by_metric), ("calibrate", task.calibrate is not None)):
        if wanted and not val.n_rows:
            raise InputError(
                f"params.yaml: task.{key}: is fitted on validation examples, and there are none; "
                f"set split.ratios.val above 0, or task.{key} to null"
            )
    for target, truth in zip(recipe["targets"], val.truth, strict=True):
        if by_metric and decides_by_threshold(target) and len(np.unique(truth)) == 1:
            raise InputError(
                f"params.yaml: task.threshold: {target['name']!r} is {target['task']['classes'][truth[0]]} in every "
                "validation example; set it to a number, or take a stratified split"
            )


def calibrate(network: nn.Module, recipe: Recipe, val: Feed, task: Task) -> tuple[Recipe, dict[str, Any]]:
    """The recipe with what `task` has fitted on the validation examples, and for each target what that is."""
    if task.calibrate is None and not isinstance(task.threshold, str):
        return recipe, {}
    targets: list[dict[str, Any]] = []
    report: dict[str, Any] = {}
    for target, logits, truth in zip(recipe["targets"], _predict_logits(network, val), val.truth, strict=True):
        said: dict[str, Any] = {}
        if task.calibrate and "classes" in target["task"]:
            target, fitted = _fit_temperature(target, logits, truth)
            said |= fitted
        if isinstance(task.threshold, str) and decides_by_threshold(target):
            target, fitted = _choose_threshold(target, logits, truth, task.threshold)
            said |= fitted
        targets.append(target)
        report |= {target["name"]: said} if said else {}
    return recipe | {"targets": targets}, report


@torch.inference_mode()
def _predict_logits(network: nn.Module, val: Feed) -> list[Tensor]:
    """Each target's logits (N, k, outputs) of all validation examples, on the CPU, in the precision of `evaluate`."""
    network.eval()
    parts = [[logits.cpu() for logits in network(blocks)] for blocks, _ in val.in_order()]
    return [torch.cat(part) for part in zip(*parts, strict=True)]


def _with(target: dict[str, Any], **state: float) -> dict[str, Any]:
    return target | {"task": target["task"] | state}


@torch.inference_mode()
def _probabilities(target: dict[str, Any], logits: Tensor) -> Array:
    """(N, classes) float64."""
    prediction: Array = Answer(target)(logits).double().numpy()
    return prediction


def _fit_temperature(target: dict[str, Any], logits: Tensor, truth: Array) -> tuple[dict[str, Any], dict[str, Any]]:
    """The target with the temperature (Guo et al. 2017) whose mean of the members' probabilities fits best."""
    from scipy.optimize import minimize_scalar

    def loss(log_temperature: float) -> float:
        return _log_loss(_probabilities(_with(target, temperature=math.exp(log_temperature)), logits), truth)

    found = minimize_scalar(loss, bounds=_LOG_RANGE, method="bounded", options={"xatol": 1e-6})
    before, after = loss(0.0), float(found.fun)
    temperature = float(f"{math.exp(found.x):.6g}") if after < before else 1.0
    report = {"temperature": temperature, "log_loss_before": before, "log_loss_after": min(before, after)}
    return _with(target, temperature=temperature), report


def _log_loss(probability: Array, truth: Array) -> float:
    """Mean of -log P(true class), clipped as scikit-learn does."""
    tiny = np.finfo(float).eps
    given = probability[np.arange(len(truth)), truth] / probability.sum(1)
    return math.fsum(-np.log(np.clip(given, tiny, 1 - tiny))) / len(truth)


def _choose_threshold(
    target: dict[str, Any], logits: Tensor, truth: Array, metric: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The target with the threshold at which `metric` is highest, as scikit-learn's TunedThresholdClassifierCV."""
    positive = target["task"]["positive"]
    score, is_positive = _probabilities(target, logits)[:, positive], np.asarray(truth) == positive
    threshold, best, at_half = best_threshold(score, is_positive, metric)
    report = {"threshold": threshold, "metric": metric, metric: best, f"{metric}_at_half": at_half}
    return _with(target, threshold=threshold), report


def best_threshold(score: Array, is_positive: Array, metric: str) -> tuple[float, float, float]:
    """Threshold on scores (N,) in [0, 1] at which `metric` is highest, its value there, and its value at 0.5.

    Thresholds lie midway between scores, so that no last bit decides; of equally good ones it is the nearest to 0.5,
    then the lower.
    """
    edges = np.unique(np.concatenate([[0.0, 1.0], score]))
    cuts = np.unique(np.append((edges[:-1] + edges[1:]) / 2, 0.5))
    called, hit = (len(values) - np.searchsorted(np.sort(values), cuts) for values in (score, score[is_positive]))
    missed, n_positive = is_positive.sum() - hit, is_positive.sum()
    right_no = len(score) - n_positive - (called - hit)
    hits, support, calls = (
        np.stack(pair, axis=1)
        for pair in ((right_no, hit), (right_no + called - hit, missed + hit), (right_no + missed, called))
    )
    values = _resamples.label_metrics(hits, support, calls, positive=1)[metric]
    good = np.flatnonzero(values >= values.max() - 1e-12)
    chosen = good[np.argmin(abs(cuts[good] - 0.5))]
    return float(cuts[chosen]), float(values[chosen]), float(values[np.searchsorted(cuts, 0.5)])

"""Transforms of a number target: fitted on the quantiles of the train targets, inverted in every prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    Array = npt.NDArray[Any]

_MOST = 100.0  # log1p predicts up to this many times the largest train target: beyond, an odd row would be infinite


def fit(name: str | None, target: dict[str, Any]) -> dict[str, Any]:
    """The state of transform `name` (log1p, quantile, None) for a target of columns.json; InputError where it cannot.

    log1p: the logarithm at which predictions end. quantile: knots and their normal scores.
    """
    import numpy as np

    from plumbline.distribution import normal_scores

    grid = np.array(target["state"]["grid"])
    if name == "log1p":
        if grid[0] < 0:
            raise InputError(
                f"params.yaml: task.transform: log1p takes targets of 0 or more, the smallest of {target['name']!r} "
                f"is {grid[0]:g}; quantile takes any number"
            )
        return {"transform": name, "largest": float(np.log1p(_MOST * max(grid[-1], 1.0)))}
    if name == "quantile":
        knots, scores = normal_scores(grid)
        return {"transform": name, "knots": knots, "scores": scores}
    return {"transform": name}


def forward(target: Array, state: dict[str, Any]) -> Array:
    """Targets (N,) in their own unit -> transformed, (N,) float64; what train never had ends where train ends."""
    import numpy as np

    if state["transform"] == "log1p":
        return np.log1p(np.maximum(target, 0))
    if state["transform"] == "quantile":
        return np.interp(target, state["knots"], state["scores"])
    return target


def invert(value: Tensor, state: dict[str, Any]) -> Tensor:
    """Transformed predictions of any shape -> the target's own unit, float64; never outside what `forward` takes."""
    if state["transform"] == "log1p":
        return value.clamp(min=0).minimum(_constant(state["largest"])).exp() - 1
    if state["transform"] == "quantile":
        return _interpolate(value, _constant(state["scores"]), _constant(state["knots"]))
    return value


def _constant(values: Any) -> Tensor:
    """Floats of a recipe, or the buffer that holds them, as float64."""
    import torch

    return torch.as_tensor(values, dtype=torch.float64)


def _interpolate(value: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """np.interp in operators that every format has: the knot below is found by counting those that are reached."""
    if len(x) == 1:
        return value * 0 + y
    inside = value.maximum(x[0]).minimum(x[-1])
    below = (inside.unsqueeze(-1) >= x[1:-1]).sum(-1)
    slopes = (y[1:] - y[:-1]) / (x[1:] - x[:-1])
    return y[below] + (inside - x[below]) * slopes[below]

"""Regression: a number is predicted, in its own unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError
from plumbline.tasks import _transforms

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import Figure
    from torch import Tensor

    from plumbline.params import Loss, Task

    Array = npt.NDArray[Any]

TARGET_TYPES = ("number",)
DEFAULT_LOSS = "MSELoss"
METRICS = {
    "rmse": False,
    "mae": False,
    "median_absolute_error": False,
    "max_error": False,
    "r2": True,
    "explained_variance": True,
}
"""Each metric that `metrics` can give, and whether more of it is better."""
MAIN_METRIC = "rmse"
GREATER_IS_BETTER = METRICS[MAIN_METRIC]
_LARGEST_LOG = 50.0  # of a Poisson rate: further its exponential would soon be infinite
BASELINE_MEANS = "always predicting the mean of the training targets"


def prepare(task: Task, loss: Loss, target: dict[str, Any]) -> dict[str, Any]:
    """The task's part of the recipe: loss, transform and scale of the target, number of outputs."""
    import numpy as np

    from plumbline.distribution import mean_and_std

    name = DEFAULT_LOSS if loss.name == "auto" else loss.name
    if name == "PoissonNLLLoss" and task.scale_target:
        raise InputError("params.yaml: task.scale_target: PoissonNLLLoss takes counts as they are; set it to false")
    fitted = _transforms.fit(task.transform, target)
    mean, std = 0.0, 1.0
    if task.scale_target and task.transform:
        mean, std = mean_and_std(_transforms.forward(np.array(target["state"]["grid"]), fitted))
    elif task.scale_target:
        mean, std = target["state"]["mean"], target["state"]["std"]
    log_rate = name == "PoissonNLLLoss" and loss.knobs.get("log_input", True)
    outputs = 2 if name == "GaussianNLLLoss" else 1
    scale = {"mean": mean, "std": std, "log_rate": log_rate}
    return {"name": "regression", "loss": name, **fitted, **scale, "outputs": outputs}


def scale_target(target: Array, state: dict[str, Any]) -> Array:
    """Targets (N,) in their own unit -> what the loss compares with, (N,) float32."""
    import numpy as np

    return ((_transforms.forward(target, state) - state["mean"]) / state["std"]).astype(np.float32)


def predict(logits: Tensor, state: dict[str, Any]) -> Tensor:
    """Logits (B, k, outputs) -> predictions (B,) float64 in the target's unit: the mean over members."""
    value = logits[:, :, 0].double()
    if state["log_rate"]:
        value = value.clamp(max=_LARGEST_LOG).exp()
    else:
        value = _transforms.invert(value * state["std"] + state["mean"], state)
    return value.mean(1)


def main_metric(truth: Array, prediction: Array, state: dict[str, Any]) -> float:
    """Root mean squared error, for the learning curve."""
    return float(((truth - prediction) ** 2).mean() ** 0.5)


def metrics(truth: Array, prediction: Array, state: dict[str, Any]) -> dict[str, float]:
    """Metrics by scikit-learn's names, in the target's unit where they have one."""
    from sklearn import metrics as sk

    measured = {
        "rmse": sk.root_mean_squared_error(truth, prediction),
        "mae": sk.mean_absolute_error(truth, prediction),
        "median_absolute_error": sk.median_absolute_error(truth, prediction),
        "max_error": sk.max_error(truth, prediction),
    }
    if len(truth) > 1 and truth.min() < truth.max():
        measured["r2"] = sk.r2_score(truth, prediction)
        measured["explained_variance"] = sk.explained_variance_score(truth, prediction)
    return {name: float(value) for name, value in measured.items()}


def resampled_metrics(truth: Array, prediction: Array, state: dict[str, Any], rows: Array) -> dict[str, Array]:
    """`metrics` of each resample rows[i] of the examples, (R, N) -> (R,) each; NaN where `metrics` leaves one out."""
    import numpy as np

    targets, errors = truth[rows], (truth - prediction)[rows]
    distances, squares = abs(errors), (errors**2).mean(1)
    spread = np.where(targets.min(1) < targets.max(1), targets.var(1), np.nan)
    return {
        "rmse": squares**0.5,
        "mae": distances.mean(1),
        "median_absolute_error": np.median(distances, axis=1),
        "max_error": distances.max(1),
        "r2": 1 - squares / spread,
        "explained_variance": 1 - errors.var(1) / spread,
    }


def baseline(train_target: Array, n_rows: int, state: dict[str, Any]) -> Array:
    """What a dummy predicts that knows only the train targets: their mean, (n_rows,)."""
    import numpy as np
    from sklearn.dummy import DummyRegressor

    dummy = DummyRegressor(strategy="mean").fit(np.zeros((len(train_target), 1)), train_target)
    prediction: Array = dummy.predict(np.zeros((n_rows, 1)))
    return prediction


def table(
    truth: Array,
    trained: Array,
    untrained: Array,
    state: dict[str, Any],
) -> dict[str, Any]:
    """Columns of predictions.parquet, each (N,)."""
    return {"truth": truth, "prediction": trained, "untrained": untrained}


def draw(
    truth: Array,
    trained: Array,
    untrained: Array,
    state: dict[str, Any],
    target: str,
) -> tuple[dict[str, Figure], dict[str, list[dict[str, Any]]]]:
    """Figures of test predictions by file name, and the rows behind those that are DVC plots."""
    from plumbline import result_figures as figures

    drawn = {
        "before_and_after": figures.truth_and_predictions(truth, untrained, trained, target),
        "residuals": figures.residuals(truth, trained),
    }
    return drawn, {"residuals": figures.residual_rows(truth, trained)}

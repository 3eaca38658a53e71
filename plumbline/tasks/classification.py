"""Classification: one of two or more classes is predicted, with a probability for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plumbline.errors import InputError
from plumbline.tasks._decision import decide

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import Figure
    from torch import Tensor

    from plumbline.params import Loss, Task

    Array = npt.NDArray[Any]

TARGET_TYPES = ("category", "boolean")
DEFAULT_LOSS = "CrossEntropyLoss"
METRICS = {
    "accuracy": True,
    "balanced_accuracy": True,
    "matthews_corrcoef": True,
    "log_loss": False,
    "precision": True,
    "recall": True,
    "f1": True,
    "precision_macro": True,
    "recall_macro": True,
    "f1_macro": True,
    "brier_score_loss": False,
    "roc_auc": True,
    "average_precision": True,
    "roc_auc_ovr": True,
    "average_precision_macro": True,
}
"""Each metric that `metrics` can give, and whether more of it is better."""
MAIN_METRIC = "accuracy"
GREATER_IS_BETTER = METRICS[MAIN_METRIC]
BASELINE_MEANS = "always answering the most frequent training class"


def prepare(task: Task, loss: Loss, target: dict[str, Any]) -> dict[str, Any]:
    """The task's part of the recipe: loss, classes, index of the positive one, number of outputs."""
    classes = target["state"]["classes"]
    name = DEFAULT_LOSS if loss.name == "auto" else loss.name
    if name in ("BCEWithLogitsLoss", "SoftMarginLoss") and len(classes) > 2:
        raise InputError(
            f"params.yaml: train.loss.name: {name} is for two classes, {target['name']!r} has {len(classes)}; "
            "CrossEntropyLoss takes any number"
        )
    state = {"name": "classification", "loss": name, **name_classes(task, target), "outputs": len(classes)}
    if isinstance(task.threshold, float) and len(classes) == 2:
        state["threshold"] = task.threshold
    return state


def name_classes(task: Task, target: dict[str, Any]) -> dict[str, Any]:
    """The classes of a target of columns.json, and the index of the positive one."""
    classes = target["state"]["classes"]
    positive = classes.index(task.positive_class) if task.positive_class in classes else len(classes) - 1
    return {"classes": classes, "positive": positive}


def scale_target(target: Array, state: dict[str, Any]) -> Array:
    """Class indices (N,) int64 are what the loss compares with."""
    return target


def predict(logits: Tensor, state: dict[str, Any]) -> Tensor:
    """Logits (B, k, classes) -> probabilities (B, classes): the mean of the members' probabilities."""
    return cool(logits.float(), state).softmax(-1).mean(1)


def cool(logits: Tensor, state: dict[str, Any]) -> Tensor:
    """Logits divided by the temperature that was fitted on the validation examples, where one was (Guo et al. 2017)."""
    return logits / state["temperature"] if "temperature" in state else logits


def main_metric(truth: Array, prediction: Array, state: dict[str, Any]) -> float:
    """Accuracy, for the learning curve."""
    return float((decide(prediction, state) == truth).mean())


def metrics(truth: Array, prediction: Array, state: dict[str, Any]) -> dict[str, float]:
    """Metrics by scikit-learn's names; with more than two classes the names of its scorers (macro, one vs rest).

    A metric that the examples do not define is left out (ROC AUC where only one class occurs).
    """
    import numpy as np
    from sklearn import metrics as sk

    probability = _normalised(prediction)
    label, classes = decide(prediction, state), np.arange(len(state["classes"]))
    measured = {
        "accuracy": sk.accuracy_score(truth, label),
        "balanced_accuracy": sk.recall_score(truth, label, average="macro", labels=np.unique(truth), zero_division=0),
        "matthews_corrcoef": sk.matthews_corrcoef(truth, label),
        "log_loss": sk.log_loss(truth, probability, labels=classes),
    }
    special = _binary if len(classes) == 2 else _multiclass
    measured |= special(truth, probability, label, state)
    return {name: float(value) for name, value in measured.items()}


def _binary(truth: Any, probability: Any, label: Any, state: dict[str, Any]) -> dict[str, Any]:
    from sklearn import metrics as sk

    is_positive, score = truth == state["positive"], probability[:, state["positive"]]
    is_called = label == state["positive"]
    precision, recall, f1, _ = sk.precision_recall_fscore_support(
        is_positive, is_called, average="binary", zero_division=0
    )
    measured = {"precision": precision, "recall": recall, "f1": f1}
    measured["brier_score_loss"] = ((score - is_positive) ** 2).mean()
    if is_positive.any() and not is_positive.all():
        measured["roc_auc"] = sk.roc_auc_score(is_positive, score)
        measured["average_precision"] = sk.average_precision_score(is_positive, score)
    return measured


def _multiclass(truth: Any, probability: Any, label: Any, state: dict[str, Any]) -> dict[str, Any]:
    import numpy as np
    from sklearn import metrics as sk

    labels = np.arange(len(state["classes"]))
    precision, recall, f1, _ = sk.precision_recall_fscore_support(
        truth, label, average="macro", labels=labels, zero_division=0
    )
    measured = {"precision_macro": precision, "recall_macro": recall, "f1_macro": f1}
    one_hot = truth[:, None] == labels
    measured["brier_score_loss"] = ((probability - one_hot) ** 2).sum(1).mean()
    if len(np.unique(truth)) == len(labels):
        measured["roc_auc_ovr"] = sk.roc_auc_score(truth, probability, multi_class="ovr", labels=labels)
        measured["average_precision_macro"] = sk.average_precision_score(one_hot, probability, average="macro")
    return measured


def _normalised(prediction: Array) -> Array:
    probability = prediction.astype(float)
    return probability / probability.sum(1, keepdims=True)


def resampled_metrics(truth: Array, prediction: Array, state: dict[str, Any], rows: Array) -> dict[str, Array]:
    """`metrics` of each resample rows[i] of the examples, (R, N) -> (R,) each; NaN where `metrics` leaves one out."""
    import numpy as np

    from plumbline.tasks import _resamples

    probability, n_classes = _normalised(prediction), len(state["classes"])
    one_hot = truth[:, None] == np.arange(n_classes)
    positive = state["positive"] if n_classes == 2 else None
    judged = np.arange(n_classes) if positive is None else np.array([positive])
    tiny = np.finfo(float).eps  # as scikit-learn clips
    surprise = -np.log(np.clip(probability[np.arange(len(truth)), truth], tiny, 1 - tiny))
    error = ((probability - one_hot)[:, judged] ** 2).sum(1)
    ranked = _resamples.mean_ranking_metrics(truth, probability, judged, rows)
    names = ("roc_auc_ovr", "average_precision_macro") if positive is None else ("roc_auc", "average_precision")
    counts = _resamples.count_labels(truth, decide(prediction, state), n_classes, rows)
    return _resamples.label_metrics(*counts, positive) | {
        "log_loss": _resamples.mean(surprise, rows),
        "brier_score_loss": _resamples.mean(error, rows),
        **dict(zip(names, ranked, strict=True)),
    }


def baseline(train_target: Array, n_rows: int, state: dict[str, Any]) -> Array:
    """What a dummy predicts that knows only the train targets: the shares of the classes, (n_rows, classes)."""
    import numpy as np
    from sklearn.dummy import DummyClassifier

    dummy = DummyClassifier(strategy="prior").fit(np.zeros((len(train_target), 1)), train_target)
    prediction: Array = dummy.predict_proba(np.zeros((n_rows, 1)))
    return prediction


def table(
    truth: Array,
    trained: Array,
    untrained: Array,
    state: dict[str, Any],
) -> dict[str, Any]:
    """Columns of predictions.parquet, each (N,): labels, and the probability of each class before and after."""
    import numpy as np

    classes = np.array(state["classes"], dtype=object)
    columns: dict[str, Any] = {"truth": classes[truth], "prediction": classes[decide(trained, state)]}
    columns["untrained"] = classes[decide(untrained, state)]
    columns |= {f"probability: {name}": trained[:, i] for i, name in enumerate(classes)}
    return columns | {f"untrained: {name}": untrained[:, i] for i, name in enumerate(classes)}


def draw(
    truth: Array,
    trained: Array,
    untrained: Array,
    state: dict[str, Any],
    target: str,
) -> tuple[dict[str, Figure], dict[str, list[dict[str, Any]]]]:
    """Figures of test predictions by file name, and the rows behind those that are DVC plots."""
    from plumbline import class_figures, curve_figures

    classes, positive, label = state["classes"], state["positive"], decide(trained, state)
    seen = (truth, trained, classes, positive)
    drawn = {
        "before_and_after": class_figures.probabilities_before_and_after(truth, untrained, trained, classes, positive),
        "confusion": class_figures.confusion_matrix(truth, label, classes),
        "roc": curve_figures.roc_curves(*seen, state.get("threshold")),
        "precision_recall": curve_figures.precision_recall_curves(*seen, state.get("threshold")),
        "calibration": curve_figures.calibration(*seen),
    }
    rows = {
        "confusion": class_figures.confusion_rows(truth, label, classes),
        "roc": curve_figures.roc_rows(*seen),
        "precision_recall": curve_figures.precision_recall_rows(*seen),
        "calibration": curve_figures.calibration_rows(*seen),
    }
    return drawn, rows

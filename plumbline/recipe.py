"""The recipe that travels with the weights: all that rebuilds the network and the way from raw values into it."""

from __future__ import annotations

from typing import Any

from plumbline import plugins
from plumbline.errors import InputError
from plumbline.params import Choice, Encoders, Loss, Model, Task
from plumbline.targets import decides_by_threshold


def write_recipe(fitted: dict[str, Any], encoders: Encoders, model: Model, task: Task, loss: Loss) -> dict[str, Any]:
    """Recipe for fitted columns (columns.json) and the choices of params.yaml, with every default spelled out."""
    if not fitted["features"]:
        raise InputError("data/columns.json: holds no feature; a model needs a column besides the target")
    targets = [target | {"task": _prepare(target, task, loss)} for target in fitted["targets"]]
    _check_positive(task.positive_class, targets)
    _check_decision(task, targets)
    kinds = {feature["block"]: feature["type"] for feature in fitted["features"]}
    return {
        "features": fitted["features"],
        "encoders": {block: _spell_out("encoders", encoders.choice(kind)) for block, kind in kinds.items()},
        "model": _spell_out("models", model),
        "targets": targets,
    }


def _prepare(target: dict[str, Any], task: Task, loss: Loss) -> dict[str, Any]:
    state: dict[str, Any] = plugins.load("tasks", _task_name(task, target)).prepare(task, loss, target)
    return state


def _check_positive(positive: str | None, targets: list[dict[str, Any]]) -> None:
    """InputError where `positive` is a class of none of the targets of two classes."""
    found = [target for target in targets if len(target["task"].get("classes", [])) == 2]
    known = [name for target in found for name in target["task"]["classes"]]
    if positive is None or positive in known:
        return
    if not found:
        is_class = any("classes" in target["task"] for target in targets)
        why = f"is for two classes, and {_kinds(targets)}" if is_class else "the target is a number"
        raise InputError(f"params.yaml: task.positive: {why}; set it to null")
    names = " or ".join(repr(target["name"]) for target in found)
    raise InputError(f"params.yaml: task.positive: {positive!r} is no class of {names}; there are {', '.join(known)}")


def _check_decision(task: Task, targets: list[dict[str, Any]]) -> None:
    """InputError where a threshold, a temperature or a transform fits none of the targets."""
    if task.threshold is not None and not any(map(decides_by_threshold, targets)):
        raise InputError(
            f"params.yaml: task.threshold: is for a classification of two classes, and {_kinds(targets)}; "
            "set it to null"
        )
    is_class = ["classes" in target["task"] for target in targets]
    if task.calibrate is not None and not any(is_class):
        raise InputError(
            "params.yaml: task.calibrate: is for probabilities, and the target is a number; set it to null"
        )
    if task.transform is not None and all(is_class):
        raise InputError("params.yaml: task.transform: is for numbers, and the target is a class; set it to null")


def _kinds(targets: list[dict[str, Any]]) -> str:
    """What each target is, in words."""
    return " and ".join(f"{target['name']!r} {_kind(target['task'])}" for target in targets)


def _kind(task: dict[str, Any]) -> str:
    if "classes" not in task:
        return "is a number"
    return "is ordinal" if task["name"] == "ordinal" else f"has {len(task['classes'])} classes"


def _spell_out(folder: str, choice: Choice) -> dict[str, Any]:
    knobs = plugins.load(folder, choice.name).Params(**choice.knobs)
    return {"name": choice.name, "knobs": knobs.model_dump()}


def _task_name(task: Task, target: dict[str, Any]) -> str:
    """The task's name; `auto` is the one that takes the target's type."""
    takes = {name: module.TARGET_TYPES for name, module in plugins.load_all("tasks").items()}
    fitting = [name for name, types in takes.items() if target["type"] in types]
    if task.name == "auto":
        return fitting[0]
    if task.name not in fitting:
        raise InputError(
            f"params.yaml: task.name: {task.name} takes a target of type {' or '.join(takes[task.name])}, "
            f"{target['name']!r} is a {target['type']}; name its type in ingest.columns, or set task.name to auto"
        )
    return task.name

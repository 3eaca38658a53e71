"""Report: what is known of the trained model, on one page that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from plumbline import paths, wording
from plumbline.conclusions import describe_importance, describe_slices, read_rows
from plumbline.files import folders_of, read_json, write_text
from plumbline.findings import finding
from plumbline.gates import judge
from plumbline.pictures import read_pictures
from plumbline.targets import column_prefix, task_of
from plumbline.worst import find_worst
from plumbline.yaml12 import read_yaml

_FOLDERS = {"data": paths.DATA_FIGURES, "evaluation": paths.EVALUATION}
_LIBRARIES = ("torch", "polars", "numpy", "scikit-learn", "onnx", "onnxruntime")


def write_report() -> None:
    """Render the artifacts of this project into reports/report.html."""
    write_text(paths.REPORT, render(Path()))


def render(root: Path) -> str:
    """The page (HTML) of the project in `root`; what no stage has made yet is named with the command that makes it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent)
    page = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page.filters |= {"number": wording.number, "share": wording.share, "size": wording.size, "cell": _cell}
    return page.get_template("report.html.j2").render(**_gather(root))


def _gather(root: Path) -> dict[str, Any]:
    parts = {
        name: _read(root / path)
        for name, path in (
            ("ingest", paths.INGEST_REPORT),
            ("split", paths.SPLIT_REPORT),
            ("training", paths.TRAINING_REPORT),
            ("metrics", paths.METRICS),
            ("export", paths.EXPORT_REPORT),
        )
    }
    recipe = _read(root / paths.RECIPE)
    targets = list(_gather_targets(root, parts, recipe))
    return parts | {
        "source": parts["ingest"]["source"] if parts["ingest"] else None,
        "noticed": finding.noticed(parts["ingest"]) if parts["ingest"] else [],
        "targets": targets,
        "shared_figures": read_pictures(root / paths.DATA_FIGURES) if len(targets) > 1 else [],
        "model": recipe["model"]["name"] if recipe else None,
        "curves": [picture for picture in read_pictures(root / paths.EVALUATION) if picture.section == "curves"],
        "params": _text(root / paths.PARAMS),
        **_settings(root, parts["metrics"]),
        "versions": _versions(_text(root / "requirements.lock")),
    }


def _gather_targets(root: Path, parts: dict[str, Any], recipe: Any) -> Iterator[dict[str, Any]]:
    """For each target its name, task, metrics, figures and worst predictions, as far as they are made."""
    columns = parts["ingest"]["columns"] if parts["ingest"] else []
    names = [column["name"] for column in columns if column["role"] == "target"] or [None]
    folders = {what: folders_of(root / path, names) for what, path in _FOLDERS.items()}
    for index, name in enumerate(names):
        evaluation = read_pictures(folders["evaluation"][index])
        rows = _metric_rows(parts["metrics"], name if len(names) > 1 else None)
        data = folders["data"][index]
        yield {
            "name": name,
            "rows": rows,
            **_headline(recipe["targets"][index] if recipe else None, rows),
            "data_figures": read_pictures(data),
            "pictures": {
                section: [picture for picture in evaluation if picture.section == section]
                for section in ("before", "evaluation", "matters", "slices")
            },
            "said": _conclusions(folders["evaluation"][index], recipe),
            "worst": _worst(root, column_prefix(name, len(names)), data) if name else None,
        }


def _conclusions(folder: Path, recipe: Any) -> dict[str, str]:
    """What matters to the model and where it is worst, a sentence each, as far as it is measured."""
    importance, slices = (read_rows(folder / f"{name}.csv") for name in ("importance", "slices"))
    said = {"matters": describe_importance(importance, len(recipe["features"]))} if importance else {}
    return said | ({"slices": describe_slices(slices)} if slices else {})


def _worst(root: Path, prefix: str, ranking: Path) -> dict[str, Any] | None:
    return find_worst(root / paths.PREDICTIONS, root / paths.EXAMPLES, prefix, ranking)


def _read(path: Path) -> Any:
    """A JSON document, or None where it is not made yet."""
    return read_json(path) if path.exists() else None


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _metric_rows(metrics: dict[str, Any] | None, target: str | None) -> list[dict[str, Any]]:
    """A row per test metric of the target (None: the only one): its name, its value on each part, its interval."""
    if metrics is None:
        return []
    parts = ("test", "interval", "val", "baseline", "untrained")
    found = {part: metrics.get(part, {}) for part in parts}
    if target is not None:
        found = {part: of_targets.get(target, {}) for part, of_targets in found.items()}
    return [{"name": name} | {part: found[part].get(name) for part in parts} for name in found["test"]]


def _headline(target: dict[str, Any] | None, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A target's task, and what its main metric says in a sentence; None for what is not known yet."""
    if target is None:
        return dict.fromkeys(("task", "main", "sentence"))
    task = task_of(target)
    main = next((row for row in rows if row["name"] == task.MAIN_METRIC), None)
    sentence = describe_metric(main, task) if main else None
    return {"task": target["task"]["name"], "main": task.MAIN_METRIC, "sentence": sentence}


def describe_metric(row: dict[str, Any], task: ModuleType) -> str:
    """What the main metric's row means, beside a baseline that knows only the train targets."""
    name, value, baseline, interval = (row[key] for key in ("name", "test", "baseline", "interval"))
    error, chance = (1 - value, 1 - baseline) if task.GREATER_IS_BETTER else (value, baseline)
    said = f"On test examples the model's {name.replace('_', ' ')} is {wording.number(value)}"
    beside = f"{task.BASELINE_MEANS} ({wording.number(baseline)})"
    if error >= chance:
        return f"{said}: no better than {beside}."
    gain = "fewer mistakes" if name == "accuracy" else "closer to 1" if task.GREATER_IS_BETTER else "less error"
    reached = interval and (interval["low"] <= baseline if task.GREATER_IS_BETTER else interval["high"] >= baseline)
    doubt = " Its interval reaches as far as that, so the gain is not certain." if reached else ""
    return f"{said}: {wording.share(1 - error / chance)} {gain} than {beside}.{doubt}"


def _settings(root: Path, metrics: Any) -> dict[str, Any]:
    """What params.yaml says of a run: the section `compute`, the confidence of intervals, and the gates as judged."""
    if not (root / paths.PARAMS).exists():
        return {"compute": None, "gates": []}
    params = read_yaml(root / paths.PARAMS)
    asked = params["evaluate"].get("gates", {})
    compute = {**params["compute"], "confidence": params["evaluate"]["confidence"]}
    return {"compute": compute, "gates": judge(metrics, asked) if metrics else []}


def _versions(lock: str | None) -> list[tuple[str, str]]:
    """Names and locked versions of the libraries that make the numbers."""
    pinned = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", lock or "", re.MULTILINE))
    return [(name, pinned[name]) for name in _LIBRARIES if name in pinned]


def _cell(value: object) -> str:
    """A raw input value in a table: short numbers, dates without an empty time, a dash where it is missing."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return str(value).lower()
    return wording.number(value) if isinstance(value, float) else str(value).removesuffix(" 00:00:00")

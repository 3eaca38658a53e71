"""Report: what is known of the trained model, on one page that needs nothing else."""

from __future__ import annotations

import base64
import csv
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from plumbline import paths, plugins, wording
from plumbline.examples import Examples
from plumbline.files import read_json, write_text
from plumbline.yaml12 import read_yaml

if TYPE_CHECKING:
    import polars as pl

_CAPTIONS = {
    "target": "How the target is distributed.",
    "splits": "Sizes of the splits, and the target in each: they should look alike.",
    "strongest": "Mutual information of each column with the target; what columns say only together is not seen here.",
    "distributions": "The strongest columns one by one. A number's panel shows the middle 99 % of its values.",
    "against": "The target against the strongest columns, in the training examples.",
    "line": "The target over the only column; colours are the splits.",
    "plane": "The examples in the plane of the two columns.",
    "correlations": "Which columns rise and fall together, and with the target.",
    "missing": "Where values are missing.",
    "learning_curves": "Loss and main metric by epoch; dashed: the epoch whose weights are kept.",
    "before_and_after": "What the network answers for the test examples with its first and with its trained weights.",
    "surface": "What the network answers all over its input, and the examples.",
    "residuals": "What the predictions miss; a good model leaves no pattern.",
    "confusion": "Rows are the truth, columns the prediction.",
    "roc": "How many of a class are found for how many false alarms.",
    "precision_recall": "How many alarms are right for how many of a class that are found.",
    "calibration": "Whether 80 % sure means right in 80 of 100. Bars: 95 % intervals.",
}
_LIBRARIES = ("torch", "polars", "numpy", "scikit-learn", "onnx", "onnxruntime")
_PROBABILITY = "probability: "
_MOST_INPUTS = 12  # columns shown beside a worst prediction


@dataclass(frozen=True)
class Picture:
    """A PNG for the page: base64 text, size in pixels."""

    name: str
    data: str
    width: int
    height: int

    @property
    def caption(self) -> str:
        """What is to be seen; the file's name for a figure that this module does not know."""
        return _CAPTIONS.get(self.name, self.name.replace("_", " "))

    @property
    def section(self) -> str:
        """Where a figure of the evaluation stands: curves, before (and after training) or evaluation."""
        if self.name == "learning_curves":
            return "curves"
        return "before" if self.name in ("before_and_after", "surface") else "evaluation"


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
    recipe, rows = _read(root / paths.RECIPE), _metric_rows(parts["metrics"])
    evaluation = _pictures(root / paths.EVALUATION)
    return parts | {
        "headline": _headline(parts["ingest"], recipe, rows),
        "rows": rows,
        "model": recipe["model"]["name"] if recipe else None,
        "data_figures": _pictures(root / paths.DATA_FIGURES),
        "curves": [picture for picture in evaluation if picture.section == "curves"],
        "before_and_after": [picture for picture in evaluation if picture.section == "before"],
        "evaluation": [picture for picture in evaluation if picture.section == "evaluation"],
        "worst": _worst(root),
        "params": _text(root / paths.PARAMS),
        "compute": _compute(root),
        "versions": _versions(_text(root / "requirements.lock")),
    }


def _read(path: Path) -> Any:
    """A JSON document, or None where it is not made yet."""
    return read_json(path) if path.exists() else None


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _pictures(folder: Path) -> list[Picture]:
    """The PNGs in a folder, known ones in the order of their captions; none where it is not made yet."""
    order = {name: place for place, name in enumerate(_CAPTIONS)}
    files = sorted(folder.glob("*.png"), key=lambda file: (order.get(file.stem, len(order)), file.name))
    return [_picture(file) for file in files]


def _picture(file: Path) -> Picture:
    content = file.read_bytes()
    width, height = struct.unpack(">II", content[16:24])  # the PNG's header
    return Picture(file.stem, base64.b64encode(content).decode(), width, height)


def _metric_rows(metrics: dict[str, dict[str, Any]] | None) -> list[dict[str, Any]]:
    """A row per test metric: its name, its value on each part, its interval."""
    if metrics is None:
        return []
    parts = ("test", "interval", "val", "baseline", "untrained")
    return [{"name": name} | {part: metrics.get(part, {}).get(name) for part in parts} for name in metrics["test"]]


def _headline(ingest: Any, recipe: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Target, source, task, and what the main metric says in a sentence; None for what is not known yet."""
    headline: dict[str, Any] = dict.fromkeys(("target", "source", "task", "main"))
    if ingest:
        target = next(column["name"] for column in ingest["columns"] if column["role"] == "target")
        headline |= {"target": target, "source": ingest["source"]}
    if recipe is None:
        return headline | {"sentence": None}
    task = plugins.load("tasks", recipe["task"]["name"])
    main = next((row for row in rows if row["name"] == task.MAIN_METRIC), None)
    headline |= {"task": recipe["task"]["name"], "main": task.MAIN_METRIC}
    return headline | {"sentence": describe_metric(main, task) if main else None}


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


def _worst(root: Path, most: int = 10) -> dict[str, Any] | None:
    """The test examples predicted worst, with their inputs: `columns` (names) and `rows`; None before evaluation."""
    import polars as pl

    if not (root / paths.PREDICTIONS).exists() or not (root / paths.EXAMPLES).exists():
        return None
    table = pl.read_parquet(root / paths.PREDICTIONS).filter(pl.col("split") == "test")
    table = table.with_columns(_error(table)).sort("error", "row", descending=[True, False]).head(most)
    examples = Examples.open(root / paths.EXAMPLES)
    shown = _strongest(root, [column.name for column in examples.features])[:_MOST_INPUTS]
    inputs = [examples.read(name).gather(table["position"]).to_list() for name in shown]
    rows = table.select("row", "truth", "prediction", "error").rows(named=True)
    return {
        "is_class": table["truth"].dtype == pl.String,
        "columns": shown,
        "rows": [row | {"inputs": list(values)} for row, values in zip(rows, zip(*inputs, strict=True), strict=True)],
    }


def _error(table: pl.DataFrame) -> pl.Series:
    """How far a prediction is off (N,): in the target's unit, or one less the probability given to the true class."""
    import polars as pl

    if table["truth"].dtype != pl.String:
        return (table["truth"] - table["prediction"]).abs().alias("error")
    names = [name for name in table.columns if name.startswith(_PROBABILITY)]
    probability = {name.removeprefix(_PROBABILITY): table[name].to_list() for name in names}
    given = [probability[truth][place] for place, truth in enumerate(table["truth"])]
    return pl.Series("error", [1 - value for value in given], dtype=pl.Float64)


def _strongest(root: Path, names: list[str]) -> list[str]:
    """Column names, those that say most about the target first where `plot` has measured that."""
    path = root / paths.DATA_FIGURES / "strongest.csv"
    if not path.exists():
        return names
    with path.open(encoding="utf-8", newline="") as file:
        ranked = [row["column"] for row in csv.DictReader(file)]
    return sorted(names, key=lambda name: ranked.index(name) if name in ranked else len(ranked))


def _compute(root: Path) -> dict[str, Any] | None:
    """The section `compute` and the confidence of intervals, from params.yaml."""
    if not (root / paths.PARAMS).exists():
        return None
    params = read_yaml(root / paths.PARAMS)
    return {**params["compute"], "confidence": params["evaluate"]["confidence"]}


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

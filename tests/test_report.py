"""The report: one page that needs nothing else, the same for the same artifacts, whatever has been made so far."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from plumbline import examples, figures, report, wording
from plumbline.examples import Column
from plumbline.files import write_json, write_text

ROOT = Path(__file__).parents[1]
_NASTY = '<b>size</b> & "co"'
_CODE = """
import sys
from pathlib import Path
from plumbline.report import render
page = render(Path(sys.argv[1]))
assert not {"torch", "matplotlib"} & set(sys.modules)
sys.stdout.buffer.write(page.encode())
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The artifacts of a small classification, in the formats that the stages write."""
    _make_examples(tmp_path)
    _make_reports(tmp_path)
    _make_predictions(tmp_path)
    figure, (axes,) = figures.new(3)
    axes.plot([0, 1], [0, 1])
    for name in ("data/target", "data/strongest", "evaluation/before_and_after", "evaluation/roc", "evaluation/mine"):
        figures.save(figure, tmp_path / f"reports/{name}.png")
    figures.write_rows(tmp_path / "reports/data/strongest.csv", [{"column": "town"}, {"column": _NASTY}])
    write_text(tmp_path / "params.yaml", "compute:\n  reproducible: portable\n  threads: 2\n  device: cpu\n"
               "  precision: float32\nevaluate:\n  confidence: 0.95\n  gates: {}\n")  # fmt: skip
    write_text(tmp_path / "requirements.lock", "torch==2.13.0 \\\n    --hash=sha256:1\npolars==2.1.0\ntorchx==1.0\n")
    return tmp_path


def _make_examples(root: Path) -> None:
    columns = [
        Column(_NASTY, "number", "feature"),
        Column("town", "category", "feature"),
        Column("y", "category", "target"),
    ]
    rows = {examples.ROW: [0, 1, 3], _NASTY: [1234567.0, None, 0.1], "town": ["a", None, "c"], "y": ["no", "yes", "no"]}
    (root / "data").mkdir()
    examples.write(pl.LazyFrame(rows), columns, root / "data/examples.parquet")


def _make_predictions(root: Path) -> None:
    table = {
        "row": [0, 1, 3],
        "position": [0, 1, 2],
        "split": ["val", "test", "test"],
        "truth": ["no", "yes", "no"],
        "prediction": ["no", "yes", "yes"],
        "untrained": ["no", "no", "no"],
        "probability: no": [0.9, 0.2, 0.3],
        "probability: yes": [0.1, 0.8, 0.7],
    }
    pl.DataFrame(table).write_parquet(root / "data/predictions.parquet")


def _make_reports(root: Path) -> None:
    why = {"why": "stored as Float64", "missing": 1, "distinct": 2}
    columns = [
        {"name": _NASTY, "type": "number", "role": "feature", **why},
        {"name": "town", "type": "category", "role": "feature", **why},
        {"name": "old", "type": None, "role": "dropped", "why": "named in ingest.drop"},
        {"name": "y", "type": "category", "role": "target", **why, "missing": 0},
    ]
    aside = {"count": 1, "why": "the target 'y' is missing", "rows": [2]}
    duplicates = {"count": 0, "action": "keep"}
    odd = {"kind": "mixed", "column": "x", "count": 1, "action": "kept", "rows": [], "what": "column 'x': is odd"}
    ingest = {"source": "table.csv", "examples": 3, "columns": columns, "set_aside": aside}
    write_json(
        root / "reports/ingest.json",
        ingest | {"duplicates": duplicates, "notes": ["sheet A is read"], "findings": [odd]},
    )
    sizes = {"train": 0, "val": 1, "test": 2}
    balance = {"val": {"no": 1}, "test": {"no": 1, "yes": 1}}
    adversarial = {"auc": 0.51, "low": 0.44, "high": 0.56, "columns": []}
    found: dict[str, Any] = {"left_out": [{"count": 4, "why": "they lie in a gap", "rows": [1]}], "leaks": []}
    found["checks"] = {"group": None, "time": None, "adversarial": adversarial}
    write_json(root / "reports/split.json", {"strategy": "random", "sizes": sizes, "targets": {"y": balance}, **found})
    network = [{"name": "head.weight", "shape": [2, 3], "count": 6}, {"name": "scale", "shape": [], "count": 1}]
    training = {
        "network": network,
        "parameters": 7,
        "loss": "CrossEntropyLoss",
        "optimizer": "AdamW",
        "scheduler": None,
    }
    training |= {"metrics": ["accuracy"], "epochs": 9, "best_epoch": 5, "stopped": "every epoch was run"}
    training["chosen_on_validation"] = {"y": {"threshold": 0.25, "metric": "f1", "f1": 0.5, "f1_at_half": 0.375}}
    write_json(root / "reports/training.json", training)
    task = {"name": "classification", "classes": ["no", "yes"], "positive": 1}
    write_json(root / "models/recipe.json", {"targets": [{"name": "y", "task": task}], "model": {"name": "mlp"}})
    metrics: dict[str, Any] = {"test": {"accuracy": 0.9, "roc_auc": 0.95}, "val": {"accuracy": 0.8}}
    metrics |= {"untrained": {"accuracy": 0.5}, "baseline": {"accuracy": 0.6}}
    write_json(root / "reports/metrics.json", metrics | {"interval": {"accuracy": {"low": 0.85, "high": 0.95}}})
    check = {"format": "onnx", "rows": 2, "batch_sizes": [1, 2, 7], "tolerance": 1e-4, "passed": True}
    files = [{"name": "model.onnx", "bytes": 12_345}]
    write_json(root / "reports/export.json", {"formats": ["onnx"], "files": files, "checks": [check]})


def section(page: str, name: str) -> str:
    """One section's text without tags, spaces squeezed."""
    found = re.search(rf'<section id="{name}">(.*?)</section>', page, re.DOTALL)
    assert found
    return " ".join(re.sub("<[^>]*>", " ", found[1]).split())


def test_an_empty_folder_gives_a_page_that_names_the_command_for_each_part(tmp_path: Path) -> None:
    page = report.render(tmp_path)
    commands = {
        name: section(page, name) for name in ("result", "data", "split", "figures", "model", "worst", "export")
    }
    stages = {"result": "evaluate", "data": "ingest", "split": "split", "figures": "plot", "model": "train"}
    stages |= {"worst": "evaluate", "export": "export"}
    assert {
        name for name, text in commands.items() if f"not made yet; dvc repro {stages[name]} gets there." in text
    } == set(commands)


def test_the_page_is_the_same_in_another_process_and_folder_and_loads_neither_torch_nor_matplotlib(
    project: Path,
) -> None:
    other = project.rename(project.with_name("elsewhere"))
    found = subprocess.run([sys.executable, "-c", _CODE, str(other)], cwd=ROOT, capture_output=True, check=True)
    assert found.stdout.decode() == report.render(other)


def test_the_page_needs_no_network_and_no_script(project: Path) -> None:
    page = report.render(project)
    assert not re.findall(r"https?:|<script|<link|@import|url\(", page)
    assert set(re.findall(r'src="([^,]*),', page)) == {"data:image/png;base64"}


def test_names_from_the_data_are_text_not_markup(project: Path) -> None:
    page = report.render(project)
    assert "<b>size</b>" not in page
    assert "&lt;b&gt;size&lt;/b&gt; &amp;" in page


def test_the_result_says_what_the_main_metric_means(project: Path) -> None:
    text = section(report.render(project), "result")
    assert (
        "On test examples the model's accuracy is 0.9: 75 % fewer mistakes than "
        "always answering the most frequent training class (0.6)." in text.replace("&#39;", "'")
    )
    assert "accuracy 0.9 0.85 to 0.95 0.8 0.6 0.5" in text
    assert "roc_auc 0.95 – – – –" in text
    assert "Intervals hold 95 % of the bootstrap resamples" in text


def sentence(value: float, baseline: float, interval: dict[str, float] | None, greater: bool) -> str:
    row = {"name": "max_error", "test": value, "baseline": baseline, "interval": interval}
    task: Any = SimpleNamespace(GREATER_IS_BETTER=greater, BASELINE_MEANS="guessing")
    return report.describe_metric(row, task)


def test_a_smaller_error_is_said_in_per_cent() -> None:
    assert (
        sentence(20.0, 80.0, None, False)
        == "On test examples the model's max error is 20: 75 % less error than guessing (80)."
    )


def test_a_gain_that_its_interval_does_not_show_is_called_uncertain() -> None:
    said = sentence(70.0, 80.0, {"low": 60.0, "high": 90.0}, False)
    assert said.endswith("than guessing (80). Its interval reaches as far as that, so the gain is not certain.")


def test_a_model_no_better_than_the_baseline_is_called_that() -> None:
    assert (
        sentence(0.5, 0.5, None, True)
        == "On test examples the model's max error is 0.5: no better than guessing (0.5)."
    )


def test_columns_are_shown_with_type_reason_and_missing_values(project: Path) -> None:
    text = section(report.render(project), "data")
    assert "town category feature stored as Float64 1 (33 %) 2" in text
    assert "old – dropped named in ingest.drop – –" in text
    assert "column &#39;x&#39;: is odd" in text
    assert "1 row set aside: the target &#39;y&#39; is missing. Rows 2" in text


def test_the_split_shows_the_target_in_each(project: Path) -> None:
    text = section(report.render(project), "split")
    assert "split examples no yes train 0 – – val 1 1 0 test 2 1 1" in text


def test_the_split_says_what_was_left_out_and_that_no_leak_was_found(project: Path) -> None:
    assert section(report.render(project), "split").endswith(
        "4 rows in no split: they lie in a gap. No leak was found: no equal or nearly equal rows in two splits beyond "
        "chance; a small model that tries to tell train from test reaches a ROC AUC of 0.51, within 0.44 to 0.56 that "
        "chance gives."
    )


def test_a_leak_is_shown_with_its_severity(project: Path) -> None:
    split = report.read_json(project / "reports/split.json")
    leak = {"kind": "group", "severity": "leak", "count": 2, "sentence": "2 rows share id", "rows": []}
    write_json(project / "reports/split.json", split | {"leaks": [leak]})
    text = section(report.render(project), "split")
    assert "leak: 2 rows share id" in text
    assert "No leak was found" not in text


def test_the_worst_prediction_comes_first_with_its_raw_inputs(project: Path) -> None:
    text = section(report.render(project), "worst")
    assert "row truth prediction probability of truth town" in text
    assert text.endswith("3 no yes 0.3 c 0.1 1 yes yes 0.8 – –")


def test_the_worst_predictions_of_a_number_are_the_furthest_off(project: Path) -> None:
    table = {"row": [1, 3], "position": [1, 2], "split": ["test"] * 2, "truth": [5.0, 6.0], "prediction": [5.5, 9000.0]}
    pl.DataFrame(table).write_parquet(project / "data/predictions.parquet")
    text = section(report.render(project), "worst")
    assert text.endswith("3 6 9,000 8,994 c 0.1 1 5 5.5 0.5 – –")


def test_figures_stand_in_their_sections_and_unknown_ones_are_named_by_their_file(project: Path) -> None:
    page = report.render(project)
    assert "first and with its trained weights" in section(page, "before")
    assert section(page, "evaluation").endswith("for how many false alarms. mine")


def test_the_page_names_what_it_was_made_with(project: Path) -> None:
    text = section(report.render(project), "parameters")
    assert "same bytes portable threads 2 device cpu precision float32 torch 2.13.0 polars 2.1.0" in text


def test_the_export_check_is_shown(project: Path) -> None:
    text = section(report.render(project), "export")
    assert "onnx 2 1, 2, 7 0.0001 yes" in text
    assert "model.onnx 12.3 kB" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.96512, "0.9651"),
        (12.3456, "12.35"),
        (1234567.8, "1,234,568"),
        (-0.5, "−0.5"),
        (1.23456e-7, "1.235e−07"),
    ],
)
def test_numbers_have_four_significant_digits_and_thousands_separators(value: float, text: str) -> None:
    assert wording.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1, "100 %"), (0.9971, "> 99 %"), (0.372, "37 %"), (0.0372, "3.7 %"), (0, "0 %")]
)
def test_shares_are_said_in_per_cent(value: float, text: str) -> None:
    assert wording.share(value) == text

"""Gates: a model that misses a bound fails its stage, with its reports on disk; a wrong gate is refused before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plumbline import gates, report, summary
from plumbline.check import find_mistakes
from plumbline.files import read_json, write_json
from plumbline.yaml12 import read_yaml
from tests import project
from tests.project import ROOT, changed

METRICS = {"test": {"roc_auc": 0.9312345, "log_loss": 0.2}, "val": {"log_loss": 0.3}}
TWO_TARGETS = {"test": {"min": {"rmse": 2.5}, "Y 2": {"rmse": 1.5}}}


@pytest.mark.parametrize(
    ("asked", "sentences"),
    [
        ({}, []),
        ({"test": {"roc_auc": {"min": 0.93, "max": 0.94}, "log_loss": {"max": 0.2}}}, []),  # a bound itself is kept
        ({"test": {"roc_auc": {"min": 0.95}}}, ["test.roc_auc is 0.9312, evaluate.gates asks for at least 0.95"]),
        ({"test": {"roc_auc": {"max": 0.93}}}, ["test.roc_auc is 0.9312, evaluate.gates asks for at most 0.93"]),
        (
            {"test": {"roc_auc": {"min": 0.9312346}}},
            ["test.roc_auc is 0.9312, evaluate.gates asks for at least 0.9312346"],
        ),
        ({"test": {"roc_auc": {"max": 0.9312}}}, ["test.roc_auc is 0.9312345, evaluate.gates asks for at most 0.9312"]),
        (
            {"val": {"log_loss": {"max": 0.2}}, "test": {"log_loss": {"min": 1}}},
            [
                "val.log_loss is 0.3, evaluate.gates asks for at most 0.2",
                "test.log_loss is 0.2, evaluate.gates asks for at least 1",
            ],
        ),
        (
            {"val": {"roc_auc": {"min": 0.5}}},
            ["val.roc_auc: there is no such metric, evaluate.gates asks for at least 0.5; take that out"],
        ),
        (
            {"test": {"price": {"rmse": {"max": 3}}}},
            ["test.price.rmse: there is no such metric, evaluate.gates asks for at most 3; take that out"],
        ),
    ],
)
def test_each_gate_missed_is_a_sentence(asked: gates.Gates, sentences: list[str]) -> None:
    assert gates.missed(METRICS, asked) == sentences


def test_of_several_targets_each_has_its_own_gates_whatever_its_name() -> None:
    asked = {"test": {"min": {"rmse": {"max": 3, "min": 1}}, "Y 2": {"rmse": {"max": 1}}}}
    assert [gate.passed for gate in gates.judge(TWO_TARGETS, asked)] == [True, True, False]
    assert gates.missed(TWO_TARGETS, asked) == ["test.Y 2.rmse is 1.5, evaluate.gates asks for at most 1"]
    flat = {"test": {"rmse": {"max": 1}}}
    assert gates.missed(TWO_TARGETS, flat) == [
        "test.rmse: there is no such metric, evaluate.gates asks for at most 1; take that out"
    ]


# What check refuses

PLACE = "evaluate.gates.test.roc_auc"
ACCURACY = {"accuracy": {"min": 0.9}}
WRONG: list[tuple[Any, str]] = [
    (None, "evaluate.gates: is null, should be a section with keys"),
    ({"tets": ACCURACY}, "evaluate.gates.tets: unknown key; did you mean test?"),
    ({"baseline": 3}, "evaluate.gates.baseline: unknown key; known here: test, val"),
    ({"test": 0.9}, "evaluate.gates.test: is 0.9, should be a section with keys"),
    ({"test": {"roc_acu": {"min": 0.9}}}, "evaluate.gates.test.roc_acu: is a metric of no task; did you mean roc_auc?"),
    ({"test": {"roc_auc": {}}}, f"{PLACE}: is {{}}, should be min, max or both, as {{min: 0.9}}"),
    ({"test": {"roc_auc": 0.9}}, f"{PLACE}: is 0.9, should be a section with keys"),
    ({"test": {"roc_auc": {"mni": 0.9}}}, f"{PLACE}.mni: unknown key; did you mean min?"),
    ({"test": {"roc_auc": {"min": "high"}}}, f'{PLACE}.min: is "high", should be a number'),
    ({"test": {"roc_auc": {"min": True}}}, f"{PLACE}.min: is true, should be a number"),
    (
        {"test": {"roc_auc": {"min": 0.9, "max": 0.8}}},
        f"{PLACE}: min 0.9 is more than max 0.8; no value keeps both",
    ),
]


def mistakes(asked: Any, **changes: Any) -> list[str]:
    source = str(ROOT / "examples/breast_cancer.py")
    return find_mistakes(
        changed(read_yaml(ROOT / "params.yaml"), {"ingest.source": source, "evaluate.gates": asked, **changes})
    )


@pytest.mark.parametrize(("asked", "sentence"), WRONG, ids=[sentence for _, sentence in WRONG])
def test_a_wrong_gate_is_refused_in_a_sentence(asked: Any, sentence: str) -> None:
    assert mistakes(asked) == [sentence]


def test_right_gates_are_let_pass() -> None:
    assert mistakes({"test": {"roc_auc": {"min": 0.9, "max": 1}}, "val": {"rmse": {"max": 3}}}) == []
    two = {"ingest.target": ["Y1", "accuracy"]}
    assert mistakes({"test": {"Y1": {"rmse": {"max": 3}}, "accuracy": {"mae": {"max": 10**400}}}}, **two) == []


def test_with_several_targets_gates_stand_below_them() -> None:
    right = "with several targets, each stands above its metrics, as Y1: {METRIC: {min: 0.9}}"
    two = {"ingest.target": ["Y1", "Y2"]}
    assert mistakes({"test": {"rmse": {"max": 3}}}, **two) == [f"evaluate.gates.test.rmse: {right}"]
    assert mistakes({"test": {"Y1": 3}}, **two) == [f"evaluate.gates.test.Y1: {right}"]
    assert mistakes({"val": {"Y1": {"rmse": {"max": "3"}, "mae": 3}}}, **two) == [
        'evaluate.gates.val.Y1.rmse.max: is "3", should be a number',
        "evaluate.gates.val.Y1.mae: is 3, should be min, max or both, as {min: 0.9}",
    ]


def test_gates_on_validation_examples_need_some() -> None:
    none = {"split.ratios": {"train": 0.8, "val": 0, "test": 0.2}}
    assert mistakes({"val": ACCURACY}, **none) == [
        "evaluate.gates.val: split.ratios.val is 0, there are no validation examples; take a share, or these out"
    ]
    assert mistakes({"test": ACCURACY}, **none) == []
    assert mistakes({"val": ACCURACY}, **none, **{"split.name": "given"}) == []


# What a run does


def test_a_missed_gate_fails_the_stage_after_all_its_reports_are_written(in_finished_mixed: Path) -> None:
    before = project.contents(Path("reports"))
    for path in (Path("reports/metrics.json"), Path("reports/evaluation/roc.csv"), Path("data/predictions.parquet")):
        path.unlink()
    asked = {"test": {"accuracy": {"min": 1.5}, "log_loss": {"max": 100}, "rmse": {"max": 1}}}
    project.change_params(**{"evaluate.gates": asked})
    lines = project.refusal("evaluate").splitlines()
    value = read_json(Path("reports/metrics.json"))["test"]["accuracy"]
    assert lines == [
        f"reports/metrics.json: test.accuracy is {value:.4g}, evaluate.gates asks for at least 1.5",
        "reports/metrics.json: test.rmse: there is no such metric, evaluate.gates asks for at most 1; take that out",
    ]
    assert project.contents(Path("reports")) == before
    assert Path("data/predictions.parquet").exists()


def test_a_gate_that_is_passed_changes_no_byte(in_finished_mixed: Path) -> None:
    before = project.contents(Path())
    project.change_params(**{"evaluate.gates": {"test": {"accuracy": {"min": 0}}}})
    project.run("evaluate")
    after = project.contents(Path())
    assert {name for name in after if after[name] != before.get(name)} == {"params.yaml"}


def test_the_report_and_the_summary_show_gates(in_finished_mixed: Path) -> None:
    asked = {"test": {"accuracy": {"min": 0.9}, "log_loss": {"max": 1}}}
    assert "<h3>Gates</h3>" not in report.render(Path())
    project.change_params(**{"evaluate.gates": asked})
    metrics = read_json(Path("reports/metrics.json"))
    write_json(Path("reports/metrics.json"), metrics | {"test": {"accuracy": 0.8, "log_loss": 0.5}})
    page = report.render(Path())
    assert '<td>at least 0.9</td><td><span class="bad">no</span></td>' in page
    assert '<td>at most 1</td><td><span class="ok">yes</span></td>' in page
    Path("dvc.lock").write_text("stages: {}")
    assert summary.summarise().splitlines()[3:5] == [
        "gates:     1 of 2 passed",
        "  test.accuracy is 0.8, evaluate.gates asks for at least 0.9",
    ]

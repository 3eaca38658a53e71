"""Compare: what a revision did to metrics and params, judged by what chance explains."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plumbline import cli, errors
from plumbline.compare.changes import MISSING, Change, find_changes
from plumbline.compare.judge import Rule, compare
from plumbline.compare.revision import Revision, have_same_examples, read_revision
from plumbline.errors import InputError
from plumbline.yaml12 import read_yaml
from tests import project
from tests.project import ROOT, changed

PARAMS = read_yaml(ROOT / "params.yaml")
Metrics = dict[str, Any]


def lock(test: str = "aa", params: dict[str, Any] | None = None, code: str = "cc") -> dict[str, Any]:
    """dvc.lock of a stage split."""
    return {
        "stages": {
            "split": {
                "deps": [{"path": "data/examples.parquet", "md5": "ee"}, {"path": "plumbline/split.py", "md5": code}],
                "params": {"params.yaml": {"seed": 0, "columns": {"select": None}} | (params or {})},
                "outs": [{"path": "data/split/train", "md5": "tt"}, {"path": "data/split/test", "md5": test}],
            }
        }
    }


def run_of(metrics: Metrics, name: str = "x", lock: dict[str, Any] = lock(), **changes: Any) -> Revision:  # noqa: B008
    return Revision(name, metrics, changed(PARAMS, changes), lock)


def measured(value: float, low: float | None = None, high: float | None = None, name: str = "rmse") -> Metrics:
    """metrics.json of one test metric with its interval."""
    interval = {} if low is None else {name: {"low": low, "high": high}}
    return {"test": {name: value}, "interval": interval}


def verdicts(before: Revision, after: Revision, *parts: str, **rule: Any) -> dict[str, str]:
    return {row.key: row.verdict for row in compare(before, after, parts or ("test",), Rule(**rule)).rows}


# The rule


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((10, 9, 12), (10, 9, 12), "same"),
        ((10, 9, 12), (12, 11.5, 13), "same"),  # its interval's end is in it
        ((10, 9, 12), (12.1, 11.5, 13), "worse"),
        ((10, 9, 12), (12.1, 10, 13), "same"),  # the value before is in the interval after
        ((10, 9, 12), (9, 8, 9.5), "same"),
        ((10, 9, 12), (8.9, 8, 9.5), "better"),
        ((10, 10, 10), (9, 8, 11), "same"),
        ((10, None, None), (9, 8, 11), "same"),
        ((10, None, None), (9, None, None), "better"),  # no interval: any change counts
        ((10, None, None), (10, None, None), "same"),
    ],
)
def test_a_value_in_the_others_interval_is_the_same(before: Any, after: Any, verdict: str) -> None:
    assert verdicts(run_of(measured(*before)), run_of(measured(*after))) == {"test.rmse": verdict}
    other = {"better": "worse", "worse": "better", "same": "same"}[verdict]
    assert verdicts(run_of(measured(*after)), run_of(measured(*before))) == {"test.rmse": other}


def test_more_of_a_score_is_better() -> None:
    before, after = (run_of(measured(value, value - 0.01, value + 0.01, "accuracy")) for value in (0.8, 0.9))
    assert verdicts(before, after) == {"test.accuracy": "better"}


def test_of_other_examples_both_intervals_count() -> None:
    before, after = measured(10, 7, 13), measured(14.9, 10.9, 19)
    assert verdicts(run_of(before), run_of(after)) == {"test.rmse": "worse"}
    assert verdicts(run_of(before), run_of(after, lock=lock(test="bb", code="dd"))) == {"test.rmse": "same"}
    wide = measured(15.1, 11.1, 19)  # 5.1 is more than the root of 3² + 4²
    assert verdicts(run_of(before), run_of(wide, lock={})) == {"test.rmse": "worse"}


@pytest.mark.parametrize(("after", "verdict"), [(10.1, "same"), (9.9, "same"), (10.2, "worse"), (9.8, "better")])
def test_a_tolerance_is_a_share_of_the_value_before_and_replaces_intervals(after: float, verdict: str) -> None:
    before = measured(10, 0, 20) | {"val": {"rmse": 10}}
    later = measured(after, 0, 20) | {"val": {"rmse": after}}
    found = verdicts(run_of(before), run_of(later), "test", "val", tolerance=0.011)
    assert found == {"test.rmse": verdict, "val.rmse": verdict}


@pytest.mark.parametrize("tolerance", [-0.1, float("nan"), float("inf")])
def test_a_tolerance_that_is_no_share_is_refused(tolerance: float) -> None:
    with pytest.raises(InputError) as caught:
        compare(run_of(measured(1)), run_of(measured(1)), ["test"], Rule(tolerance))
    assert str(caught.value) == f"--tolerance: is {tolerance}, should be a share of the value before, as 0.01"


def test_parts_without_intervals_are_shown_and_not_judged() -> None:
    before = measured(10, 9, 11) | {"val": {"rmse": 10}}
    found = compare(run_of(before), run_of(measured(10) | {"val": {"rmse": 99}}), ["test", "val"], Rule())
    assert [(row.key, row.difference, row.verdict) for row in found.rows] == [
        ("test.rmse", 0, "same"),
        ("val.rmse", 89, "unjudged"),
    ]


def test_the_main_metric_of_each_target_decides_or_all_do() -> None:
    before = {"test": {"y": {"rmse": 1, "mae": 1}, "z": {"accuracy": 1, "log_loss": 1}}}
    after = {"test": {"y": {"rmse": 1, "mae": 2}, "z": {"accuracy": 0.5, "log_loss": 2}}}
    sides = (run_of(before), run_of(after), ["test"])
    assert compare(*sides, Rule()).find("worse") == ["test.z.accuracy"]
    assert compare(*sides, Rule()).find("worse", decides=False) == ["test.y.mae", "test.z.log_loss"]
    assert compare(*sides, Rule(all_decide=True)).find("worse") == ["test.y.mae", "test.z.accuracy", "test.z.log_loss"]


def test_what_one_side_lacks_is_named() -> None:
    before = {"test": {"y": {"rmse": 1, "r2": 0.5}, "old": {"rmse": 1}}}
    after = {"test": {"y": {"rmse": 1, "mae": 1}, "new": {"rmse": 1}}}
    assert verdicts(run_of(before), run_of(after)) == {
        "test.y.rmse": "same",
        "test.y.mae": "new",
        "test.y.r2": "gone",
        "test.new.rmse": "new",
        "test.old.rmse": "gone",
    }


def test_a_metric_of_no_task_is_not_judged() -> None:
    sides = (run_of(measured(1, name="glory")), run_of(measured(2, name="glory")))
    assert verdicts(*sides) == {"test.glory": "unjudged"}


def test_runs_without_a_test_metric_in_common_are_not_compared() -> None:
    with pytest.raises(InputError, match=r"^a and b: have no test metric in common; compare runs of one target$"):
        compare(run_of(measured(1), "a"), run_of(measured(1, name="accuracy"), "b"), ["test"], Rule())


# The test examples


def test_examples_are_the_same_where_their_hash_is_or_where_only_their_encoding_differs() -> None:
    assert have_same_examples(lock(), lock(code="dd"))
    assert have_same_examples(lock(), lock("bb", {"columns": {"select": 3}}))
    assert not have_same_examples(lock(), lock("bb", {"columns": {"select": 3}, "seed": 1}))
    assert not have_same_examples(lock(), lock("bb", code="dd"))
    assert not have_same_examples(lock(), {})


# Parameters


def test_changed_keys_are_told_in_the_order_of_the_file() -> None:
    after = changed(PARAMS, {"train.epochs": 9, "seed": 1, "ingest.drop": ["id"], "ingest.csv.names": project.GONE})
    assert find_changes(PARAMS, after) == [
        Change("seed", 0, 1),
        Change("ingest.drop", [], ["id"]),
        Change("train.epochs", 100, 9),
        Change("ingest.csv.names", None, MISSING),
    ]


def test_knobs_of_variants_that_no_side_has_chosen_are_left_out() -> None:
    knobs = {"model.mlp.width": 9, "train.optimizer.SGD.momentum": 0, "encoders.number.periodic.width": 3}
    assert find_changes(PARAMS, changed(PARAMS, knobs)) == []
    mlp = changed(PARAMS, knobs | {"model.name": "mlp", "split.ratios.val": 0.2, "train.optimizer.lr": 1})
    assert find_changes(PARAMS, mlp) == [
        Change("split.ratios.val", 0.15, 0.2),
        Change("model.name", "tabm", "mlp"),
        Change("model.mlp.width", 256, 9),
        Change("train.optimizer.lr", 2e-3, 1),
    ]


def test_another_way_to_write_a_value_is_no_change() -> None:
    assert find_changes({"a": 1, "b": {}}, {"b": {}, "a": 1.0}) == []
    assert find_changes({"a": 1}, {"a": True}) == [Change("a", 1, True)]


# Revisions, and the command

AUTHOR = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
BEFORE = measured(0.9, 0.85, 0.95, "accuracy") | {"val": {"accuracy": 0.91}, "baseline": {"accuracy": 0.5}}
AFTER = measured(0.8, 0.75, 0.84, "accuracy") | {"val": {"accuracy": 0.79}, "baseline": {"accuracy": 0.5}}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Git repository whose folder `project` is the current one: revision `old`, and a worse run in the workspace."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    subprocess.run(["git", "init", "-q", ".."], check=True)
    write(BEFORE, lock())
    commit("old")
    write(AFTER, lock(), **{"model.name": "mlp"})
    return folder


def write(metrics: Metrics, locked: dict[str, Any], **changes: Any) -> None:
    Path("reports").mkdir(exist_ok=True)
    Path("reports/metrics.json").write_text(json.dumps(metrics))
    Path("dvc.lock").write_text(json.dumps(locked))
    project.write_params(changed(PARAMS, changes))


def commit(name: str) -> None:
    for command in (["add", "-A"], ["commit", "-qm", name], ["tag", name]):
        subprocess.run(["git", *AUTHOR, *command], check=True)


@pytest.fixture
def ask(repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """A function that runs `compare` with arguments and gives its exit status and what it prints."""

    def run(*arguments: str) -> tuple[Any, str]:
        monkeypatch.setattr("sys.argv", ["plumbline", "compare", *arguments])
        with pytest.raises(SystemExit) as ended:
            errors.run(cli.main)
        printed = capsys.readouterr()
        return ended.value.code, printed.out + printed.err

    return run


TABLE = """\
test       better  old  workspace  difference  tolerance  verdict
accuracy*  higher  0.9        0.8        −0.1       0.05  ▼ worse

val       better   old  workspace  difference  tolerance  verdict
accuracy  higher  0.91       0.79       −0.12          –

params.yaml  old   workspace
model.name   tabm  mlp

worse in test.accuracy (* decides)
"""


def test_a_worse_run_ends_with_status_1_and_a_table(ask: Callable[..., Any]) -> None:
    code, printed = ask("old")
    assert code == 1
    assert printed == TABLE


def test_the_other_way_round_it_is_better_and_ends_with_status_0(ask: Callable[..., Any]) -> None:
    commit("new")
    code, printed = ask("new", "old")
    assert (code, printed.splitlines()[-1]) == (0, "better in test.accuracy (* decides)")


def test_a_change_that_chance_explains_ends_with_status_0(ask: Callable[..., Any]) -> None:
    assert ask("old", "--tolerance", "0.2")[0] == 0
    write(measured(0.86, 0.8, 0.9, "accuracy"), lock())
    assert ask("old")[1].splitlines()[-1] == "the same within tolerance in test.accuracy (* decides)"


def test_a_metric_that_one_run_lacks_is_shown(ask: Callable[..., Any]) -> None:
    write({"test": {"accuracy": 0.9, "roc_auc": 1}, "val": {}}, lock())
    assert ask("old")[1].splitlines()[2] == "roc_auc    higher    –          1           –          –  ▬ new"
    assert "\naccuracy  higher  0.91          –           –          –  ▬ gone\n" in ask("old")[1]


def test_markdown_has_the_verdict_in_its_title_and_test_metrics_open(ask: Callable[..., Any]) -> None:
    code, printed = ask("old", "--markdown")
    assert code == 1
    assert (
        printed
        == """\
### old → workspace: worse in test.accuracy

| test | better | old | workspace | difference | tolerance | verdict |
| --- | --- | ---: | ---: | ---: | ---: | --- |
| accuracy\\* | higher | 0.9 | 0.8 | −0.1 | 0.05 | ▼ worse |

<details><summary>val</summary>

| val | better | old | workspace | difference | tolerance | verdict |
| --- | --- | ---: | ---: | ---: | ---: | --- |
| accuracy | higher | 0.91 | 0.79 | −0.12 | – |  |

</details>

| params.yaml | old | workspace |
| --- | --- | --- |
| model.name | tabm | mlp |
"""
    )


def test_names_are_text_in_markdown(ask: Callable[..., Any]) -> None:
    metrics = {"test": {"a|b": {"rmse": 1}, "<b>": {"rmse": 1}}}
    write(metrics, lock())
    commit("odd")
    printed = ask("odd~0", "odd", "--markdown")[1]
    assert "| a\\|b.rmse\\* |" in printed
    assert "| \\<b>.rmse\\* |" in printed
    assert "### odd\\~0 → odd: the same within tolerance in test.a\\|b.rmse, test.\\<b>.rmse" in printed


def test_the_untrained_network_and_the_baseline_are_shown_if_asked_for(ask: Callable[..., Any]) -> None:
    assert "baseline" not in ask("old")[1]
    assert "baseline  better  old  workspace" in ask("old", "--all")[1]


def test_other_test_examples_are_told(ask: Callable[..., Any]) -> None:
    write(AFTER, lock("bb", code="dd"))
    said = (
        "the test examples are not known to be the same: each run was tested on its own (data/split/test in dvc.lock)"
    )
    assert ask("old")[1].splitlines()[-2] == said
    assert f"> {said}" in ask("old", "--markdown")[1].replace("\\", "")


def test_what_is_no_run_is_one_sentence_and_status_2(ask: Callable[..., Any]) -> None:
    unknown = "is no revision that Git knows here; name a branch, a tag or a commit, as main or HEAD~1; "
    assert ask("nope") == (2, f"nope: {unknown}`git fetch` brings those of the remote\n")
    needed = "a revision of this project is needed that was run and committed"
    Path("reports/metrics.json").write_text("<<<<<<< HEAD\n{")
    commit("conflict")
    assert ask("conflict") == (2, "conflict: reports/metrics.json: line 1: Expecting value\n")
    Path("reports/metrics.json").write_text('{"val": {}}')
    right = "it should be as the stage evaluate wrote it"
    assert ask("old") == (2, f"workspace: reports/metrics.json: holds no test metrics; {right}\n")
    Path("reports/metrics.json").unlink()
    assert ask("old") == (2, "workspace: has no reports/metrics.json; run `make repro` first\n")
    commit("empty")
    assert ask("empty", "old") == (2, f"empty: has no reports/metrics.json; {needed}\n")


def test_a_revision_is_read_from_a_folder_below_the_repositorys(repository: Path) -> None:
    assert read_revision("old") == Revision("old", BEFORE, PARAMS, lock())
    assert read_revision(None).params["model"]["name"] == "mlp"

"""The end of a run: metrics beside the baseline, and how much equals the committed run."""

import subprocess
from pathlib import Path

import pytest

from plumbline import paths
from plumbline.errors import InputError
from plumbline.files import write_json
from plumbline.summary import summarise

LOCK = """schema: '2.0'
stages:
  train:
    cmd: python -m stages.train
    outs:
    - path: models/model.pt
      md5: {model}
    - path: models/recipe.json
      md5: bb
"""


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with metrics and a dvc.lock."""
    monkeypatch.chdir(tmp_path)
    metrics = {
        "test": {"rmse": 1.23456, "r2": 0.5},
        "baseline": {"rmse": 2.0},
        "interval": {"rmse": {"low": 1, "high": 2}},
    }
    write_json(paths.METRICS, metrics)
    Path("dvc.lock").write_text(LOCK.format(model="aa"), encoding="utf-8")
    Path("params.yaml").write_text("evaluate: {gates: {}}", encoding="utf-8")


def _commit() -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "dvc.lock"], check=True)
    author = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *author, "commit", "-qm", "run"], check=True)


def test_the_summary_shows_metrics_beside_the_baseline(measured: None) -> None:
    assert summarise().splitlines()[:3] == [
        "test metric  value  interval  baseline",
        "rmse         1.235     1 – 2         2",
        "r2             0.5                    ",
    ]


def test_without_a_committed_lock_the_summary_says_so(measured: None) -> None:
    assert "artifacts: no committed dvc.lock to compare with" in summarise()


def test_an_equal_run_is_all_byte_equal(measured: None) -> None:
    _commit()
    assert "artifacts: 2 of 2 byte-equal to the committed run\n" in summarise()


def test_a_changed_artifact_is_named(measured: None) -> None:
    _commit()
    Path("dvc.lock").write_text(LOCK.format(model="cc"), encoding="utf-8")
    assert "artifacts: 1 of 2 byte-equal to the committed run; others: models/model.pt" in summarise()


def test_before_the_first_run_the_summary_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^reports/metrics\.json: no such file; run `make repro` first$"):
        summarise()

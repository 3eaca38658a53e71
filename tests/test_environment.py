"""Environment: versions, CPU, mode and threads of each stage, compactly, without a host, a path or a time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plumbline import environment
from plumbline.environment import describe, record
from plumbline.verify.environment_changes import by_stage, name_changes, name_versions
from plumbline.yaml12 import read_yaml
from tests import project

CPU = {"vendor": "GenuineIntel", "family": 6, "model": 85, "flags": ["avx", "avx2", "avx512f"]}
HERE: dict[str, Any] = {"python": "3.11.7", "system": "Linux x86_64, glibc 2.36", "cpu": CPU, "packages": {}}


@pytest.fixture(autouse=True)
def _in_scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(Path("reports/environment.json").read_text())
    return entries


def test_the_environment_is_versions_system_and_cpu() -> None:
    found = describe()
    assert list(found) == ["python", "system", "cpu", "packages"]
    assert found["python"] == sys.version.split()[0]
    assert set(found["cpu"]) == {"vendor", "family", "model", "flags"}
    assert found["cpu"]["flags"] == sorted(found["cpu"]["flags"])


def test_stages_of_one_environment_share_an_entry_and_stand_in_the_pipelines_order() -> None:
    for stage in reversed(project.STAGES):
        record(stage, "portable", 2)
    record("mine", "portable", 2)
    (entry,) = written()
    assert list(entry["stages"]) == [*project.STAGES, "mine"]
    assert entry == {"stages": {stage: {"mode": "portable", "threads": 2} for stage in entry["stages"]}, **describe()}


def test_a_stage_run_elsewhere_moves_to_an_entry_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("ingest", "train"):
        record(stage, "portable", 2)
    monkeypatch.setattr(environment, "describe", lambda: HERE)
    record("train", "machine", 4)
    first, second = written()
    assert (list(first["stages"]), second) == (
        ["ingest"],
        {"stages": {"train": {"mode": "machine", "threads": 4}}, **HERE},
    )
    record("ingest", "portable", 2)
    assert written() == [{"stages": {"ingest": {"mode": "portable", "threads": 2}, **second["stages"]}, **HERE}]


def test_the_order_of_runs_leaves_no_trace() -> None:
    for order in (("plot", "train", "split"), ("split", "plot", "train")):
        for stage in order:
            record(stage, "fast", 1, Path(f"{order[0]}.json"))
    assert Path("plot.json").read_bytes() == Path("split.json").read_bytes()


def test_the_record_names_no_host_path_or_time() -> None:
    record("ingest", "portable", 1)
    text = Path("reports/environment.json").read_text()
    words = [os.uname().nodename, str(Path.cwd()), sys.prefix, str(Path.home())]
    assert [word for word in words if len(word) > 2 and word in text] == []
    assert re.findall(r"\d\d:\d\d|20\d\d-\d\d", text) == []


def test_a_record_that_a_merge_has_broken_is_begun_anew(capsys: pytest.CaptureFixture[str]) -> None:
    Path("reports").mkdir()
    Path("reports/environment.json").write_text("<<<<<<< HEAD\n[]\n")
    record("ingest", "portable", 1)
    assert capsys.readouterr().out == "reports/environment.json: was not JSON, as after a merge; begun anew\n"
    assert list(written()[0]["stages"]) == ["ingest"]


def test_packages_other_than_locked_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Some_Thing-2.0.dist-info", "torch-2.13.0+cpu.dist-info", "other-1.0.dist-info"):
        (tmp_path / name).mkdir()
    (tmp_path / "requirements.lock").write_text("# pinned\nsome.thing==1.9\ntorch==2.13.0\nother==1.0\nlost-one==3\n")
    monkeypatch.setattr(environment, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert describe()["packages"] == {
        "some.thing": {"locked": "1.9", "installed": "2.0"},
        "lost-one": {"locked": "3", "installed": None},
    }


def test_the_environment_is_known_in_no_time_and_without_heavy_imports() -> None:
    code = (
        "import sys, time; from plumbline import environment; start = time.process_time(); environment.describe()\n"
        "print(time.process_time() - start, len({'torch', 'numpy', 'polars', 'dvc', 'email'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    ran = [subprocess.run(command, cwd=project.ROOT, capture_output=True, text=True, check=True) for _ in range(3)]
    times, heavy = zip(*(map(float, one.stdout.split()) for one in ran), strict=True)
    assert min(times) < 0.05
    assert set(heavy) == {0}


def test_the_order_of_stages_is_that_of_dvc_yaml() -> None:
    assert tuple(read_yaml(project.ROOT / "dvc.yaml")["stages"]) == environment.STAGES


# What has changed


def test_equal_environments_have_no_changes() -> None:
    assert name_changes(HERE, HERE) == []


def test_each_change_is_named_with_what_was_recorded() -> None:
    recorded = {**HERE, "mode": "portable", "threads": 2, "packages": {"polars": {"locked": "2.1", "installed": "2.0"}}}
    cpu = {"vendor": "AuthenticAMD", "family": 25, "model": 1, "flags": ["avx", "avx2", "fma"]}
    packages = {"torch": {"locked": "2.13.0", "installed": "2.12.1"}, "tabm": {"locked": "1", "installed": None}}
    now = {**HERE, "python": "3.12.1", "mode": "fast", "threads": 4, "device": "H200", "cpu": cpu, "packages": packages}
    assert name_changes(recorded, now) == [
        "python 3.12.1, recorded 3.11.7",
        "device H200, recorded none",
        "polars 2.1, recorded 2.0",
        "tabm none, recorded 1",
        "torch 2.12.1, recorded 2.13.0",
        "mode fast, recorded portable",
        "threads 4, recorded 2",
        "CPU AuthenticAMD 25 1, recorded GenuineIntel 6 85",
        "this CPU has fma, unlike the recorded one",
        "this CPU lacks avx512f, unlike the recorded one",
    ]
    assert name_versions(recorded, now) == name_changes(recorded, now)[:5]


def test_a_stage_has_its_entrys_environment() -> None:
    record("ingest", "portable", 1)
    record("train", "machine", 2)
    text = Path("reports/environment.json").read_text()
    assert by_stage(text) == {
        "ingest": {**describe(), "mode": "portable", "threads": 1},
        "train": {**describe(), "mode": "machine", "threads": 2},
    }

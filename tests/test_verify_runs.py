"""Verify on whole projects: equal reruns pass, and what is planted to differ is found; hashes are compared here too."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plumbline.example import make_copy
from plumbline.files import write_json
from tests import project

pytestmark = pytest.mark.slow

Run = subprocess.CompletedProcess[str]
OTHER_THREADS = {"POLARS_MAX_THREADS": "1"}


@pytest.fixture(scope="module")
def variables(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment with a folder for scratch clones, and as many polars threads on any machine."""
    return {**environment, "TMPDIR": str(tmp_path_factory.mktemp("scratch")), "POLARS_MAX_THREADS": "2"}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]) -> Path:
    """A committed copy of the project, run on a table that DVC keeps. Copy it before changing anything."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    folder.mkdir()
    with project.inside(project.ROOT):
        make_copy(folder)
    (folder / "data/raw").mkdir(exist_ok=True)
    project.class_table().write_csv(folder / "data/raw/table.csv")
    project.write_params(project.quick_params(**{"ingest.source": "data/raw/table.csv"}), folder)
    call(folder, variables, "dvc", "add", "data/raw/table.csv")
    call(folder, variables, "dvc", "repro")
    commit(folder, variables)
    return folder


@pytest.fixture
def here(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the finished project as the current folder."""
    folder = tmp_path / "project"
    shutil.copytree(finished, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return folder


def call(folder: Path, variables: dict[str, str], *command: str) -> Run:
    ran = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran


def commit(folder: Path, variables: dict[str, str]) -> None:
    call(folder, variables, "git", "add", "-A")
    call(folder, variables, "git", "commit", "-qm", "run")


def plant(path: str, old: str, new: str) -> None:
    text = Path(path).read_text()
    assert old in text
    Path(path).write_text(text.replace(old, new, 1))


def run_again(variables: dict[str, str], *stages: str) -> None:
    """Run stages and commit."""
    call(Path(), variables, "dvc", "repro", "--single-item", *stages)
    commit(Path(), variables)


def verify(variables: dict[str, str], *options: str) -> Run:
    command = [sys.executable, "-m", "plumbline", "verify", *options]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def compare_hashes(ran: Run, *paths: str) -> dict[str, bool]:
    """Whether files of the workspace and of the kept rerun are equal; by SHA-256, without any of verify's code."""
    kept = Path(re.findall(r"^kept: (.+)$", ran.stdout, re.MULTILINE)[0])
    sides = (Path(), kept / "rerun")
    hashes = {path: [hashlib.sha256((side / path).read_bytes()).digest() for side in sides] for path in paths}
    return {path: one == other for path, (one, other) in hashes.items()}


def test_an_equal_rerun_passes_and_touches_neither_the_workspace_nor_the_cache(
    here: Path, variables: dict[str, str]
) -> None:
    before = own_files(here)
    ran = verify(variables | OTHER_THREADS, "--cores", "1", "--keep")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0] == "bytes decide: mode everywhere promises them here, and all versions are as recorded"
    assert [line.split()[1] for line in lines[1:7]] == list(project.STAGES)
    assert "verify: all 18 artifacts have the recorded bytes" in lines
    reports = [f"reports/{name}.json" for name in ("ingest", "split", "training", "metrics", "export")]
    files = ["data/examples.parquet", "models/model.pt", "models/export/model.onnx", *reports]
    assert compare_hashes(ran, *files) == dict.fromkeys(files, True)
    assert own_files(here) == before


def own_files(folder: Path) -> dict[str, str]:
    """Hashes of all that a folder holds, Git's and DVC's files too; but for what Python and DVC write by the way."""
    found = project.contents(folder).items()
    passing = ("__pycache__", ".dvc/tmp/")
    return {name: hashlib.sha256(data).hexdigest() for name, data in found if not any(word in name for word in passing)}


def test_an_unseeded_draw_is_found_with_the_stage_it_begins_in(here: Path, variables: dict[str, str]) -> None:
    plant("stages/train.py", 'seed_torch(params.seed, "weights")', '__import__("torch").seed()')
    run_again(variables)
    ran = verify(variables, "--keep")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert (
        "\norigin: train: its inputs are the recorded ones, its outputs are not\nenvironment: as recorded\n"
        in ran.stdout
    )
    told = ran.stdout.partition("\nreports/metrics.json: ")[2]  # metrics first, then weights, then columns and figures
    places = [told.index(f"\n{path}: ") for path in ("models/model.pt", "data/predictions.parquet")]
    assert places == sorted(places)
    assert re.search(r"\nmodels/untrained.pt: first differs .*weight.* by .*; \d+ of \d+ differ\n", told)
    assert "column 'probability: yes' by " in told
    files = {"models/recipe.json": True, "models/untrained.pt": False, "models/model.pt": False}
    assert compare_hashes(ran, *files) == files


def test_a_time_and_the_number_of_cores_in_a_report_are_found(here: Path, variables: dict[str, str]) -> None:
    write = "write_json(paths.INGEST_REPORT, report"
    cores = 'len(__import__("os").sched_getaffinity(0))'
    plant("stages/ingest.py", write, f'{write} | {{"at": __import__("time").ctime(), "cores": {cores}}}')
    run_again(variables, "ingest")
    ran = verify(variables, "--stage", "ingest", "--cores", "1", "--keep")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    (at,) = re.findall(r"^reports/ingest.json: at '(.+)' -> '(.+)'$", ran.stdout, re.MULTILINE)
    assert at[0] != at[1]
    assert [line for line in ran.stdout.splitlines() if "ingest.json: cores" in line] == [
        f"reports/ingest.json: cores {count} -> 1" for count in [len(os.sched_getaffinity(0))] if count > 1
    ]
    assert ran.stdout.splitlines()[-2] == "verify: 1 of 2 artifacts not as recorded"
    files = {"data/examples.parquet": True, "reports/ingest.json": False}
    assert compare_hashes(ran, *files) == files


def test_a_changed_library_under_the_same_version_is_found(
    here: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    import rtdl_num_embeddings

    library = shutil.copy(rtdl_num_embeddings.__file__, tmp_path)
    plant(library, "uniform_(self.weight, -d_rqsrt, d_rqsrt)", "uniform_(self.weight, 0, d_rqsrt)")
    ran = verify(variables | {"PYTHONPATH": str(tmp_path)}, "--stage", "train", "--keep")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "models/untrained.pt: first differs encoders.number" in ran.stdout
    assert "\nenvironment: as recorded\n" in ran.stdout  # the version says nothing of it: only the bytes do
    files = {"models/untrained.pt": False, "models/recipe.json": True}
    assert compare_hashes(ran, *files) == files


def test_changed_code_that_was_not_run_is_no_case_for_a_rerun(here: Path, variables: dict[str, str]) -> None:
    plant("plumbline/fit.py", '"""', '"""A changed library file. ')
    commit(here, variables)
    ran = verify(variables)
    assert (ran.returncode, ran.stderr) == (
        2,
        "dvc.lock: is out of step with train, so that no rerun can equal it (plumbline/fit.py modified); "
        "run `dvc repro` and commit what it makes\n",
    )


def test_a_parallel_mean_differs_in_bytes_and_passes_where_only_numbers_are_promised(
    here: Path, variables: dict[str, str]
) -> None:
    frame = 'pl.DataFrame({"x": __import__("numpy").random.default_rng(0).normal(size=300_000)})'
    groups = f'{frame}.with_columns(g=pl.int_range(pl.len()) % 3).group_by("g")'
    means = f'{groups}.agg(pl.col("x").mean()).sort("g")["x"].to_list()'
    write = "write_json(paths.INGEST_REPORT, report"
    plant("stages/ingest.py", write, f'{write} | {{"means": {means}}}')
    run_again(variables, "ingest")
    ran = verify(variables | OTHER_THREADS, "--stage", "ingest", "--keep")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert re.search(r"^reports/ingest.json: means.\d .* -> ", ran.stdout, re.MULTILINE)
    assert re.search(r"reports/ingest.json +same numbers to \de-\d\d$", ran.stdout, re.MULTILINE)
    files = {"data/examples.parquet": True, "reports/ingest.json": False}
    assert compare_hashes(ran, *files) == files

    change_recorded_cpu()
    commit(here, variables)
    ran = verify(variables | OTHER_THREADS, "--stage", "ingest")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.match(
        r"the recorded CPU is of Acme, and everywhere was seen on Intel and AMD only; numbers are compared\n",
        ran.stdout,
    )
    assert ran.stdout.endswith(
        "verify: 1 of 2 artifacts have the recorded bytes, the others the same numbers within 0.001\n"
    )


def change_recorded_cpu() -> None:
    """As if the committed run came from another vendor's CPU."""
    path = Path("reports/environment.json")
    (entry,) = json.loads(path.read_text())
    cpu: dict[str, Any] = {"vendor": "Acme", "family": 1, "model": 2, "flags": ["avx2"]}
    write_json(path, [entry | {"cpu": cpu}])


def test_a_clone_without_artifacts_is_verified_by_hashes_and_one_stage_of_it_is_not(
    here: Path, variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = tmp_path / "clone"
    call(here, variables, "git", "clone", "-q", str(here), str(clone))
    monkeypatch.chdir(clone)
    ran = verify(variables)
    said = "data/raw/table.csv.dvc: not in DVC's cache, and `dvc fetch` does not bring it\n"
    assert (ran.returncode, ran.stderr) == (2, said)
    call(clone, variables, "dvc", "remote", "add", "--local", "--default", "origin", str(here / ".dvc/cache"))
    ran = verify(variables, "--stage", "ingest")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not Path("data/examples.parquet").exists()
    shutil.rmtree(here / ".dvc/cache/files")
    ran = verify(variables, "--stage", "train")
    assert ran.returncode == 2
    said = "data/columns.json, data/split/train, data/split/val: not in DVC's cache, and `dvc fetch` does not bring it"
    assert ran.stderr.startswith(said)

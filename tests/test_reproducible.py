"""Reproducible: the same inputs give the same bytes, wherever and under whatever environment they are run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from plumbline import reproducible
from plumbline.device import prepare_torch
from plumbline.example import make_copy
from plumbline.params import Compute
from tests import project

ENVIRONMENTS: list[dict[str, str]] = [
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "C", "LC_ALL": "C", "POLARS_MAX_THREADS": "1"},
    {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LANG": "C.UTF-8", "POLARS_MAX_THREADS": "2", "COLUMNS": "40"},
]
UMASKS = (0o022, 0o077)


def repro(folder: Path, environment: dict[str, str], umask: int) -> dict[str, Any]:
    """Run `dvc repro` in a folder with another environment; what dvc.lock says."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    home = {"HOME": str(folder.parent), "PATH": path, "DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(folder.parent)}
    ran = subprocess.run(
        ["dvc", "repro"],
        cwd=folder, env=home | environment, umask=umask, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lock: dict[str, Any] = yaml.safe_load((folder / "dvc.lock").read_text())
    return lock


def make_folders(tmp_path: Path) -> list[Path]:
    """Two copies of the project in folders of other names and depths."""
    folders = [tmp_path / "one", tmp_path / "another place" / "deeper" / "größe"]
    for folder in folders:
        folder.mkdir(parents=True)
        with project.inside(project.ROOT):
            make_copy(folder)
    return folders


def assert_same(folders: list[Path]) -> None:
    """Both folders' runs have the same dvc.lock, and the same bytes in every report."""
    locks = [
        repro(folder, environment, umask)
        for folder, environment, umask in zip(folders, ENVIRONMENTS, UMASKS, strict=True)
    ]
    assert locks[0] == locks[1]
    assert project.contents(folders[0] / "reports") == project.contents(folders[1] / "reports")


@pytest.mark.slow
def test_the_default_pipeline_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    assert_same(make_folders(tmp_path))


def test_another_folder_gives_the_same_bytes_whatever_an_earlier_run_left_there(
    finished_mixed: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "another place" / "größe"
    shutil.copytree(finished_mixed, folder)
    before = project.contents(folder)
    for name in before.keys() - {"params.yaml", "table.parquet"}:
        (folder / name).write_bytes(b"of an earlier run")
    with project.inside(folder):
        project.run(*project.STAGES)
    assert project.contents(folder) == before


def test_no_report_tells_where_or_when_it_was_made(in_finished_mixed: Path) -> None:
    where = [str(in_finished_mixed), str(project.ROOT), sys.prefix]
    for name, content in project.contents(Path()).items():
        if name.startswith(("data/", "models/", "reports/")):
            assert [word for word in where if word.encode() in content] == [], name


# Switches


def switched(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(project.ROOT)}, capture_output=True, text=True, check=False
    )


def test_switches_after_numpy_is_imported_are_refused() -> None:
    ran = switched("import numpy; from plumbline.reproducible import switch_on; switch_on()")
    assert ran.returncode == 1
    assert "RuntimeError: numpy imported before the switches " in ran.stderr


@pytest.mark.parametrize("mode", reproducible.MODES)
def test_switches_can_be_set_again(mode: str) -> None:
    ran = switched(
        "from plumbline.reproducible import switch_on\n"
        f"switch_on('{mode}', 2); import numpy; switch_on('{mode}', 2); import os; print(os.environ['OMP_NUM_THREADS'])"
    )
    assert (ran.stdout, ran.stderr) == ("2\n", "")


@pytest.mark.parametrize("mode", reproducible.MODES)
def test_torch_is_prepared_as_the_mode_says(mode: str) -> None:
    try:
        chosen = prepare_torch(Compute(reproducible=mode, threads=1, device="cpu", precision="float32"))
        assert chosen == torch.device("cpu")
        assert torch.are_deterministic_algorithms_enabled() == (mode != "fast")
        assert ("kernels.py" in torch._C._dispatch_dump("aten::mm")) == (mode == "everywhere")
    finally:
        prepare_torch(Compute(reproducible="everywhere", threads=1, device="cpu", precision="float32"))


HASWELL = {"vendor": "GenuineIntel", "family": 6, "model": 60, "flags": ["sse2", "avx2", "fma"]}
SKYLAKE = {"vendor": "GenuineIntel", "family": 6, "model": 85, "flags": ["sse2", "avx2", "fma", "avx512f"]}
MILAN = {"vendor": "AuthenticAMD", "family": 25, "model": 1, "flags": ["sse2", "avx2", "fma"]}


@pytest.mark.parametrize(
    ("mode", "recorded", "this", "reason"),
    [
        ("everywhere", HASWELL, MILAN, None),
        ("everywhere", MILAN, SKYLAKE, None),
        (
            "everywhere",
            HASWELL,
            HASWELL | {"flags": ["sse2", "avx2"]},
            "this CPU lacks fma, which everywhere needs",
        ),
        (
            "everywhere",
            HASWELL | {"vendor": "CentaurHauls"},
            MILAN,
            "the recorded CPU is of CentaurHauls, and everywhere was seen on Intel and AMD only",
        ),
        ("portable", HASWELL, SKYLAKE, None),
        ("portable", MILAN, MILAN, None),
        (
            "portable",
            MILAN,
            HASWELL,
            "portable holds on CPUs of one vendor; recorded on AuthenticAMD, this is GenuineIntel",
        ),
        ("machine", SKYLAKE, SKYLAKE | {"flags": ["fma", "avx512f", "avx2", "sse2", "ht"]}, None),
        ("machine", HASWELL, SKYLAKE, "machine holds on one kind of CPU; recorded on model 60, this is 85"),
        (
            "machine",
            SKYLAKE,
            SKYLAKE | {"flags": HASWELL["flags"]},
            "machine holds on one kind of CPU; this and the recorded one differ in avx512f",
        ),
        ("fast", HASWELL, HASWELL, "compute.reproducible: fast promises no equal bits"),
    ],
)
def test_bits_agree_where_the_mode_promises_it(
    mode: str, recorded: dict[str, Any], this: dict[str, Any], reason: str | None
) -> None:
    assert reproducible.bits_agree(mode, recorded, this) == reason


def test_a_seed_is_another_for_each_use() -> None:
    seeds = {reproducible.derive_seed(seed, *use) for seed in (0, 1) for use in (("a",), ("b",), ("a", 1), ("a", 2))}
    assert len(seeds) == 8
    assert reproducible.derive_seed(0, "split") == reproducible.derive_seed(0, "split")
    assert all(0 <= seed < 2**63 for seed in seeds)

"""A new model is one new file: found, checked, trained, exported; until the schema knows it, a sentence says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import project

MODEL = '''"""Square: features and their squares."""

import torch
from torch import Tensor, nn

from plumbline.params import Section


class Params(Section):
    """Knobs of the square model."""

    factor: float = 1.0
    """What squares are multiplied with."""


class Square(nn.Module):
    """(B, d) -> (B, 1, 2 d)."""

    members = 1

    def __init__(self, width: int, factor: float) -> None:
        super().__init__()
        self.width, self.factor = 2 * width, factor

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([features, self.factor * features**2], dim=1).unsqueeze(1)


def build(params: Params, widths: list[int]) -> nn.Module:
    """Backbone over features of the given widths."""
    return Square(sum(widths), params.factor)
'''


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the library and its stages beside a small table, with the new model's file in its folder."""
    folder = project.make_project(tmp_path / "project", project.number_table(), **{"model.square": {"factor": 0.5}})
    for name in ("plumbline", "stages"):
        shutil.copytree(project.ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(project.ROOT / "requirements.lock", folder)
    (folder / "plumbline" / "models" / "square.py").write_text(MODEL, encoding="utf-8")
    return folder


def _run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    arguments = [sys.executable, "-m", *command]
    return subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_model_that_the_schema_does_not_know_yet_is_named_with_what_to_do(copied: Path) -> None:
    ended = _run(copied, "plumbline", "check")
    assert ended.returncode == 2
    expected = "params.yaml: plumbline/models/square.py is not in plumbline/schema.json yet; run `make schema`\n"
    assert ended.stderr == expected


@pytest.mark.slow
def test_a_new_model_is_one_file(copied: Path) -> None:
    assert _run(copied, "plumbline", "schema").returncode == 0
    text = (copied / "params.yaml").read_text(encoding="utf-8")
    (copied / "params.yaml").write_text(text.replace("name: mlp", "name: square"), encoding="utf-8")
    for stage in ("ingest", "split", "train", "evaluate", "export"):
        ended = _run(copied, f"stages.{stage}")
        assert ended.returncode == 0, ended.stderr
    assert "square" in (copied / "models" / "recipe.json").read_text(encoding="utf-8")

"""Examples: each merges into a params.yaml without mistakes; what they claim is what comes out."""

import hashlib
import json
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch

from plumbline import check, example, paths
from plumbline.errors import InputError
from plumbline.files import read_json
from tests import project

NAMES = sorted(path.stem for path in (project.ROOT / "examples").glob("*.yaml") if path.stem != "data")
DATA = project.ROOT / ".." / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="../shared/data is not here")


@pytest.fixture
def at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's own folder as the current one."""
    monkeypatch.chdir(project.ROOT)


def test_there_are_examples() -> None:
    assert {"line", "circles", "diabetes", "breast_cancer", "mixed"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_a_few_keys_that_make_a_params_file_without_mistakes(name: str, at_root: None) -> None:
    merged = example.merged_params(name)
    mistakes = [mistake for mistake in check.find_mistakes(merged) if "no such file" not in mistake]
    assert mistakes == []
    assert Path(f"examples/{name}.yaml").read_text(encoding="utf-8").startswith("# ")


def test_an_example_changes_only_the_keys_that_it_names(at_root: None) -> None:
    merged = example.merged_params("line")
    assert merged["train"]["optimizer"]["SGD"] == {"momentum": 0}
    assert merged["train"]["optimizer"]["AdamW"] == {"weight_decay": 0.01}


def test_an_unknown_example_is_refused_with_the_known_ones(at_root: None) -> None:
    with pytest.raises(InputError, match=r"^examples/lime\.yaml: no such example; there are .*line"):
        example.merged_params("lime")


def test_a_raw_file_is_found_by_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "rows.csv").write_text("another file of that name", encoding="utf-8")
    (tmp_path / "deep" / "rows.csv").write_text("a,b\n", encoding="utf-8")
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path))
    sha256 = hashlib.sha256(b"a,b\n").hexdigest()
    assert example._fetch("rows.csv", "https://nowhere.invalid/rows.csv", sha256) == b"a,b\n"


def test_an_archive_that_is_packed_anew_is_found_by_the_files_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path))
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    sha256 = hashlib.sha256(b"a.wava.wavb.wavb.wav").hexdigest()
    for top, order in (("clips", "ab"), ("project-1.0/clips", "ba")):
        with tarfile.open(tmp_path / "clips.tar.gz", "w:gz") as archive:
            for letter in order:
                archive.add(tmp_path / f"{letter}.wav", f"{top}/{letter}.wav")
            archive.add(tmp_path / "a.wav", "README")
        content = (tmp_path / "clips.tar.gz").read_bytes()
        assert example._fetch("clips.tar.gz", "https://nowhere.invalid/c.tar.gz", sha256, "clips") == content
    with pytest.raises(InputError, match=r"^https://nowhere\.invalid/c\.tar\.gz: "):
        example._fetch("clips.tar.gz", "https://nowhere.invalid/c.tar.gz", sha256, "other")


def test_a_raw_file_that_cannot_be_had_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"put rows\.csv into a folder and name it in PLUMBLINE_DATA$"):
        example._fetch("rows.csv", "file:///nowhere/rows.csv", "0")


def _run_line(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> tuple[float, float]:
    """Run example line's stages in `folder`; weight and bias at the end."""
    monkeypatch.chdir(project.ROOT)
    merged = example.merged_params("line")
    shutil.copytree("examples", folder / "examples")
    (folder / "models" / "start").mkdir(parents=True)
    shutil.copy("examples/line.json", folder / "models" / "start")
    monkeypatch.chdir(folder)
    project.write_params(project.changed(merged, {"compute.threads": 1, "evaluate.bootstrap": 0, **changes}))
    project.run("ingest", "split", "train", "evaluate")
    weights = torch.load(paths.MODEL, weights_only=True)
    return weights["heads.0.weight"].item(), weights["heads.0.bias"].item()


def test_the_line_ends_at_the_published_weight_bias_and_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weight, bias = _run_line(tmp_path, monkeypatch)
    assert (round(weight, 4), round(bias, 4)) == (0.5784, 0.3513)
    assert round(read_json(paths.METRICS)["test"]["mae"], 4) == 0.0569


def test_the_line_is_found_from_a_fresh_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weight, bias = _run_line(tmp_path, monkeypatch, **{"train.start_from": None, "train.epochs": 1000})
    assert weight == pytest.approx(0.7, abs=0.01)
    assert bias == pytest.approx(0.3, abs=0.01)


@pytest.mark.slow
def test_an_example_runs_in_a_copy_and_leaves_the_workspace_alone(tmp_path: Path, at_root: None) -> None:
    before = {path: path.read_bytes() for path in (Path("params.yaml"), Path("dvc.yaml"))}
    example.run_example("mixed", str(tmp_path / "copy"))
    assert {path: path.read_bytes() for path in before} == before
    assert (tmp_path / "copy" / paths.REPORT).exists()
    checks = json.loads((tmp_path / "copy" / paths.EXPORT_REPORT).read_text(encoding="utf-8"))["checks"]
    assert all(entry["passed"] for entry in checks)


QUALITY = [
    ("circles", "accuracy", 0.99),
    ("breast_cancer", "roc_auc", 0.99),
    pytest.param("penguins", "accuracy", 0.95, marks=needs_data),
    pytest.param("adult", "accuracy", 0.855, marks=needs_data),
    pytest.param("california_housing", "rmse", 50_500, marks=needs_data),
    pytest.param("sms_spam", "f1", 0.95, marks=needs_data),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "metric", "bound"), QUALITY)
def test_an_example_is_as_good_as_the_readme_says(
    name: str, metric: str, bound: float, tmp_path: Path, at_root: None
) -> None:
    example.run_example(name, str(tmp_path / "copy"))
    metrics = read_json(tmp_path / "copy" / paths.METRICS)
    assert np.sign(1 - bound) * metrics["test"][metric] >= np.sign(1 - bound) * bound  # an error is bounded from above

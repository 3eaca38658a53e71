"""A full disk or a folder that takes no file ends a stage in one sentence, and loses nothing."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from plumbline import resume, tensors
from plumbline.files import naming, replacing, replacing_folder, write_text
from plumbline.resume import State
from tests import contract, project
from tests.project import ROOT, STAGES

TOO_LARGE = os.strerror(errno.EFBIG)


@contextlib.contextmanager
def disk_takes(n_bytes: int) -> Iterator[None]:
    """No file may grow past `n_bytes` for a while: what a full disk is like, without a disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def outs(stage: str) -> dict[str, bytes]:
    """Bytes of a stage's outputs, and of whatever lies beside them."""
    folders = {Path(out).parent for out in contract.declared_outs(contract.stages(ROOT)[stage])}
    return {f"{folder}/{name}": content for folder in folders for name, content in project.contents(folder).items()}


def refusal_with(n_bytes: int, stage: str) -> str | None:
    """What a stage says on a disk that takes `n_bytes` a file; None if they suffice."""
    with disk_takes(n_bytes), contextlib.redirect_stdout(io.StringIO()):
        try:
            return project.refusal(stage)
        except AssertionError as error:
            assert str(error) == f"stage {stage} ended well"
            return None


SLOW = {"plot", "evaluate", "export"}


@pytest.mark.parametrize("stage", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in STAGES])
def test_a_full_disk_ends_a_stage_in_one_sentence_and_loses_no_output(in_finished_mixed: Path, stage: str) -> None:
    before, sentences, places = outs(stage), [], contract.declared_outs(contract.stages(ROOT)[stage])
    n_bytes = 16
    while (sentence := refusal_with(n_bytes, stage)) is not None:
        place, _, said = sentence.rpartition(": ")
        assert said == TOO_LARGE, sentence
        assert "\n" not in place
        assert ".tmp" not in place
        assert place.startswith((*places, "data/split", ".dvc/tmp/plumbline")), sentence
        kept = outs(stage)
        assert kept.keys() == before.keys()
        sentences.append(place)
        n_bytes *= 8 if stage in SLOW else 2
    assert any(place.startswith(tuple(places)) for place in sentences)
    assert outs(stage) == before


def test_a_tensor_that_does_not_fit_is_refused_before_its_pages_are_written(tmp_path: Path) -> None:
    writer = tensors.BlockWriter(tmp_path / "blocks", 1000)
    with disk_takes(5000), pytest.raises(OSError, match=TOO_LARGE) as error:
        writer.append("number", np.zeros((10, 3)))
    assert error.value.filename == str(tmp_path / "blocks/number.npy")


def test_the_space_of_a_tensor_is_taken_when_it_is_made(tmp_path: Path) -> None:
    writer = tensors.BlockWriter(tmp_path / "blocks", 100_000)
    writer.append("number", np.zeros((10, 3)))
    assert (tmp_path / "blocks/number.npy").stat().st_blocks * 512 >= 100_000 * 3 * 8


def test_a_state_that_cannot_be_saved_leaves_the_last_one(tmp_path: Path) -> None:
    state, part = State(tmp_path), resume.Randomness(resume.torch.device("cpu"))
    state._save({"random": part})
    before = (tmp_path / "state.pt").read_bytes()
    with disk_takes(500), pytest.raises(OSError, match=TOO_LARGE) as error:
        state._save({"random": part})
    assert error.value.filename == str(tmp_path / "state.pt")
    assert project.contents(tmp_path) == {"state.pt": before}


def test_training_that_cannot_save_its_state_says_so_and_goes_on_later_from_the_last_one(
    in_finished_mixed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = outs("train")
    project.change_params(**{"train.epochs": 2})
    monkeypatch.setattr(resume, "_FIRST_COST", 0)
    monkeypatch.setattr(resume, "_LARGEST_SHARE", 1e9)
    with disk_takes(2000):
        sentence = project.refusal("train")
    assert sentence.endswith(f"/state.pt: {TOO_LARGE}")
    assert outs("train") == before
    project.run("train")
    assert outs("train") == before


def test_a_place_that_takes_no_file_is_one_sentence(in_finished_mixed: Path) -> None:
    for path in Path("models").glob("*.*"):
        path.unlink()
    Path("models").rename("elsewhere")
    Path("models").write_text("a file")
    Path("reports/metrics.json").unlink()
    assert project.refusal("export") == "models/recipe.json: Not a directory"


# Names


def test_what_bears_no_name_gets_the_file_that_was_to_be_written(tmp_path: Path) -> None:
    for write in (
        lambda path: path.write_bytes(bytes(10_000)),
        lambda path: pl.DataFrame({"a": range(10_000)}).write_parquet(path),
        lambda path: pl.LazyFrame({"a": range(10_000)}).sink_parquet(path),
    ):
        with pytest.raises(OSError, match=TOO_LARGE) as error, disk_takes(1000), replacing(tmp_path / "x") as temporary:
            write(temporary)
        assert error.value.filename == str(tmp_path / "x")
        assert list(tmp_path.iterdir()) == []


def test_a_file_in_a_folder_gets_its_name_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=TOO_LARGE) as error, disk_takes(10), replacing_folder(tmp_path / "new") as folder:
        write_text(folder / "deeper/y", "more than ten bytes")
    assert error.value.filename == str(tmp_path / "new/deeper/y")


def test_what_is_wrong_with_another_file_keeps_its_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as error, replacing(tmp_path / "x"):
        Path("missing").read_bytes()
    assert error.value.filename == "missing"
    with pytest.raises(pl.exceptions.ComputeError), naming(tmp_path / "x"):
        raise pl.exceptions.ComputeError("nothing to do with a disk")


# What a killed process leaves


def test_leftovers_of_a_killed_process_are_removed(tmp_path: Path) -> None:
    for name in (".x.tmp", ".x.old"):
        (tmp_path / name / "deeper").mkdir(parents=True)
        (tmp_path / name / "deeper/file").write_text("half")
    with replacing_folder(tmp_path / "x") as folder:
        assert list(folder.iterdir()) == []
        (folder / "new").write_text("whole")
    assert project.contents(tmp_path) == {"x/new": b"whole"}


def test_a_folder_is_never_half_removed_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x/old").write_text("old")
    seen = []
    rename = Path.replace

    def watched(self: Path, target: Path) -> Path:
        result = rename(self, target)
        seen.append(sorted(path.name for path in (tmp_path / "x").glob("*")))
        return result

    monkeypatch.setattr(Path, "replace", watched)
    with replacing_folder(tmp_path / "x") as folder:
        (folder / "new").write_text("new")
    assert seen == [[], ["new"]]
    assert project.contents(tmp_path) == {"x/new": b"new"}

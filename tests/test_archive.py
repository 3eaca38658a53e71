"""Archive: torch's archives in canonical form load and predict as before, and differ only where models do."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from plumbline import archive
from tests import project
from tests.project import Changes

Load = Callable[[io.BytesIO], Any]


class Tiny(nn.Module):
    """Two layers that share a weight, a buffer and a constant."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 5), nn.Linear(3, 2)
        self.shared = self.first.weight
        self.register_buffer("shift", torch.arange(3.0))

    def forward(self, batch: Tensor) -> Tensor:  # (B, 3) -> (B, 2)
        return self.second(self.first(batch + self.shift).relu() @ self.shared + torch.tensor([0.5]))


def saved(kind: str) -> bytes:
    """A tiny network as torch writes it."""
    torch.manual_seed(0)
    network, batch, written = Tiny(), torch.ones(2, 3), io.BytesIO()
    if kind == "pt2":
        torch.export.save(torch.export.export(network, (batch,)), written)
    else:
        torch.jit.save(torch.jit.trace(network, (batch,)), written)
    return written.getvalue()


def load(kind: str, content: bytes) -> Any:
    return torch.export.load(io.BytesIO(content)).module() if kind == "pt2" else torch.jit.load(io.BytesIO(content))


def one_record(name: str, text: str) -> bytes:
    """An archive of a single record."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr(f"archive/{name}", text)
    return written.getvalue()


@pytest.fixture(params=["pt2", "torchscript"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def as_torch_wrote(kind: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return saved(kind)


def test_a_rewritten_archive_predicts_the_same(kind: str, as_torch_wrote: bytes) -> None:
    batch = torch.randn(2, 3, generator=torch.Generator().manual_seed(1))
    before, after = load(kind, as_torch_wrote), load(kind, archive.rewrite(as_torch_wrote))
    assert torch.equal(before(batch), after(batch))
    assert {name: value.tolist() for name, value in before.state_dict().items()} == {
        name: value.tolist() for name, value in after.state_dict().items()
    }


def test_a_rewritten_archive_has_fixed_names_times_and_order(as_torch_wrote: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(archive.rewrite(as_torch_wrote))) as file:
        entries, names = file.infolist(), file.namelist()
        assert file.testzip() is None
    assert names[:-1] == sorted(names[:-1])
    assert names[-1] == "archive/.data/serialization_id"
    assert not [name for name in names if name.endswith(".debug_pkl")]
    fixed = {(entry.date_time, entry.compress_type, entry.create_system, entry.flag_bits) for entry in entries}
    assert fixed == {((1980, 1, 1, 0, 0, 0), zipfile.ZIP_STORED, 0, 0)}


def test_a_rewritten_archives_records_begin_where_memory_can_be_mapped(as_torch_wrote: bytes) -> None:
    content = archive.rewrite(as_torch_wrote)
    reader = torch._C.PyTorchFileReader(io.BytesIO(content))
    assert {reader.get_record_offset(name) % 64 for name in reader.get_all_records()} == {0}


def test_rewriting_twice_changes_nothing(as_torch_wrote: bytes) -> None:
    once = archive.rewrite(as_torch_wrote)
    assert archive.rewrite(once) == once


def test_names_order_times_compression_and_debug_records_do_not_enter_the_bytes(as_torch_wrote: bytes) -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_torch_wrote)) as old, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as new:
        for name in reversed(old.namelist()):
            is_id = name.endswith(("serialization_id", ".debug_pkl"))
            new.writestr(f"größe/{name.partition('/')[2]}", b"another" if is_id else old.read(name))
    assert archive.rewrite(other.getvalue()) == archive.rewrite(as_torch_wrote)


def test_another_weight_is_another_archive_and_another_id(kind: str, as_torch_wrote: bytes) -> None:
    shift, other = (torch.tensor(values).numpy().tobytes() for values in ([0.0, 1, 2], [0.0, 1, 3]))
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_torch_wrote)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, other if old.read(name) == shift else old.read(name))
    contents = [archive.rewrite(content) for content in (as_torch_wrote, changed.getvalue())]
    ids = [zipfile.ZipFile(io.BytesIO(content)).read("archive/.data/serialization_id") for content in contents]
    assert ids[0] != ids[1]
    assert not torch.equal(load(kind, contents[0])(torch.ones(2, 3)), load(kind, contents[1])(torch.ones(2, 3)))


def test_the_build_of_torch_does_not_enter_the_bytes() -> None:
    version = f'"torch_version": "{torch.__version__.partition("+")[0]}'
    contents = [one_record("models/model.json", f'{{{version}{build}"}}') for build in ("", "+cpu", "+cu130")]
    assert {archive.rewrite(content) for content in contents} == {archive.rewrite(contents[0])}
    assert f'{{{version}"}}'.encode() in archive.rewrite(contents[1])


@pytest.mark.parametrize("share", [0.1, 0.5, 0.999])
def test_a_truncated_archive_is_refused(kind: str, as_torch_wrote: bytes, share: float) -> None:
    content = archive.rewrite(as_torch_wrote)
    with pytest.raises((RuntimeError, zipfile.BadZipFile)):
        load(kind, content[: int(len(content) * share)])


# Whole projects

PROJECTS: dict[str, Changes] = {
    "mlp": {"ingest.target": "kind", "model.name": "mlp"},
    "tabm": {"ingest.target": "amount", "model.name": "tabm", "encoders.number.name": "periodic"},
    "linear": {"ingest.target": "kind", "model.name": "linear", "encoders.number.name": "plain"},
    "targets": {"ingest.target": ["amount", "kind"], "model.name": "tabm"},
}
_EXPORT = """
import os, sys
from stages import export
for folder in sys.argv[1:]:
    os.chdir(folder)
    export.main()
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of projects that are ready to be exported."""
    parent = tmp_path_factory.mktemp("trained")
    formats = {"export.formats": ["pt2", "torchscript"], "train.epochs": 1}
    for name, changes in PROJECTS.items():
        project.make_project(parent / name, project.mixed_table(), **changes, **formats)
        with project.inside(parent / name):
            project.run("ingest", "split", "train", "evaluate")
    return parent


def exported(trained: Path, folder: Path, **environment: str) -> dict[str, bytes]:
    """What models/export of every project holds after a process with its own copy of the code has exported it."""
    shutil.copytree(trained, folder / "projects")
    project.copy_code(folder / "code")
    ran = subprocess.run(
        [sys.executable, "-B", "-c", _EXPORT, *(str(folder / "projects" / name) for name in PROJECTS)],
        env={**os.environ, "PYTHONPATH": str(folder / "code"), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    files = project.contents(folder / "projects")
    return {name: content for name, content in files.items() if "/models/export/" in name or "/reports/" in name}


@pytest.mark.slow
def test_exported_models_are_equal_wherever_they_are_written(trained: Path, tmp_path: Path) -> None:
    one = exported(trained, tmp_path / "one", PYTHONHASHSEED="1")
    other = exported(trained, tmp_path / "an other" / "größe", PYTHONHASHSEED="2", LC_ALL="C", TZ="Asia/Tokyo")
    assert sum(name.endswith((".pt2", ".torchscript")) for name in one) == 2 * len(PROJECTS)
    assert one == other
    named = [name for name, content in one.items() for word in (str(tmp_path), sys.prefix) if word.encode() in content]
    assert named == []

"""Crash-safe training: the state to go on from, kept out of DVC's sight under a fingerprint of what it follows from."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from plumbline import environment, locks, stopping
from plumbline.errors import InputError
from plumbline.files import replacing
from plumbline.sections import Section

_CODE = Path(__file__).parents[1]
_DIGEST = hashlib.sha256().digest_size
_LARGEST_SHARE = 1 / 20  # of the time, spent on saving
_FIRST_COST = 0.05  # seconds that the first save is thought to take: a training shorter than a second is not saved
_FORGOTTEN = 14 * 24 * 3600  # seconds


class Part(Protocol):
    """What can be saved: a network, an optimizer, a scheduler and their like."""

    def state_dict(self) -> dict[str, Any]:
        """Tensors, numbers, texts, lists and dicts."""

    def load_state_dict(self, state_dict: Any, /) -> Any:
        """What `state_dict` gave."""


class State:
    """The state of one training in one file; its parts are offered to be saved after each step."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "state.pt"
        self._saved, self._cost = time.monotonic(), _FIRST_COST

    def offer(self, parts: Mapping[str, Part]) -> None:
        """Save the parts if the last save is long ago, or if a signal asks to stop: then Stopped is raised."""
        if stopping.asked() or time.monotonic() - self._saved >= self._cost / _LARGEST_SHARE:
            self._save(parts)
        stopping.obey()

    def _save(self, parts: Mapping[str, Part]) -> None:
        """Write all at once: a crash leaves this state or the last."""
        start, buffer = time.monotonic(), io.BytesIO()
        torch.save({name: part.state_dict() for name, part in parts.items()}, buffer)
        with replacing(self._path) as temporary, temporary.open("wb") as file:
            file.write(hashlib.sha256(buffer.getbuffer()).digest())
            file.write(buffer.getbuffer())
            file.flush()
            os.fsync(file.fileno())  # a power cut must not leave the name without the content
        self._saved = time.monotonic()
        self._cost = self._saved - start

    def restore(self, parts: Mapping[str, Part]) -> None:
        """Load what was saved last into the parts, if anything was; a damaged file is told and left out."""
        content = self._path.read_bytes() if self._path.exists() else b""
        if content and hashlib.sha256(content[_DIGEST:]).digest() != content[:_DIGEST]:
            print(f"train: {self._path} is damaged; training starts afresh", flush=True)
        elif content:
            state = torch.load(io.BytesIO(content[_DIGEST:]), map_location="cpu", weights_only=True)
            for name, part in parts.items():
                part.load_state_dict(state[name])

    def remove(self) -> None:
        """Forget the training, once its outputs are written."""
        shutil.rmtree(self._folder)


@contextmanager
def kept(states: Path, fingerprint: str) -> Iterator[State]:
    """The state of the training with this fingerprint, below the main checkout's folder `states`.

    InputError where another process runs the same training. States that nobody has touched for two weeks are removed.
    """
    folder = _main_checkout(Path.cwd()) / states / fingerprint
    try:
        with locks.held(folder / "lock", str(os.getpid())):
            _forget_old(folder.parent)
            state = State(folder)
            try:
                yield state
            except InputError:  # it would end there again
                state.remove()
                raise
    except locks.BusyError as busy:
        raise InputError(
            f"train: process {busy.holder} trains the same network on the same examples; "
            f"wait until it has ended, or end it by `kill {busy.holder}`"
        ) from None


def _main_checkout(folder: Path) -> Path:
    """The folder whose `dvc exp run --temp` or `--queue` has made `folder` for one experiment; else `folder`."""
    for parent in folder.parents:
        if parent.parts[-3:] == (".dvc", "tmp", "exps"):
            return parent.parents[2]
    return folder


def _forget_old(states: Path) -> None:
    for folder in states.iterdir():
        if re.fullmatch("[0-9a-f]{64}", folder.name) and time.time() - folder.stat().st_mtime > _FORGOTTEN:
            with suppress(locks.BusyError), locks.held(folder / "lock", str(os.getpid())):
                shutil.rmtree(folder)


def fingerprint(given: list[Any], files: Iterable[Path], device: torch.device) -> str:
    """SHA-256 over what the bytes of a training follow from: values, files or folders, all code, the machine."""
    text = json.dumps([given, _machine(device)], sort_keys=True, default=Section.model_dump)
    digest = hashlib.sha256(text.encode())
    library = sorted(path for folder in ("plumbline", "stages") for path in (_CODE / folder).rglob("*.py"))
    for path in [*files, *library, _CODE / "requirements.lock"]:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                with file.open("rb") as opened:
                    name = file.relative_to(_CODE) if file.is_absolute() else file
                    digest.update(f"\n{name.as_posix()} {hashlib.file_digest(opened, 'sha256').hexdigest()}".encode())
    return digest.hexdigest()


def _machine(device: torch.device) -> list[str]:
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else ""
    versions = [platform.python_version(), torch.__version__, torch.backends.cpu.get_cpu_capability()]
    return [environment.cpu()["vendor"], gpu, *versions]


class Randomness:
    """Torch's global generators: the CPU's and the device's."""

    def __init__(self, device: torch.device) -> None:
        self._gpu = device if device.type == "cuda" else None

    def state_dict(self) -> dict[str, Tensor]:
        """Their states, bytes."""
        state = {"cpu": torch.get_rng_state()}
        return state | ({"gpu": torch.cuda.get_rng_state(self._gpu)} if self._gpu else {})

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """What `state_dict` gave."""
        torch.set_rng_state(state["cpu"])
        if self._gpu:
            torch.cuda.set_rng_state(state["gpu"], self._gpu)

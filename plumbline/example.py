"""Examples: params.yaml with a few keys changed, run in a scratch copy and never in the user's workspace."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from functools import reduce
from operator import getitem
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from plumbline import paths
from plumbline.choices import NEUTRAL
from plumbline.errors import InputError
from plumbline.yaml12 import read_yaml

FOLDER = Path("examples")
_DATA_LIST = FOLDER / "data.yaml"
_LEFT_OUT = ("reports/", "dvc.lock")  # results of the project's own run


def run_example(name: str, into: str | None) -> None:
    """Run example `name` in a copy of the project, and print how it ended and where the copy lies."""
    merged = merged_params(name)
    folder = Path(into or tempfile.mkdtemp(prefix=f"plumbline-{name}-"))
    make_copy(folder)
    prepare_data(name, folder)
    (folder / paths.PARAMS).write_text(yaml.safe_dump(merged, sort_keys=False, allow_unicode=True), encoding="utf-8")
    for command in (["plumbline", "check"], ["dvc", "repro"], ["plumbline", "report"]):
        _run(command, folder)
    print(f"copy:      {folder}")


def merged_params(name: str) -> dict[str, Any]:
    """params.yaml with the keys of examples/NAME.yaml in place of its own; InputError where there is none."""
    path = FOLDER / f"{name}.yaml"
    if not path.exists() or path == _DATA_LIST:
        known = sorted(file.stem for file in FOLDER.glob("*.yaml") if file != _DATA_LIST)
        raise InputError(f"{path}: no such example; there are {', '.join(known)}")
    base = read_yaml(paths.PARAMS)
    for key, value in NEUTRAL.items():  # what the project's own table needs is nothing to the example's
        *sections, last = key.split(".")
        reduce(getitem, sections, base)[last] = value
    merged: dict[str, Any] = _merge(base, read_yaml(path))
    return merged


def _merge(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: _merge(below.get(key), value) for key, value in above.items()}


def make_copy(folder: Path) -> None:
    """Copy the project's own files, committed or not, to a new Git repository in `folder`."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=False
    )
    if listed.returncode:
        raise InputError("examples are copied from a Git checkout, which this folder is not; run `git init` first")
    for line in listed.stdout.splitlines():
        if not line.startswith(_LEFT_OUT) and Path(line).is_file():
            (folder / line).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(line, folder / line)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)


def prepare_data(name: str, folder: Path) -> None:
    """Put the example's raw files into data/raw of the copy, and its starting weights into models/start."""
    for entry in (read_yaml(_DATA_LIST) or {}).get(name, []):
        wanted = folder / "data" / "raw" / entry["file"]
        wanted.parent.mkdir(parents=True, exist_ok=True)
        wanted.write_bytes(_fetch(**entry))
    start = FOLDER / f"{name}.json"
    if start.exists():
        shutil.copy2(start, folder / paths.START)


def _fetch(file: str, url: str, sha256: str, folder: str | None = None) -> bytes:
    """A file by its hash: from the folder PLUMBLINE_DATA or ../shared/data if it lies there, else from its source."""
    local = Path(os.environ.get("PLUMBLINE_DATA", "../shared/data"))
    for path in sorted(local.rglob(file)):
        content = path.read_bytes()
        if _digest(content, folder) == sha256:
            return content
    try:
        with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 - an https address of examples/data.yaml
            content = response.read()
    except OSError as error:
        raise InputError(f"{url}: {error}; put {file} into a folder and name it in PLUMBLINE_DATA") from None
    if _digest(content, folder) != sha256:
        raise InputError(f"{url}: is not the file that examples/data.yaml describes; its SHA-256 differs")
    return bytes(content)


def _digest(content: bytes, folder: str | None) -> str:
    """SHA-256 of a file; of a tar that is packed anew for each download, of names and bytes in one of its folders."""
    found = hashlib.sha256() if folder else hashlib.sha256(content)
    if folder:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            paths = {PurePosixPath(member.name): member for member in archive if member.isfile()}
            inside = {path.name: member for path, member in paths.items() if path.parent.name == folder}
            for name in sorted(inside):
                found.update(name.encode() + archive.extractfile(inside[name]).read())  # type: ignore[union-attr]
    return found.hexdigest()


def _run(command: list[str], folder: Path) -> None:
    """Run a module of this interpreter in the copy, whose stages then find the same interpreter as `python`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run([sys.executable, "-m", *command], cwd=folder, env={**os.environ, "PATH": path}, check=False)
    if ended.returncode:
        raise InputError(f"{folder}: {' '.join(command)} ended with status {ended.returncode}, see above")

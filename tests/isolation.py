"""A stage alone: in a folder that holds only what dvc.yaml declares, what it then imports, opens, writes and reads."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

from plumbline.yaml12 import read_yaml
from tests import contract, project

ALWAYS = ("params.yaml", "plumbline/schema.json", "requirements.lock")
"""What every stage may open: params.yaml, whose changes are seen key by key, and what checks it."""
_CACHES = shutil.ignore_patterns("__pycache__")
REFUSING = tuple(sorted(f"{name.replace('.', '/')}.py" for name in contract.ONLY_REFUSE))


@dataclass(frozen=True)
class Declared:
    """What dvc.yaml declares of one stage, its templates filled in from params.yaml."""

    deps: set[str]
    outs: set[str]
    params: set[str]

    @classmethod
    def of(cls, folder: Path, stage: str) -> Declared:
        """Of the project in `folder`."""
        params, entry = read_yaml(folder / "params.yaml"), contract.stages(folder)[stage]
        deps, keys = ({fill(text, params) for text in entry[name]} for name in ("deps", "params"))
        return cls(deps, contract.declared_outs(entry), keys)


def fill(text: str, params: Any) -> str:
    """A line of dvc.yaml with its templates, as ${model.name}, filled in from params.yaml."""
    return re.sub(r"\$\{([\w.]+)\}", lambda word: str(reduce(getitem, word[1].split("."), params)), text)


def make_alone(folder: Path, alone: Path, declared: Declared) -> None:
    """Copy a stage's deps, and what every stage may open, from a project to `alone`."""
    packages = {path.relative_to(folder).as_posix() for path in folder.glob("plumbline/*/__init__.py")}
    loaded = {path for path in packages if any(contract.covers(path.rpartition("/")[0], dep) for dep in declared.deps)}
    for path in sorted({*declared.deps, *ALWAYS, *REFUSING, *loaded, "plumbline/__init__.py", "stages/__init__.py"}):
        (alone / path).parent.mkdir(parents=True, exist_ok=True)
        if (folder / path).is_dir():
            shutil.copytree(
                folder / path, alone / path, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
            )
        else:
            shutil.copy(folder / path, alone / path)
    source = Path(read_yaml(folder / "params.yaml")["ingest"]["source"])
    if not (alone / source).exists():  # the check of params.yaml refuses a source that is not there; nothing is in it
        (alone / source).mkdir() if (folder / source).is_dir() else (alone / source).touch()


@dataclass(frozen=True)
class Outcome:
    """What a stage alone did: sentences on what it should not do, what it wrote, the parameters that it read."""

    faults: list[str]
    written: dict[str, bytes]
    read: set[str]


def run_alone(folder: Path, alone: Path, stage: str) -> Outcome:
    """Run a stage of the project in `folder` with nothing but its deps, in `alone`."""
    declared = Declared.of(folder, stage)
    make_alone(folder, alone, declared)
    before, log = project.contents(alone), alone.with_suffix(".json")
    ran = subprocess.run(
        [sys.executable, "-B", "-P", str(Path(__file__).with_name("watched.py")), stage, str(log)],
        cwd=alone, env={**os.environ, "PYTHONPATH": str(alone)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seen = {name: set(values) for name, values in json.loads(log.read_text(encoding="utf-8")).items()}
    now = project.contents(alone)
    written = {name: content for name, content in now.items() if before.get(name) != content}
    seen["written"] |= written.keys()
    faults = [*_find_faults(folder, stage, declared, seen)]
    if ran.returncode:
        said = (ran.stderr.strip() or ran.stdout.strip()).splitlines()[-1]
        faults = faults or [f"{stage} fails where it has only its deps: {said}"]
    elif missing := sorted(out for out in declared.outs if not (alone / out).exists()):
        faults += [f"{stage} has the out {out}, which it never writes" for out in missing]
    return Outcome(faults, written, seen["params"])


def _find_faults(folder: Path, stage: str, declared: Declared, seen: dict[str, set[str]]) -> Iterator[str]:
    files = {module: f"{module.replace('.', '/')}.py" for module in seen["modules"]}
    modules = {path for path in files.values() if (folder / path).is_file()}
    mine = {*ALWAYS, *REFUSING, *contract.NO_OUTPUTS}
    foreign = {path for path in modules if not _is_covered(path, declared.deps | mine)}
    yield from (f"{stage} imports {path}, which is not in its deps" for path in sorted(foreign))
    read, written = ({_final(path) for path in seen[name]} for name in ("read", "written"))
    for path in sorted(read - foreign):
        if not _is_covered(path, declared.deps | declared.outs | mine):
            yield f"{stage} opens {path}, which is neither in its deps nor in its outs"
    for path in sorted(written):
        if not _is_covered(path, declared.outs | set(contract.NO_OUTPUTS)):
            yield f"{stage} writes {path}, which is not in its outs"
    for key in sorted(seen["params"]):
        if not any(key == known or key.startswith(f"{known}.") for known in declared.params):
            yield f"{stage} reads params.{key}, which is not in its params"


def _is_covered(path: str, declared: set[str]) -> bool:
    """Whether a path is declared, lies in a declared folder, holds something declared, or is a package's own file."""
    inside = any(path == other or path.startswith(f"{other.rstrip('/')}/") for other in declared)
    return inside or path.endswith("__init__.py") or any(other.startswith(f"{path}/") for other in declared)


def _final(path: str) -> str:
    """The path that a temporary one stands in for: data/.split.tmp/train is data/split/train."""
    return re.sub(r"(^|/)\.([^/]+)\.(?:tmp|old)(?=/|$)", r"\1\2", path)

"""The environment of a run – versions, CPU, mode, threads – kept beside the reports for verify to compare."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

from plumbline import paths
from plumbline.files import write_json

STAGES = ("ingest", "split", "plot", "train", "evaluate", "export")
"""The stages in the pipeline's order; others that dvc.yaml may have are listed after them."""

LOCK = Path(__file__).parents[1] / "requirements.lock"

_FLAGS = re.compile(r"sse4_2|f16c|fma4?|avx\w*|amx\w*")  # instruction sets that numeric kernels are chosen by


def describe() -> dict[str, Any]:
    """Python, system, CPU, and the packages that are not as requirements.lock pins them; imports nothing heavy."""
    return {"python": platform.python_version(), "system": _system(), "cpu": cpu(), "packages": _other_packages()}


def record(stage: str, mode: str, threads: int, path: Path = paths.ENVIRONMENT) -> None:
    """Put this environment, mode, threads and the CUDA device in use into a file, for a stage that has ended well.

    Form: a list of distinct environments, each {"stages": {"train": {"mode": …, "threads": …}}, **describe()}.
    """
    entries, here = _read_entries(path), describe()
    for entry in entries:
        entry["stages"].pop(stage, None)
    same = [entry for entry in entries if {**entry, "stages": {}} == {"stages": {}, **here}]
    mine = same[0] if same else {"stages": {}, **here}
    mine["stages"][stage] = {"mode": mode, "threads": threads} | _cuda_device()
    write_json(path, _in_order([entry for entry in entries if entry["stages"]] + ([] if same else [mine])))


def _system() -> str:
    """Kind of system and C library, whose log and exp make bits: Linux x86_64, glibc 2.36."""
    known = "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", {})
    library = os.confstr("CS_GNU_LIBC_VERSION") if known else None
    return f"{platform.system()} {platform.machine()}" + (f", {library}" if library else "")


def cpu() -> dict[str, Any]:
    """Vendor, family, model and instruction sets; only the architecture where the system has no /proc/cpuinfo."""
    info = Path("/proc/cpuinfo")
    facts: dict[str, str] = {}
    for line in info.read_text(encoding="utf-8", errors="replace").splitlines() if info.exists() else []:
        key, _, value = line.partition(":")
        facts.setdefault(key.strip(), value.strip())
    family, model = facts.get("cpu family"), facts.get("model")
    return {
        "vendor": facts.get("vendor_id", platform.machine()),
        "family": int(family) if family else None,
        "model": int(model) if model else None,
        "flags": sorted(flag for flag in facts.get("flags", "").split() if _FLAGS.fullmatch(flag)),
    }


def _cuda_device() -> dict[str, str]:
    """{"device": name} of the CUDA device that this process has used, or an empty dict."""
    torch = sys.modules.get("torch")  # a process that has not imported it has used no device
    return {"device": torch.cuda.get_device_name()} if torch and torch.cuda.is_initialized() else {}


def _other_packages() -> dict[str, dict[str, str | None]]:
    """Packages whose installed version is not the pinned one: {"torch": {"locked": …, "installed": …}}."""
    pinned = dict(line.split("==") for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line)
    found = _wheels()
    installed = {name: found.get(_normal(name)) or _slow_version(name) for name in pinned}
    return {
        name: {"locked": locked, "installed": installed[name]}
        for name, locked in pinned.items()
        if installed[name] != locked
    }


def _wheels() -> dict[str, str]:
    """Versions by normal name, from folders NAME-VERSION.dist-info: importlib.metadata would parse 150 files for it."""
    names = [path.stem for place in reversed(sys.path) for path in sorted(Path(place).glob("*.dist-info"))]
    return {_normal(name): _as_locked(version) for name, _, version in (name.rpartition("-") for name in names)}


def _slow_version(name: str) -> str | None:
    """The version of a package that no wheel installed; None where there is none."""
    from importlib import metadata

    try:
        return _as_locked(metadata.version(name))
    except metadata.PackageNotFoundError:
        return None


def _as_locked(version: str) -> str:
    return version.removesuffix("+cpu")  # as `make lock` does: one build of torch has two names


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _read_entries(path: Path) -> list[dict[str, Any]]:
    """Entries of earlier runs; none, and a line that says so, where a merge has left no JSON."""
    try:
        entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except ValueError:
        print(f"{path}: was not JSON, as after a merge; begun anew")
        return []
    return entries


def _in_order(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for entry in entries:
        entry["stages"] = {stage: entry["stages"][stage] for stage in sorted(entry["stages"], key=_place)}
    return sorted(entries, key=lambda entry: _place(next(iter(entry["stages"]))))


def _place(stage: str) -> tuple[int, str]:
    return (STAGES.index(stage) if stage in STAGES else len(STAGES), stage)

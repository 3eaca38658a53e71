"""Whether bits are equal on other CPUs: training steps and whole stages on emulated ones, hashed and compared."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from benchmarks.steps import ROWS
from plumbline import errors, paths
from plumbline.errors import InputError
from plumbline.example import make_copy, merged_params, prepare_data
from plumbline.reproducible import bits_agree

HOST = "this CPU"
VENDORS = {"Haswell": "GenuineIntel", "Skylake-Server": "GenuineIntel", "EPYC-Rome": "AuthenticAMD"}
VENDORS |= {"EPYC-Milan": "AuthenticAMD"}
"""qemu's names of the CPUs, all with AVX2."""
QUICK: dict[str, Any] = {
    "evaluate.bootstrap": 20, "evaluate.importance.repeats": 1, "evaluate.importance.examples": 50,
    "evaluate.dependence.columns": 1, "evaluate.dependence.examples": 20, "evaluate.slices.resamples": 5,
    "train.epochs": 2, "model.tabm.members": 2, "model.tabm.width": 16, "encoders.number.piecewise.bins": 8,
}  # fmt: skip
"""What makes stages bearable under emulation, slow at arithmetic; it is the networks that have their real sizes."""

Hashes = dict[str, str]
"""What was compared, and its SHA-256; a run that failed has the one key `failed`, with what it said."""


def main() -> None:
    """Run everything on every CPU, print what is equal, and exit 1 where a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cpus", description=__doc__)
    parser.add_argument("--cpus", nargs="+", choices=VENDORS, default=list(VENDORS), help="emulated CPUs")
    parser.add_argument("--modes", nargs="+", choices=("everywhere", "portable"), default=["everywhere", "portable"])
    parser.add_argument("--networks", nargs="*", choices=ROWS, default=list(ROWS), help="trained a few steps")
    parser.add_argument("--examples", nargs="*", default=["mixed"], metavar="NAME", help="run stage by stage")
    parser.add_argument("--steps", nargs=argparse.REMAINDER, default=[], help="passed to benchmarks.steps, last of all")
    arguments = parser.parse_args()
    cpus = [*arguments.cpus, HOST]
    print(f"| mode | what | {' | '.join(cpus)} |\n|{' --- |' * (len(cpus) + 2)}", flush=True)
    broken = False
    for mode in arguments.modes:
        for name in arguments.networks:
            command = [sys.executable, "-m", "benchmarks.steps", name, mode, *arguments.steps]
            found = _on_each(cpus, lambda cpu, command=command: _run_steps(cpu, command))
            broken |= _print_row(mode, name, found)
        for name in arguments.examples:
            found = _on_each(cpus, lambda cpu, name=name, mode=mode: _run_stages(cpu, name, mode))
            for stage in _outputs():
                part = {cpu: _of_stage(hashes, stage) for cpu, hashes in found.items()}
                broken |= _print_row(mode, f"{name}: {stage}", part)
    sys.exit(1 if broken else 0)


def _on_each(cpus: list[str], run: Callable[[str], Hashes]) -> dict[str, Hashes]:
    """What `run` gives on each CPU, as many at a time as this machine has cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(cpus, pool.map(run, cpus), strict=True))


def _emulated(cpu: str, command: list[str]) -> list[str]:
    """The command as it runs on a CPU; InputError without qemu."""
    if cpu == HOST:
        return command
    qemu = shutil.which("qemu-x86_64")
    if qemu is None:
        raise InputError("qemu-x86_64: is not on PATH; on Debian and Ubuntu, apt-get install qemu-user brings it")
    return [qemu, "-cpu", cpu, *command]


def _run_steps(cpu: str, command: list[str]) -> Hashes:
    ran = subprocess.run(_emulated(cpu, command), capture_output=True, text=True, check=False)  # noqa: S603
    return json.loads(ran.stdout) if ran.returncode == 0 else {"failed": _last_words(ran.stderr)}


def _run_stages(cpu: str, name: str, mode: str) -> Hashes:
    """Every stage of an example, quickly; hashes of all files that they write."""
    params = merged_params(name)
    for key, value in (QUICK | {"compute.reproducible": mode}).items():
        *sections, last = key.split(".")
        place = params
        for section in sections:
            place = place[section]
        place[last] = value
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_copy(folder)
        prepare_data(name, folder)
        (folder / paths.PARAMS).write_text(yaml.safe_dump(params, sort_keys=False, allow_unicode=True), "utf-8")
        for stage in _outputs():
            command = _emulated(cpu, [sys.executable, "-m", f"stages.{stage}"])
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
            if ran.returncode:
                return _written(folder) | {f"{stage} failed": _last_words(ran.stderr)}
        return _written(folder)


def _written(folder: Path) -> Hashes:
    places = [folder / place for places in _outputs().values() for place in places]
    written = [path for place in places if place.exists() for path in _files(place)]
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in written}


def _last_words(stderr: str) -> str:
    """What a run that failed said, without qemu's warnings of features that it lacks."""
    return " ".join(line for line in stderr.splitlines() if "warning: TCG" not in line)[-300:]


def _outputs() -> dict[str, list[str]]:
    """Files and folders that each stage of dvc.yaml writes."""
    stages = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return {
        name: [
            next(iter(out)) if isinstance(out, dict) else out
            for kind in ("outs", "metrics", "plots")
            for out in stage.get(kind, [])
        ]
        for name, stage in stages.items()
    }


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _of_stage(hashes: Hashes, stage: str) -> Hashes:
    places = tuple(_outputs()[stage])
    if "failed" not in hashes and not any(name.startswith(places) for name in hashes):
        return {"failed": "; ".join(f"{name}: {said}" for name, said in hashes.items() if name.endswith(" failed"))}
    return {name: value for name, value in hashes.items() if name.startswith(places)}


def _print_row(mode: str, what: str, found: dict[str, Hashes]) -> bool:
    """Print how each CPU's hashes compare with the first's; whether a promise is broken."""
    cells, broken = [], []
    reference = next(iter(found))
    for cpu, hashes in found.items():
        peers = [other for other in found if bits_agree(mode, _facts(other), _facts(cpu)) is None]
        promised = found[peers[0]]
        if "failed" in hashes or hashes != promised:
            broken.append(f"{cpu}: {_difference(promised, hashes)}")
        same = "failed" if "failed" in hashes else "equal" if hashes == found[reference] else "differs"
        cells.append("–" if cpu == reference else same if reference in peers else f"{same} (no promise)")
    print(f"| {mode} | {what} | {' | '.join(cells)} |", flush=True)
    for line in broken:
        print(f"broken: {mode}, {what}, {line}", file=sys.stderr, flush=True)
    return bool(broken)


def _difference(expected: Hashes, found: Hashes) -> str:
    if failed := found.get("failed", expected.get("failed")):
        return failed
    return ", ".join(sorted(name for name in expected | found if expected.get(name) != found.get(name)))


def _facts(cpu: str) -> dict[str, Any]:
    """A CPU as `bits_agree` takes it."""
    if cpu == HOST:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8") if platform.system() == "Linux" else ""
        vendor = "GenuineIntel" if "GenuineIntel" in text else "AuthenticAMD" if "AuthenticAMD" in text else "unknown"
        return {"vendor": vendor, "family": 0, "model": 0, "flags": ["avx2", "fma"] if " avx2 " in text else []}
    return {"vendor": VENDORS[cpu], "family": 0, "model": 0, "flags": ["avx2", "fma"]}


if __name__ == "__main__":
    errors.run(main)

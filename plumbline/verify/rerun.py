"""The committed project run again in a clone, with nothing from DVC's cache but what it starts from."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from plumbline.errors import InputError
from plumbline.tracking import find_gaps
from plumbline.verify.clones import LOCK, Clones, complaint
from plumbline.wording import counted, listed

_NOT_HERE = ("deleted", "not in cache")  # what dvc status says of artifacts whose bytes this machine does not have


def check_in_step(clones: Clones, stages: list[str]) -> None:
    """InputError that names the stages whose code, params or data are others than dvc.lock says."""
    said = clones.run_dvc(clones.recorded, "status", "--json", *stages)
    if said.returncode:
        raise InputError(f"dvc status: {complaint(said)}")
    changes = {stage: list(_changes(found)) for stage, found in json.loads(said.stdout).items()}
    changes |= {stage: [f"{stage} never run"] for stage in stages if stage not in clones.lock}
    late = [stage for stage, found in changes.items() if found]
    if late:
        words = listed(list(dict.fromkeys(change for found in changes.values() for change in found)), 6)
        raise InputError(
            f"{LOCK}: is out of step with {', '.join(late)}, so that no rerun can equal it ({words}); "
            "run `dvc repro` and commit what it makes"
        )


def _changes(found: list[Any]) -> Iterator[str]:
    """What dvc status says of a stage, as "seed modified", without artifacts that are merely not here."""
    for entry in found:
        if isinstance(entry, str):  # "changed command"
            yield entry
            continue
        for states in entry.values():
            for path, state in states.items():
                keys = state if isinstance(state, dict) else {path: state}
                yield from (f"{key} {how}" for key, how in keys.items() if how not in _NOT_HERE)


def bring_inputs(clones: Clones, stages: list[str]) -> None:
    """Check out in `rerun` what .dvc files track, and what the stages read that others write.

    InputError where nothing keeps it, or where neither cache nor remote has it.
    """
    writer = {out["path"]: stage for stage, entry in clones.lock.items() for out in entry.get("outs", [])}
    read = dict.fromkeys(dep["path"] for stage in stages for dep in clones.lock[stage].get("deps", []))
    missing = [path for path in read if writer.get(path) not in stages and not (clones.rerun / path).exists()]
    tracked = sorted(path.relative_to(clones.rerun).as_posix() for path in clones.rerun.rglob("?*.dvc"))
    for targets in (tracked, [path for path in missing if path in writer]):  # in one call, dvc would forget the latter
        _check_out(targets, clones)
    for path in missing:
        if not (clones.rerun / path).exists():
            raise InputError(next(iter(find_gaps(path)), f"{path}: is not in the last commit; commit it"))


def _check_out(targets: list[str], clones: Clones) -> None:
    """Put what DVC keeps into `rerun`, fetched into the workspace's cache where it is not there."""
    if not targets or not clones.run_dvc(clones.rerun, "checkout", *targets).returncode:
        return
    fetched = clones.run_dvc(Path(), "fetch", *targets)
    if clones.run_dvc(clones.rerun, "checkout", *targets).returncode:
        lost = [path for path in targets if not (clones.rerun / path.removesuffix(".dvc")).exists()]
        reason = f": {complaint(fetched)}" if fetched.returncode else ""
        raise InputError(f"{listed(lost, 4)}: not in DVC's cache, and `dvc fetch` does not bring it{reason}")


def choose_cores(count: int | None) -> list[int] | None:
    """The first `count` of the cores that this process may use; None for None; InputError where there are fewer."""
    if count is None:
        return None
    if not hasattr(os, "sched_setaffinity"):
        raise InputError("--cores: this system binds no process to cores; leave it out")
    here = sorted(os.sched_getaffinity(0))
    if not 1 <= count <= len(here):
        raise InputError(f"--cores: is {count}, and there are {counted(len(here), 'core')}; choose 1 to {len(here)}")
    return here[:count]


def run_stages(clones: Clones, stages: list[str], only_them: bool, cores: list[int] | None) -> None:
    """Run stages by `dvc repro`, on those cores, a line for each; InputError where one fails."""
    command = [sys.executable, "-m", "dvc", "repro", "--force", "--no-run-cache", "--no-commit"]
    command += ["--single-item", *stages] if only_them else []
    bound = partial(os.sched_setaffinity, 0, cores) if cores else None
    last: deque[str] = deque(maxlen=20)
    stage, start = "", time.monotonic()
    with subprocess.Popen(
        command, cwd=clones.rerun, env=clones.variables(), preexec_fn=bound,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as ran:  # fmt: skip
        for line in ran.stdout or ():
            last.append(line)
            if begun := re.match(r"Running stage '(.+)':", line):
                _say_done(stage, start)
                stage, start = begun[1], time.monotonic()
    if ran.returncode:
        print("".join(last), end="", file=sys.stderr)
        raise InputError(f"verify: stage {stage!r} fails when it is run again, see above")
    _say_done(stage, start)


def _say_done(stage: str, start: float) -> None:
    if stage:
        print(f"  ran {stage} in {time.monotonic() - start:.0f} s", flush=True)

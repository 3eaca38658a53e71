"""What is another in one environment than in another: versions, CPU, mode, threads, device, in a few words each."""

from __future__ import annotations

import json
from typing import Any

from plumbline.wording import listed

Environment = dict[str, Any]
"""{"python": …, "system": …, "cpu": {…}, "packages": {…}, "mode": …, "threads": …}, and perhaps "device"."""


def by_stage(text: str) -> dict[str, Environment]:
    """Each stage's environment, from the text of reports/environment.json; ValueError where it is no JSON."""
    return {
        stage: {**{key: value for key, value in entry.items() if key != "stages"}, **of_stage}
        for entry in json.loads(text)
        for stage, of_stage in entry["stages"].items()
    }


def name_changes(recorded: Environment, now: Environment) -> list[str]:
    """What is another now than recorded: "torch 2.12.1, recorded 2.13.0"."""
    settings = _differing(recorded, now, ("mode", "threads"))
    return name_versions(recorded, now) + settings + _cpu_changes(recorded["cpu"], now["cpu"])


def name_versions(recorded: Environment, now: Environment) -> list[str]:
    """Versions that are others now than recorded: of Python, the system's C library, packages; and the CUDA device."""
    versions, then = _packages(now, recorded), _packages(recorded, now)
    return _differing(recorded, now, ("python", "system", "device")) + _differing(
        then, versions, tuple(sorted(versions))
    )


def _differing(recorded: dict[str, Any], now: dict[str, Any], keys: tuple[str, ...]) -> list[str]:
    pairs = {key: (now.get(key) or "none", recorded.get(key) or "none") for key in keys}
    return [f"{key} {here}, recorded {then}" for key, (here, then) in pairs.items() if here != then]


def _packages(one: Environment, other: Environment) -> dict[str, str | None]:
    """Versions in the first environment of the packages that either does not have as they are locked."""
    locked = {name: version["locked"] for name, version in {**one["packages"], **other["packages"]}.items()}
    return locked | {name: version["installed"] for name, version in one["packages"].items()}


def _cpu_changes(recorded: dict[str, Any], now: dict[str, Any]) -> list[str]:
    names = [" ".join(str(cpu[key]) for key in ("vendor", "family", "model")) for cpu in (now, recorded)]
    changes = [f"CPU {names[0]}, recorded {names[1]}"] if names[0] != names[1] else []
    for words, more, fewer in (("has", now, recorded), ("lacks", recorded, now)):
        flags = [flag for flag in more["flags"] if flag not in fewer["flags"]]
        if flags:
            changes.append(f"this CPU {words} {listed(flags, 6)}, unlike the recorded one")
    return changes

"""Verify: the committed project is run again in a scratch folder, and every artifact compared with the recorded one."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from plumbline import environment, paths
from plumbline.errors import InputError, hint
from plumbline.reproducible import bits_agree
from plumbline.verify import artifacts
from plumbline.verify.artifacts import BYTES, NUMBERS, Artifact
from plumbline.verify.clones import Clones, check_out, clone_commit, name_uncommitted
from plumbline.verify.environment_changes import Environment, by_stage, name_changes, name_versions
from plumbline.verify.rerun import bring_inputs, check_in_step, choose_cores, run_stages
from plumbline.wording import counted, listed

_MOST_ITEMS = 5  # of a file, in words
_KINDS = (".json", ".pt", ".npy", ".parquet", ".csv", ".onnx", ".pt2", ".torchscript", ".png")
"""Kinds of files in the order in which their changes are told: metrics, weights, columns, exports, figures."""


def verify(named: list[str], tolerance: float, cores: int | None, keep: bool) -> bool:
    """Rerun the last commit, or the named stages of it, and print what equals the recorded run; True if all does.

    InputError where there is nothing that a rerun could equal.
    """
    if not (tolerance >= 0 and math.isfinite(tolerance)):
        raise InputError(f"--tolerance: is {tolerance}; choose a number from 0 on, as 0.001")
    use = choose_cores(cores)
    if uncommitted := name_uncommitted():
        print(uncommitted)
    scratch = Path(tempfile.mkdtemp(prefix="plumbline-verify-"))
    try:
        clones = clone_commit(scratch)
        stages = _chosen(named, clones.stages)
        check_out(clones)
        recorded = _read_environments(clones.recorded)
        reason = _why_bits_may_differ(recorded, stages)
        print(reason or f"bytes decide: {_why_bits_agree(recorded, stages)}", flush=True)
        check_in_step(clones, stages)
        bring_inputs(clones, stages)
        run_stages(clones, stages, only_them=bool(named), cores=use)
        return _compare(clones, stages, recorded, tolerance, numbers_do=bool(reason))
    finally:
        if keep:
            print(f"kept: {scratch}")
        else:
            shutil.rmtree(scratch)


def _chosen(named: list[str], known: list[str]) -> list[str]:
    """The named stages in the pipeline's order, or all."""
    for stage in named:
        if stage not in known:
            raise InputError(f"--stage: {stage!r} is no stage of dvc.yaml; {hint(stage, known)}")
    return [stage for stage in known if stage in named or not named]


def _read_environments(folder: Path) -> dict[str, Environment]:
    """Each stage's environment as a clone records it; none where it does not."""
    try:
        return by_stage((folder / paths.ENVIRONMENT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        raise InputError(f"{paths.ENVIRONMENT}: is not JSON; delete it, run `dvc repro --force` and commit") from None


def _why_bits_may_differ(recorded: dict[str, Environment], stages: list[str]) -> str | None:
    """Why numbers are compared and bytes do not decide: the first reason that a stage's record gives, or None."""
    here = environment.describe()
    for entry in (recorded[stage] for stage in stages if stage in recorded):
        versions = name_versions(entry, here | _device_like(entry))
        reason = listed(versions, 3) or bits_agree(entry["mode"], entry["cpu"], here["cpu"])
        if reason:
            return f"{reason}; numbers are compared"
    return None


def _device_like(entry: Environment) -> dict[str, str]:
    """The CUDA device of this machine, looked for only where one was used."""
    if "device" not in entry:
        return {}
    import torch

    return {"device": torch.cuda.get_device_name()} if torch.cuda.is_available() else {}


def _why_bits_agree(recorded: dict[str, Environment], stages: list[str]) -> str:
    modes = list(dict.fromkeys(recorded[stage]["mode"] for stage in stages if stage in recorded))
    if not modes:
        return f"{paths.ENVIRONMENT} of the commit does not say where it was run"
    return f"mode {' and '.join(modes)} promises them here, and all versions are as recorded"


def _compare(
    clones: Clones, stages: list[str], recorded: dict[str, Environment], tolerance: float, numbers_do: bool
) -> bool:
    """Print the table, what differs, where it begins and what may be why; True if nothing has changed."""
    found = artifacts.compare_artifacts(clones, stages, tolerance)
    print(artifacts.make_table(found))
    passing = (BYTES, NUMBERS) if numbers_do else (BYTES,)
    failed = [artifact for artifact in found if artifact.verdict not in passing]
    if failed:
        for line in _name_changes(failed):
            print(line)
        print(_name_origin(clones, stages, {artifact.stage for artifact in failed}))
        print(f"environment: {_compare_environments(clones, stages, recorded)}")
    print(_conclude(found, failed, tolerance))
    return not failed


def _name_changes(failed: list[Artifact]) -> Iterator[str]:
    """What differs: metrics first, then the first tensor of the weights, columns, exports, figures."""
    files = [file for artifact in failed for file in artifact.files]
    for file in sorted(files, key=lambda file: (file.path != str(paths.METRICS), _kind(file.path))):
        for item in file.items[:_MOST_ITEMS]:
            yield f"{file.path}: {item.text}"
        if len(file.items) > _MOST_ITEMS:
            yield f"{file.path}: and {counted(len(file.items) - _MOST_ITEMS, 'other difference')}"


def _kind(path: str) -> int:
    suffix = Path(path).suffix
    return _KINDS.index(suffix) if suffix in _KINDS else len(_KINDS)


def _name_origin(clones: Clones, stages: list[str], failed: set[str]) -> str:
    """The first stage that makes something else of equal inputs."""
    before, after = clones.lock, clones.rerun_lock
    for stage in stages:
        same = {dep["path"]: dep["md5"] for dep in before[stage]["deps"]} == {
            dep["path"]: dep["md5"] for dep in after[stage]["deps"]
        }
        if stage in failed and same:
            return f"origin: {stage}: its inputs are the recorded ones, its outputs are not"
    return "origin: before the first stage: what the stages read is not what the recorded run has read"


def _compare_environments(clones: Clones, stages: list[str], recorded: dict[str, Environment]) -> str:
    """What is another in this environment than in the recorded one, of all stages."""
    if not any(stage in recorded for stage in stages):
        return f"{paths.ENVIRONMENT} of the commit does not say where it was run"
    here, rerun = environment.describe(), _read_environments(clones.rerun)
    changes = [
        change
        for stage in stages
        if stage in recorded
        for change in name_changes(recorded[stage], {**rerun.get(stage, recorded[stage]), **here})
    ]
    return "; ".join(dict.fromkeys(changes)) or "as recorded"


def _conclude(found: list[Artifact], failed: list[Artifact], tolerance: float) -> str:
    bytes_too = sum(artifact.verdict == BYTES for artifact in found)
    if failed:
        return f"verify: {len(failed)} of {counted(len(found), 'artifact')} not as recorded"
    if bytes_too == len(found):
        return f"verify: all {counted(len(found), 'artifact')} have the recorded bytes"
    return (
        f"verify: {bytes_too} of {counted(len(found), 'artifact')} have the recorded bytes, "
        f"the others the same numbers within {tolerance:g}"
    )

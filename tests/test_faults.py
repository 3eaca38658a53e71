"""Faults: `dvc repro` killed at random moments and begun again ends in the bytes of an uninterrupted run.

PLUMBLINE_KILLS sets how many moments there are (30), PLUMBLINE_KILLS_SEED which.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from plumbline import paths
from plumbline.example import make_copy
from plumbline.locks import mend_dvc_lock
from tests import contract, project
from tests.project import STAGES

KILLS = int(os.environ.get("PLUMBLINE_KILLS", "30"))
SEED = int(os.environ.get("PLUMBLINE_KILLS_SEED", "0"))
EPOCHS, N_STEPS = 300, 14  # 105 examples in batches of 8
LONG = {
    "train.epochs": EPOCHS,
    "train.batch_size": 8,
    "train.early_stopping.patience": None,
    "model.mlp.dropout": 0.1,
}
"""Some seconds of training."""
KILLED = ("ingest", "split", "plot", "train", "train", "train", "evaluate", "export")
"""Stages that are killed in a row: between two of them no more is run than what the last one has left undone."""
TRAIN_AGAIN = ("dvc", "repro", "--single-item", "--force", "--no-run-cache", "train")
STATE = Path(".dvc/tmp/plumbline")
Environment = dict[str, str]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Path:
    """A committed copy of the project with a small table that trains for some seconds; nothing has run in it."""
    folder = tmp_path_factory.mktemp("fresh") / "project"
    folder.mkdir()
    with project.inside(project.ROOT):
        make_copy(folder)
    project.mixed_table().drop("amount").write_csv(folder / "table.csv")
    params = project.quick_params(**{"ingest.source": "table.csv", "ingest.target": "kind"}, **LONG)
    project.write_params(params, folder)
    for command in (["checkout", "-q", "-B", "main"], ["add", "-A"], ["commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=folder, env=environment, check=True)
    return folder


@dataclass
class Finished:
    """A project run without interruption: every artifact's bytes, and how long each stage took."""

    folder: Path
    artifacts: dict[str, bytes]
    seconds: dict[str, float]


@pytest.fixture(scope="module")
def finished(fresh: Path, tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Finished:
    """An uninterrupted run. Copy it before changing anything."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    shutil.copytree(fresh, folder, symlinks=True)
    with project.inside(folder):
        process, began = begin(environment), {}
        while process.poll() is None:
            began.setdefault(running_stage().partition(" ")[0], time.monotonic())
            time.sleep(0.01)
        ended, printed = finish(process)
        assert ended == 0, printed
        times = [*(began[stage] for stage in STAGES), time.monotonic()]
        seconds = {stage: times[i + 1] - times[i] for i, stage in enumerate(STAGES)}
        return Finished(folder, artifacts(), seconds)


def go_to_copy(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder, tmp_path / "project", symlinks=True)
    shutil.rmtree(tmp_path / "project" / STATE, ignore_errors=True)
    monkeypatch.chdir(tmp_path / "project")


@pytest.fixture
def in_fresh(fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    go_to_copy(fresh, tmp_path, monkeypatch)
    return Path.cwd()


def artifacts() -> dict[str, bytes]:
    """Bytes of every output by its path, and of the lock file; no half one may lie beside them."""
    found = {name: Path(name).read_bytes() for name in ("dvc.lock",)}
    for stage in contract.stages(project.ROOT).values():
        for out in sorted(contract.declared_outs(stage)):
            path = Path(out)
            inside = project.contents(path) if path.is_dir() else {"": path.read_bytes()}
            found |= {f"{out}/{name}".rstrip("/"): content for name, content in inside.items()}
    assert not list(Path("data").glob(".*")) + list(Path("models").glob(".*")) + list(Path("reports").glob(".*"))
    return found


def begin(environment: Environment, *command: str) -> subprocess.Popen[str]:
    """Begin `dvc repro`, or another command, in a process group of its own, as `make repro` begins it."""
    mend_dvc_lock(paths.DVC_LOCK)
    return subprocess.Popen(
        command or ["dvc", "repro"],
        env=environment, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the end; the exit status, and what was printed."""
    printed, _ = process.communicate(timeout=300)
    return process.returncode, printed


def kill_group(process: subprocess.Popen[str]) -> str:
    """SIGKILL to dvc, the stage and all they have begun; what they had printed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return finish(process)[1]


def running_stage() -> str:
    """The stage that has run last in this folder and its process, as its lock says."""
    path = STATE / "stage.lock"
    return path.read_text() if path.exists() else ""


def wait_for(happens: Callable[[], object], process: subprocess.Popen[str] | None = None) -> None:
    """Wait until something is so, or until a process has ended."""
    deadline = time.monotonic() + 400
    while not happens() and (process is None or process.poll() is None):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def saved() -> str | None:
    """Where training goes on by the state on disk, in the words of train; None where there is none."""
    for path in STATE.glob("*/state.pt"):
        content = io.BytesIO(path.read_bytes()[hashlib.sha256().digest_size :])
        state = torch.load(content, weights_only=True)["history"]
        epoch, step = len(state["curves"]) + 1, state["begun"]["steps"] + 1
        return f"epoch {epoch} of {EPOCHS}" + (f", step {step} of {N_STEPS}" if step > 1 else "")
    return None


def went_on(printed: str) -> str | None:
    """Where training said that it goes on."""
    found = re.search(r"^train: goes on from (.*)$", printed, re.MULTILINE)
    return found[1] if found else None


def kill_at(environment: Environment, stage: str, share: float, seconds: dict[str, float]) -> tuple[str, str]:
    """Begin `dvc repro` and kill all of it within a stage; the stage that ran, and what was printed."""
    before, process = running_stage(), begin(environment)

    def has_come() -> bool:
        now = running_stage()
        return now not in ("", before) and STAGES.index(now.partition(" ")[0]) >= STAGES.index(stage)

    wait_for(has_come, process)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(share * seconds[stage])
    hit = running_stage().partition(" ")[0] if process.poll() is None else "nothing"
    return hit, kill_group(process)


@pytest.mark.slow
def test_killed_at_random_moments_the_pipeline_ends_in_the_same_bytes(
    fresh: Path, finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Environment
) -> None:
    generator, hits, resumed = random.Random(SEED), Counter[str](), []  # noqa: S311 - moments, no secrets
    rounds = itertools.count()
    while hits.total() - hits["nothing"] < KILLS:  # "nothing" had ended before
        go_to_copy(fresh, tmp_path / str(next(rounds)), monkeypatch)
        place: str | None = None
        for stage in KILLED[: KILLS - hits.total() + hits["nothing"]]:
            hit, printed = kill_at(environment, stage, generator.random(), finished.seconds)
            hits[hit] += 1
            resumed += assert_resumed(printed, place)
            place = saved()
        ended, printed = finish(begin(environment))
        assert ended == 0, printed
        resumed += assert_resumed(printed, place)
        assert artifacts() == finished.artifacts
    print(f"killed in {dict(hits)}; training went on from {resumed}")  # `pytest -s` shows it
    if len(KILLED) <= KILLS:
        assert resumed


def assert_resumed(printed: str, place: str | None) -> list[str]:
    """Training has gone on from the place that was saved, if it has begun an epoch at all."""
    if re.search(r"^epoch \d", printed, re.MULTILINE):
        assert went_on(printed) == place
        return [place] if place else []
    return []


@pytest.mark.slow
def test_when_only_dvc_is_killed_the_orphan_ends_first_and_the_bytes_are_the_same(
    in_fresh: Path, finished: Finished, environment: Environment
) -> None:
    for stage in STAGES:
        with begin(environment) as dvc:
            wait_for(lambda stage=stage: running_stage().startswith(f"{stage} "), dvc)  # type: ignore[misc]
            orphan = int(running_stage().partition(" ")[2])
            os.kill(orphan, signal.SIGSTOP)  # lest it end before the next dvc comes to it
            dvc.kill()
            dvc.wait()  # a zombie would count as the holder of dvc's own locks
            ended, printed = finish(begin(environment))
            assert ended != 0
            assert f"{stage}: stage {stage} still runs in this folder as process {orphan}; wait until it" in printed
            os.kill(orphan, signal.SIGCONT)
            wait_for(lambda orphan=orphan: has_ended(orphan))  # type: ignore[misc]
    ended, printed = finish(begin(environment))
    assert ended == 0, printed
    assert artifacts() == finished.artifacts


def has_ended(process: int) -> bool:
    """Whether a process is gone, or but a zombie that nobody has waited for."""
    path = Path(f"/proc/{process}/stat")
    return not path.exists() or path.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut off", "flipped"])
def test_a_damaged_state_is_told_and_training_starts_afresh(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Environment, damage: str
) -> None:
    go_to_copy(finished.folder, tmp_path, monkeypatch)
    process = begin(environment, *TRAIN_AGAIN)
    wait_for(saved, process)
    kill_group(process)
    (path,) = STATE.glob("*/state.pt")
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(content[:half] if damage == "cut off" else content[:half] + b"flipped" + content[half + 7 :])
    ended, printed = finish(begin(environment, *TRAIN_AGAIN))
    assert ended == 0, printed
    assert f"train: {path.resolve()} is damaged; training starts afresh\nepoch 1/{EPOCHS}: " in printed
    assert artifacts() == finished.artifacts


@pytest.mark.slow
def test_ctrl_c_saves_the_last_step_and_dvc_goes_on_from_it(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Environment
) -> None:
    go_to_copy(finished.folder, tmp_path, monkeypatch)
    process = begin(environment, *TRAIN_AGAIN)
    wait_for(lambda: len(epochs_shown()) >= 30, process)
    os.killpg(process.pid, signal.SIGINT)
    ended, printed = finish(process)
    assert ended != 0
    assert "train: ended by SIGINT; `dvc repro` goes on\n" in printed
    assert "Traceback" not in printed
    place = saved()
    assert place
    assert place.startswith(f"epoch {len(epochs_shown())} of")  # the header is one of the lines
    ended, printed = finish(begin(environment, *TRAIN_AGAIN))
    assert ended == 0, printed
    assert went_on(printed) == place
    assert artifacts() == finished.artifacts


def epochs_shown() -> list[str]:
    """Lines of the live curves, the header among them."""
    path = STATE / "training.csv"
    return path.read_text().splitlines() if path.exists() else []


# Experiments, whose copies vanish with all that is in them


@pytest.mark.slow
def test_an_experiment_in_a_copy_is_killed_and_goes_on_in_another_copy(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Environment
) -> None:
    go_to_copy(finished.folder, tmp_path, monkeypatch)
    commit_all(environment)
    experiment = ("dvc", "exp", "run", "--temp", "--name", "slower", "-S", "train.optimizer.lr=0.003")
    process = begin(environment, *experiment)
    wait_for(saved, process)
    kill_group(process)
    place = saved()
    ended, printed = finish(begin(environment, *experiment))
    assert ended == 0, printed
    assert went_on(printed) == place
    assert not list(STATE.glob("*/state.pt"))
    assert artifacts() == finished.artifacts
    assert_as_in_workspace("slower", "train.optimizer.lr", 0.003, environment)


@pytest.mark.slow
def test_a_queued_experiment_is_killed_and_goes_on_when_it_is_queued_again(
    finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: Environment
) -> None:
    go_to_copy(finished.folder, tmp_path, monkeypatch)
    commit_all(environment)
    queue("first", environment)
    wait_for(saved)
    (lock,) = Path(".dvc/tmp/exps").glob("tmp*/.dvc/tmp/plumbline/stage.lock")
    os.kill(int(lock.read_text().partition(" ")[2]), signal.SIGKILL)
    place = saved()
    wait_for(lambda: "Failed" in output(environment, "dvc", "queue", "status"))
    queue("second", environment)
    wait_for(lambda: "Success" in output(environment, "dvc", "queue", "status"))
    assert went_on(output(environment, "dvc", "queue", "logs", "second")) == place
    assert artifacts() == finished.artifacts
    assert_as_in_workspace("second", "train.optimizer.lr", 0.003, environment)


def commit_all(environment: Environment) -> None:
    for command in (["add", "-A"], ["commit", "-qm", "run"]):
        subprocess.run(["git", *command], env=environment, check=True)


def queue(name: str, environment: Environment) -> None:
    """Queue an experiment and start a worker; its output is not waited for."""
    output(environment, "dvc", "exp", "run", "--queue", "--name", name, "-S", "train.optimizer.lr=0.003")
    nowhere = subprocess.DEVNULL
    subprocess.run(["dvc", "queue", "start"], env=environment, stdout=nowhere, stderr=nowhere, check=True)


def output(environment: Environment, *command: str) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def assert_as_in_workspace(experiment: str, key: str, value: float, environment: Environment) -> None:
    """`dvc exp apply` brings what `dvc repro` gives with the same parameter."""
    output(environment, "dvc", "exp", "apply", experiment)
    applied = artifacts()
    output(environment, "git", "checkout", "--quiet", "--force", "main")
    project.change_params(**{key: value})
    ended, printed = finish(begin(environment, "dvc", "repro", "--no-run-cache"))
    assert ended == 0, printed
    assert artifacts() == applied

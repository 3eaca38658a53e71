"""Crash-safe training: interrupted anywhere and begun again, it ends in the bytes of an uninterrupted one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from plumbline import locks, resume, running, stopping
from plumbline.resume import State
from tests import project
from tests.project import Changes
from tests.test_fit import CHOICES, NEEDED_ARGUMENTS, REFUSED

N_STEPS = 4  # 105 examples in batches of 32
EPOCHS = 3
SLOW_DISK = 1e9  # seconds that a save is thought to take, so that only signals save


class CrashError(Exception):
    """What ends training as suddenly as SIGKILL does: nothing is saved."""


@pytest.fixture
def in_split(in_finished_mixed: Path) -> Path:
    """A split project of classes from every column type, with dropout, that saves a state on signals only."""
    project.change_params(**{"model.mlp.dropout": 0.3, "train.epochs": EPOCHS})
    return in_finished_mixed


@pytest.fixture
def at_offer(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[int, str]], None]:
    """A function that says what happens when a state is offered the n-th time: save, signal, crash."""
    offer = State.offer

    def plan(events: dict[int, str]) -> None:
        count = 0

        def scripted(self: State, parts: Any) -> None:
            nonlocal count
            count += 1
            event = events.get(count)
            self._cost = 0 if event == "save" else SLOW_DISK
            if event == "signal":
                os.kill(os.getpid(), signal.SIGTERM)
            if event == "crash":
                raise CrashError
            offer(self, parts)

        monkeypatch.setattr(State, "offer", scripted)

    return plan


def train() -> None:
    with stopping.listening():
        project.run("train")


def outcome() -> dict[str, bytes]:
    """Bytes of all that train writes, and of the live curves."""
    files = [Path(".dvc/tmp/plumbline/training.csv"), *Path("models").glob("*.*"), *Path("reports").glob("training.*")]
    return {path.as_posix(): path.read_bytes() for path in files}


def uninterrupted() -> dict[str, bytes]:
    """What training writes when nothing happens to it."""
    project.run("train")
    wanted = outcome()
    for path in (Path("models/model.pt"), Path("reports/training.csv"), Path("reports/training.json")):
        path.unlink()
    return wanted


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Where training said that it goes on."""
    return re.findall("^train: goes on from (.*)$", capsys.readouterr().out, re.MULTILINE)


def states() -> list[Path]:
    return sorted(Path(".dvc/tmp/plumbline").glob("*/state.pt"))


# The same bytes

VARIANTS: dict[str, Changes] = {
    **{
        f"{name}": {"train.optimizer": {"name": name, "lr": 0.01}, "train.scheduler.name": None}
        for name in CHOICES["optimizer"]
        if name not in REFUSED
    },
    **{
        f"{name}": {"train.scheduler": {"name": name, name: NEEDED_ARGUMENTS.get(name, {})}}
        for name in CHOICES["scheduler"]
        if name
    },
    "plain AdamW": {"train.optimizer": {"name": "AdamW", "lr": 0.01, "AdamW": {"foreach": False, "amsgrad": True}}},
    "momentum": {
        "train.optimizer": {"name": "SGD", "lr": 0.01, "SGD": {"momentum": 0.9, "nesterov": True}},
        "train.scheduler": {"name": "CyclicLR", "CyclicLR": {"base_lr": 1e-4, "mode": "exp_range", "gamma": 0.9}},
    },
    "tabm": {"model.name": "tabm"},
    "class weights": {"train.class_weights": "balanced"},
    "bfloat16": {"compute.precision": "bfloat16"},
    "all rows at once": {"train.batch_size": None, "train.epochs": 9, "train.scheduler.name": None},
    "early stopping": {
        "train.epochs": 60,
        "train.optimizer.lr": 0.1,
        "train.early_stopping": {"monitor": "metric", "patience": 2},
    },
    "calibrated": {"task.calibrate": "temperature", "task.threshold": "f1"},
}


@pytest.mark.parametrize("name", VARIANTS)
def test_after_a_crash_training_ends_in_the_same_bytes(
    in_split: Path, at_offer: Callable[[dict[int, str]], None], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    project.change_params(**VARIANTS[name])
    wanted = uninterrupted()
    at_offer({3: "save", 5: "crash"})
    with pytest.raises(CrashError):
        train()
    assert len(states()) == 1
    at_offer({1: "save", 3: "crash"})
    with pytest.raises(CrashError):
        train()
    at_offer({})
    train()
    assert outcome() == wanted
    assert states() == []
    epochs = VARIANTS[name].get("train.epochs", EPOCHS)
    places = [f"epoch 1 of {epochs}, step 4 of 4", f"epoch 2 of {epochs}"]
    whole = ["epoch 4 of 9", "epoch 5 of 9"]
    assert told(capsys) == (whole if name == "all rows at once" else places)


def test_training_that_is_ended_after_every_step_ends_in_the_same_bytes(
    in_split: Path, at_offer: Callable[[dict[int, str]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = uninterrupted()
    capsys.readouterr()
    for _ in range(EPOCHS * N_STEPS):
        at_offer({1: "signal"})
        with pytest.raises(stopping.Stopped):
            train()
    train()
    assert outcome() == wanted
    steps = [(epoch, step) for epoch in range(1, EPOCHS + 1) for step in range(1, N_STEPS + 1)][1:]
    places = [f"epoch {epoch} of 3" + (f", step {step} of 4" if step > 1 else "") for epoch, step in steps]
    assert told(capsys) == [*places, "the end of its last epoch"]


@pytest.mark.parametrize("name", ["OneCycleLR", "ReduceLROnPlateau", "tabm"])
def test_a_signal_between_any_two_steps_saves_there(
    in_split: Path, at_offer: Callable[[dict[int, str]], None], name: str
) -> None:
    project.change_params(**VARIANTS[name])
    wanted = uninterrupted()
    for step in range(1, EPOCHS * N_STEPS + 1):
        at_offer({step: "signal"})
        with pytest.raises(stopping.Stopped):
            train()
        at_offer({})
        train()
        assert outcome() == wanted, step


def test_training_without_validation_examples_goes_on_too(
    in_project: Callable[..., Path], at_offer: Callable[[dict[int, str]], None]
) -> None:
    in_project(project.class_table(), **{"split.ratios": {"train": 0.8, "val": 0, "test": 0.2}, "train.epochs": 4})
    project.run("ingest", "split")
    wanted = uninterrupted()
    at_offer({5: "signal"})
    with pytest.raises(stopping.Stopped):
        train()
    at_offer({})
    train()
    assert outcome() == wanted


# What makes it begin afresh


@pytest.fixture
def begun(in_split: Path, at_offer: Callable[[dict[int, str]], None]) -> dict[str, bytes]:
    """What a training ends in that was interrupted in its second epoch and has left its state."""
    wanted = uninterrupted()
    at_offer({6: "signal"})
    with pytest.raises(stopping.Stopped):
        train()
    at_offer({})
    return wanted


def test_it_says_where_it_goes_on(begun: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    train()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "train: goes on from epoch 2 of 3, step 3 of 4"
    assert [line.partition(":")[0] for line in printed[1:3]] == ["epoch 2/3", "epoch 3/3"]
    assert outcome() == begun


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[: len(content) // 2],
    "cut off by a byte": lambda content: content[:-1],
    "a flipped bit": lambda content: content[:1000] + bytes([content[1000] ^ 1]) + content[1001:],
    "a flipped bit of the checksum": lambda content: bytes([content[0] ^ 1]) + content[1:],
    "zeros": lambda content: bytes(len(content)),
    "one byte": lambda content: content[:1],
    "something else": lambda content: b"hello",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_state_is_told_and_training_starts_afresh(
    begun: dict[str, bytes], damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = states()
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    train()
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"train: {path.resolve()} is damaged; training starts afresh"
    assert printed[1].startswith("epoch 1/3: ")
    assert outcome() == begun


def test_a_state_that_vanished_while_it_was_written_is_no_state(begun: dict[str, bytes]) -> None:
    (path,) = states()
    path.rename(path.with_name(".state.pt.tmp"))
    train()
    assert outcome() == begun


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"train.optimizer.lr": 0.02},
        {"compute.threads": 2},
        {"task.calibrate": "temperature"},
        {"model.mlp.width": 9},
        {"encoders.category.name": "onehot"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_changed_parameters_start_afresh(
    begun: dict[str, bytes], capsys: pytest.CaptureFixture[str], change: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stages.train.switch_on", lambda *_: None)  # threads are already set in this process
    project.change_params(**change)
    train()
    assert capsys.readouterr().out.startswith("epoch 1/3: ")
    assert len(states()) == 1  # of the parameters before


def test_a_parameter_of_another_model_does_not(begun: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    project.change_params(**{"model.tabm.width": 9, "evaluate.bootstrap": 9})
    train()
    assert capsys.readouterr().out.startswith("train: goes on from epoch 2 of 3")
    assert outcome() == begun


def test_changed_examples_start_afresh(begun: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("data/split/train/target.0.npy")
    content = bytearray(path.read_bytes())
    content[-8] ^= 1
    path.write_bytes(content)
    train()
    assert capsys.readouterr().out.startswith("epoch 1/3: ")


def test_a_fingerprint_is_another_for_each_thing_that_it_follows_from(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(resume, "_CODE", tmp_path)
    for name in ("plumbline/a.py", "plumbline/models/b.py", "stages/train.py", "requirements.lock", "split/x", "y"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found = []

    def take(given: Any = 1) -> None:
        found.append(resume.fingerprint([given], [tmp_path / "split", tmp_path / "y"], torch.device("cpu")))

    take()
    take(2)
    for path in sorted(path for path in tmp_path.rglob("*") if path.is_file()):
        path.write_text("changed")
        take()
    (tmp_path / "split/z").write_text("")
    take()
    monkeypatch.setattr("platform.python_version", lambda: "4.0.0")
    take()
    monkeypatch.setattr(torch, "__version__", "4.0.0")
    take()
    assert len(set(found)) == len(found) == 11
    take()
    assert found[-1] == found[-2]


# Where it lies, and for how long


def test_a_training_that_ends_where_it_is_wrong_leaves_no_state(in_split: Path) -> None:
    project.change_params(**{"train.optimizer": {"name": "SGD", "lr": 1e30}, "train.clip_grad_norm": None, "seed": 3})
    assert "the loss became nan" in project.refusal("train")
    assert [path.name for path in Path(".dvc/tmp/plumbline").iterdir() if path.is_dir()] == []


def test_the_state_of_an_experiments_copy_lies_in_the_main_checkout(
    in_split: Path, at_offer: Callable[[dict[int, str]], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = [tmp_path / "main" / ".dvc/tmp/exps" / name for name in ("standalone/tmpx1", "tmpx2")]
    for copy in copies:
        shutil.copytree(in_split, copy)
    wanted = uninterrupted()
    monkeypatch.chdir(copies[0])
    at_offer({6: "signal"})
    with pytest.raises(stopping.Stopped):
        train()
    assert states() == []
    assert len(list((tmp_path / "main/.dvc/tmp/plumbline").glob("*/state.pt"))) == 1
    at_offer({})
    monkeypatch.chdir(copies[1])
    train()
    assert outcome() == wanted
    assert list((tmp_path / "main/.dvc/tmp/plumbline").glob("*/state.pt")) == []


def test_states_that_nobody_touched_for_two_weeks_are_removed(begun: dict[str, bytes]) -> None:
    folder = states()[0].parent
    old, young, held = (folder.with_name(letter * 64) for letter in "abc")
    for other, days in ((old, 15), (young, 13), (held, 15)):
        other.mkdir()
        os.utime(other, times=(time.time() - days * 86400,) * 2)
    with locks.held(held / "lock", "1"):
        os.utime(held, times=(time.time() - 15 * 86400,) * 2)
        train()
        assert [other.exists() for other in (old, young, held)] == [False, True, True]
    assert outcome() == begun


HOLD = """
import sys, time
from pathlib import Path
from plumbline import locks
with locks.held(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path, holder: str) -> subprocess.Popen[str]:
    """Another process that holds a lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), holder],
        env={"PYTHONPATH": str(project.ROOT)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_trainer_of_the_same_network_is_refused(begun: dict[str, bytes]) -> None:
    with hold(states()[0].with_name("lock"), "4711") as other:
        assert project.refusal("train") == (
            "train: process 4711 trains the same network on the same examples; "
            "wait until it has ended, or end it by `kill 4711`"
        )
        assert len(states()) == 1
        other.kill()
    train()
    assert outcome() == begun


# Stages


@pytest.mark.parametrize("stage", project.STAGES)
def test_a_stage_begun_while_another_runs_is_refused(in_split: Path, stage: str) -> None:
    before = project.contents(Path("data"))
    with hold(Path(".dvc/tmp/plumbline/stage.lock"), "split 4711") as other:
        assert project.refusal(stage) == (
            f"{stage}: stage split still runs in this folder as process 4711; "
            "wait until it has ended, or end it by `kill 4711`"
        )
        other.kill()
    running.run(lambda: None)  # the dead one's lock is free
    assert project.contents(Path("data")) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_a_stage_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    monkeypatch.chdir(tmp_path)

    def main() -> None:
        from plumbline.files import replacing

        with replacing(Path("result")) as temporary:
            temporary.write_text("half")
            os.kill(os.getpid(), number)

    with pytest.raises(SystemExit) as ended:
        running.run(main)
    assert ended.value.code == 128 + number
    assert capsys.readouterr().err == f"test_resume: ended by {number.name}; `dvc repro` goes on\n"
    assert list(tmp_path.glob("*result*")) == []


def test_a_signal_in_training_waits_for_the_step_and_a_second_one_does_not() -> None:
    done = []
    with pytest.raises(stopping.Stopped), stopping.listening():
        with stopping.waiting():
            os.kill(os.getpid(), signal.SIGTERM)
            assert stopping.asked()
            done.append("the step")
        done.append("more")
    with pytest.raises(stopping.Stopped), stopping.listening(), stopping.waiting():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        done.append("the next step")
    assert done == ["the step"]


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stopping.listening():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


# How often


def test_saving_takes_a_twentieth_of_the_time_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    state, saved = State(tmp_path), []

    class Part:
        def state_dict(self) -> dict[str, Any]:
            saved.append(now[0])
            now[0] += 0.5  # what saving takes
            return {}

        def load_state_dict(self, state_dict: Any) -> None: ...

    while now[0] < 25:
        now[0] += 0.25
        state.offer({"part": Part()})
    assert saved == [1.0, 11.5, 22.0]

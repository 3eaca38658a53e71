"""What equal bits cost: training steps a second of each mode, relative to `fast`, for the MLP, TabM and a small CNN."""

from __future__ import annotations

import argparse
import subprocess
import sys
from statistics import median

from benchmarks.steps import ROWS
from plumbline import errors
from plumbline.errors import InputError
from plumbline.reproducible import MODES

Child = subprocess.Popen[str]
CLOCKS = ("wall", "CPU")
"""CPU seconds leave out what else the machine does meanwhile, and add up threads."""


def main() -> None:
    """Let a process of each mode train by turns, a few steps at a time, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reproducibility", description=__doc__)
    parser.add_argument("--networks", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--rounds", type=int, default=20, help="turns of each mode; each gives one ratio")
    parser.add_argument("--steps", type=int, default=20, help="steps of a turn")
    arguments = parser.parse_args()
    print(f"Speed relative to fast, {arguments.threads} threads: median of {arguments.rounds} rounds (middle half)")
    print(f"| network | clock | fast, steps/s | {' | '.join(MODES[:-1])} |\n|{' --- |' * (len(MODES) + 2)}", flush=True)
    for network in arguments.networks:
        rounds = _measure(network, arguments)
        for clock, name in enumerate(CLOCKS):
            rate = arguments.steps / median(turns["fast"][clock] for turns in rounds)
            ratios = [_ratio([turns["fast"][clock] / turns[mode][clock] for turns in rounds]) for mode in MODES[:-1]]
            print(f"| {network} | {name} | {rate:.0f} | {' | '.join(ratios)} |", flush=True)


def _measure(network: str, arguments: argparse.Namespace) -> list[dict[str, list[float]]]:
    """For each round, what every mode's turn took by each clock; a first round warms up."""
    children = {mode: _start(network, mode, arguments) for mode in MODES}
    try:
        rounds = [{mode: _turn(mode, child) for mode, child in children.items()} for _ in range(arguments.rounds + 1)]
    finally:
        for child in children.values():
            child.kill()
            child.wait()
    return rounds[1:]


def _start(network: str, mode: str, arguments: argparse.Namespace) -> Child:
    """A process of its own: switches are read once, when torch is imported."""
    numbers = ["--threads", str(arguments.threads), "--steps", str(arguments.steps)]
    command = [sys.executable, "-m", "benchmarks.steps", network, mode, "--timed", *numbers]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603


def _turn(mode: str, child: Child) -> list[float]:
    """Seconds by each clock that one child took for its steps, the others waiting."""
    assert child.stdin and child.stdout
    child.stdin.write("\n")
    child.stdin.flush()
    answer = child.stdout.readline()
    if not answer:
        raise InputError(f"{mode} ended with status {child.wait()}, see above")
    return [float(seconds) for seconds in answer.split()]


def _ratio(ratios: list[float]) -> str:
    """The median and the range of the middle half."""
    quarter = len(ratios) // 4
    return f"{median(ratios):.2f} ({sorted(ratios)[quarter]:.2f}–{sorted(ratios)[-1 - quarter]:.2f})"


if __name__ == "__main__":
    errors.run(main)

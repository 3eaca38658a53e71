"""How a stage runs: alone in its folder, ended in an orderly way by a signal, wrong input in one sentence."""

import inspect
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from plumbline import environment, errors, locks, paths, reproducible, stopping
from plumbline.files import naming


def run(main: Callable[[], None]) -> None:
    """Call a stage's `main`; exit status 2 with one sentence for wrong input, 128 + signal for a signal."""
    stage = Path(inspect.getfile(main)).stem
    try:
        with stopping.listening():
            errors.run(partial(_run_alone, main, stage))
    except (stopping.Stopped, KeyboardInterrupt) as stop:  # polars makes a KeyboardInterrupt of Ctrl-C itself
        number = stop.number if isinstance(stop, stopping.Stopped) else signal.SIGINT
        print(f"{stage}: ended by {signal.Signals(number).name}; `dvc repro` goes on", file=sys.stderr)
        sys.exit(128 + number)


def _run_alone(main: Callable[[], None], stage: str) -> None:
    """InputError where another stage still runs in this folder, as the orphan of a killed dvc does."""
    try:
        with naming(Path(stage)), locks.held(paths.STAGE_LOCK, f"{stage} {os.getpid()}"):
            main()
            if used := reproducible.active():
                environment.record(stage, *used)
    except locks.BusyError as busy:
        other, _, process = busy.holder.partition(" ")
        raise errors.InputError(
            f"{stage}: stage {other} still runs in this folder as process {process}; "
            f"wait until it has ended, or end it by `kill {process}`"
        ) from None

"""How good the models are: examples trained with several seeds, the main test metrics of each, their mean, seconds."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from plumbline import errors, paths
from plumbline.errors import InputError
from plumbline.example import make_copy, merged_params, prepare_data
from plumbline.files import read_json

NAMES = (
    *("breast_cancer", "circles", "diabetes", "mixed", "penguins", "adult", "california_housing"),
    *("sms_spam", "splice", "gunpoint", "fsdd", "fashion_folders", "mix"),
)
MAIN = ("rmse", "r2", "accuracy", "f1", "roc_auc", "roc_auc_ovr")
"""Metrics shown, where the task has them."""


def main() -> None:
    """Train every named example with every seed in a scratch copy, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", default=NAMES, help=f"examples, by default {', '.join(NAMES)}"
    )
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4], help="each changes split, weights, batches"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a changed key of params.yaml")
    arguments = parser.parse_args()
    for name in arguments.names:
        with tempfile.TemporaryDirectory() as folder:
            results = _run_example(name, arguments.seeds, arguments.set, Path(folder))
        print("\n".join(_table(name, arguments.seeds, results)), flush=True)


def _run_example(name: str, seeds: list[int], changes: list[str], folder: Path) -> list[dict[str, float]]:
    params = merged_params(name)
    for change in changes:
        _set(params, *change.split("=", 1))
    make_copy(folder)
    prepare_data(name, folder)
    return run_seeds(params, seeds, folder)


def run_seeds(params: dict[str, Any], seeds: list[int], folder: Path) -> list[dict[str, float]]:
    """Main test metrics and seconds of training for each seed, in a copy of the project; the source is read once."""
    _write_params(params, folder)
    _run_stage("ingest", folder)
    return [_run_seed(params | {"seed": seed}, folder) for seed in seeds]


def _set(params: dict[str, Any], key: str, value: str) -> None:
    *sections, last = key.split(".")
    for section in sections:
        params = params[section]
    params[last] = yaml.safe_load(value)


def _run_seed(params: dict[str, Any], folder: Path) -> dict[str, float]:
    _write_params(params, folder)
    _run_stage("split", folder)
    seconds = _run_stage("train", folder)
    _run_stage("evaluate", folder)
    measured = read_json(folder / paths.METRICS)["test"]
    epochs = read_json(folder / paths.TRAINING_REPORT)["epochs"]
    return {metric: measured[metric] for metric in MAIN if metric in measured} | {"epochs": epochs, "seconds": seconds}


def _write_params(params: dict[str, Any], folder: Path) -> None:
    (folder / paths.PARAMS).write_text(yaml.safe_dump(params, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _run_stage(stage: str, folder: Path) -> float:
    """Run one stage in the copy; seconds it took, imports included."""
    start = time.monotonic()
    command = [sys.executable, "-m", f"stages.{stage}"]
    ended = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)  # noqa: S603
    if ended.returncode:
        raise InputError(f"{stage} ended with status {ended.returncode}, see above")
    return time.monotonic() - start


def _table(name: str, seeds: list[int], results: list[dict[str, float]]) -> list[str]:
    """A Markdown table: one row for each seed, then their mean."""
    metrics = list(results[0])
    mean = {metric: sum(result[metric] for result in results) / len(results) for metric in metrics}
    rows = [(str(seed), result) for seed, result in zip(seeds, results, strict=True)] + [("mean", mean)]
    lines = [f"| {name} | {' | '.join(metrics)} |", "|" + " --- |" * (len(metrics) + 1)]
    lines += [f"| {label} | {' | '.join(f'{row[metric]:.5g}' for metric in metrics)} |" for label, row in rows]
    return [*lines, ""]


if __name__ == "__main__":
    errors.run(main)

"""What an image, a sentence and numbers say together and apart: examples/mix.yaml, trained with columns left out."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.quality import run_seeds
from plumbline import errors
from plumbline.example import make_copy, merged_params

PARTS = {"picture": ["picture"], "wish": ["wish"], "numbers": ["weight_kg", "n_stamps"]}


def main() -> None:
    """Train with all columns, with each part alone and without each, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mix", description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="each changes split, weights, batches")
    seeds = parser.parse_args().seeds
    print("| columns | test accuracy | seconds of training |\n| --- | --- | --- |", flush=True)
    for label, dropped in _settings().items():
        with tempfile.TemporaryDirectory() as folder:
            results = _train(dropped, seeds, Path(folder))
        means = [sum(result[name] for result in results) / len(results) for name in ("accuracy", "seconds")]
        print(f"| {label} | {means[0]:.3f} | {means[1]:.0f} |", flush=True)


def _settings() -> dict[str, list[str]]:
    """What is left out, by what is there."""
    everything = {column for columns in PARTS.values() for column in columns}
    found = {"all": []}
    found |= {f"{part} alone": sorted(everything - set(columns)) for part, columns in PARTS.items()}
    return found | {f"without {part}": columns for part, columns in PARTS.items()}


def _train(dropped: list[str], seeds: list[int], folder: Path) -> list[dict[str, float]]:
    make_copy(folder)
    params = merged_params("mix")
    return run_seeds(params | {"ingest": params["ingest"] | {"drop": dropped}}, seeds, folder)


if __name__ == "__main__":
    errors.run(main)

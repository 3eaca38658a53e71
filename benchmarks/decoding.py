"""Decoding: images or sounds a second through ingest and split, against a plain loop of the library; peak memory.

A plain loop reads and decodes each file once, in one process. Ingest reads, checks, measures and stores each file,
split decodes it again and encodes it: both in as many processes as there are cores.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from plumbline import errors, plugins
from plumbline.reproducible import switch_on

if TYPE_CHECKING:
    import polars as pl

KINDS = {"image": (15_000, "png"), "audio": (750, "wav")}
"""For each type the files of the smaller run, of which the larger has four times as many, and their suffix."""
WAYS = ("plain", "ingest", "split")
_SIDE_PX, _RATE_HZ = 28, 8000


def main() -> None:
    """Make files, have a process of its own go each way over n and 4 n of them, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding", description=__doc__)
    known = [kind for kind in KINDS if kind in plugins.names("columns")]
    parser.add_argument("--kind", choices=known, default=known[0])
    parser.add_argument("--files", type=int, help="files of the smaller run (default: a quarter of what issues name)")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    n_files = arguments.files or KINDS[arguments.kind][0]
    if arguments.way:
        print(json.dumps(_go(arguments.way, arguments.kind, n_files, arguments.folder)))
        return
    with tempfile.TemporaryDirectory() as folder:
        _make_files(arguments.kind, 4 * n_files, Path(folder))
        runs = {n: {way: _run(way, arguments.kind, n, folder) for way in WAYS} for n in (n_files, 4 * n_files)}
    print("| way | files/s | of plain | peak MB, n files | peak MB, 4 n files |\n| --- | --- | --- | --- | --- |")
    few, many = runs.values()
    for way in WAYS:
        rate, plain = (4 * n_files / many[name]["seconds"] for name in (way, "plain"))
        peaks = [f"{runs[way]['peak_mb']:,.0f}" for runs in (few, many)]
        print(f"| {way} | {rate:,.0f} | {rate / plain:.2f} | {' | '.join(peaks)} |")


def _make_files(kind: str, n_files: int, folder: Path) -> None:
    import numpy as np
    from PIL import Image

    generator = np.random.default_rng(0)
    for number in range(n_files):
        path = folder / _name(kind, number)
        if kind == "image":
            Image.fromarray(generator.integers(0, 256, (_SIDE_PX, _SIDE_PX), dtype=np.uint8)).save(path)
            continue
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, _RATE_HZ, 0, "NONE", ""))
            file.writeframes(generator.integers(-(2**12), 2**12, _RATE_HZ // 2, dtype=np.int16).tobytes())


def _name(kind: str, number: int) -> str:
    return f"{number:06}.{KINDS[kind][1]}"


def _run(way: str, kind: str, n_files: int, folder: str) -> dict[str, float]:
    given = ["--kind", kind, "--files", str(n_files), "--way", way, "--folder", folder]
    ended = subprocess.run(  # noqa: S603 - this module
        [sys.executable, "-m", "benchmarks.decoding", *given], stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def _go(way: str, kind: str, n_files: int, folder: Path) -> dict[str, float]:
    """Seconds, and the peak memory of this process and of the largest other together."""
    switch_on()
    import polars as pl  # after the switches, before the clock

    paths = [_name(kind, number) for number in range(n_files)]
    table = pl.LazyFrame({"x": paths, "y": ["a", "b"] * (n_files // 2) + ["a"] * (n_files % 2)})
    start = time.perf_counter()
    if way == "plain":
        _decode_plainly(kind, [folder / path for path in paths])
    else:
        made = folder / f"examples-{n_files}.parquet"
        _ingest(kind, table, folder, made) if way == "ingest" else _split(made, folder / f"split-{n_files}")
    seconds = time.perf_counter() - start
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {"seconds": seconds, "peak_mb": sum(peaks) / 1024}


def _decode_plainly(kind: str, paths: list[Path]) -> None:
    import numpy as np

    for path in paths:
        if kind == "image":
            from PIL import Image

            with Image.open(path) as image:
                np.asarray(image)
        else:
            import soundfile

            soundfile.read(path)


def _ingest(kind: str, table: pl.LazyFrame, folder: Path, made: Path) -> None:
    """As stages/ingest.py takes in a table of paths."""
    import polars as pl

    from plumbline import contents, examples
    from plumbline.examples import ROW, Column
    from plumbline.recognition import Typed

    typed = [Typed(Column("x", kind, "feature"), ""), Typed(Column("y", "category", "target"), "")]
    numbered = table.with_row_index(ROW).cast({ROW: pl.Int64})
    with tempfile.TemporaryDirectory() as scratch:
        cleaned, at_once = Path(scratch, "cleaned.parquet"), examples.rows_at_once(item.column for item in typed)
        numbered.sink_parquet(cleaned, maintain_order=True, row_group_size=at_once)
        taken, typed, _ = contents.take_in(cleaned, typed, folder, "fail", Path(scratch))
        examples.write(taken, [item.column for item in typed], made)


def _split(made: Path, folder: Path) -> None:
    """As stages/split.py fits and encodes."""
    import numpy as np

    from plumbline import fitting, split
    from plumbline.examples import Examples
    from plumbline.params import Columns

    found = Examples.open(made)
    labels = np.zeros(found.n_rows, np.int8)
    fitted = fitting.fit_columns(found, labels == 0, Columns(select=None), found.features)
    folder.mkdir()
    split.write_tensors(found, labels, fitted, folder)


if __name__ == "__main__":
    errors.run(main)

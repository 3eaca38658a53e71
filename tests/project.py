"""Small projects to test with: the default params.yaml with some keys changed, beside a small table."""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import soundfile
import yaml
from PIL import Image

from plumbline import running
from plumbline.params import Ingest
from plumbline.yaml12 import read_yaml

ROOT = Path(__file__).parents[1]
STAGES = ("ingest", "split", "plot", "train", "evaluate", "export")
GONE = object()
"""The value of a key that is taken out of params.yaml."""

QUICK: dict[str, Any] = {
    "compute.threads": 1,  # as many as stages without a compute section have, so that all run in one process
    "ingest.source": "table.parquet",
    "ingest.target": "y",
    "plot": {"columns": 2, "examples": 50},
    "encoders.number": {
        "name": "piecewise",
        "plain": {},
        "piecewise": {"bins": 4, "width": 3},
        "periodic": {"width": 3},
    },
    "model": {
        "name": "mlp",
        "mlp": {"width": 8, "depth": 1},
        "tabm": {"members": 2, "width": 8, "depth": 1},
        "linear": {},
    },
    "train.epochs": 2,
    "train.batch_size": 32,
    "evaluate.bootstrap": 5,
    "evaluate.importance": {"repeats": 2, "examples": 20, "columns": 3},
    "evaluate.dependence": {"columns": 1, "examples": 5},
    "evaluate.slices": {"resamples": 5, "examples": 100},
    "export.formats": ["onnx"],
}
"""What makes a run quick: a small network, two epochs."""

Changes = dict[str, Any]
"""Values of params.yaml by dotted key: {"train.optimizer.lr": 0.1}; `GONE` takes a key out."""


def changed(params: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """A copy of `params` with each dotted key set."""
    result = copy.deepcopy(params)
    for key, value in changes.items():
        *sections, last = key.split(".")
        place = result
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
        if value is GONE:
            del place[last]
    return result


def quick_params(**changes: Any) -> dict[str, Any]:
    """The default params.yaml made quick, with dotted keys changed as in {"train.epochs": 3}."""
    return changed(changed(read_yaml(ROOT / "params.yaml"), QUICK), changes)


def ingest_section(source: str, **knobs: Any) -> Ingest:
    """The section ingest with nothing set but the source and readers' knobs."""
    return Ingest(**read_yaml(ROOT / "params.yaml")["ingest"] | {"source": source, "target": "x"} | knobs)


def write_params(params: Any, folder: Path = Path()) -> None:
    """Write params.yaml."""
    text = yaml.safe_dump(params, sort_keys=False, allow_unicode=True)
    (folder / "params.yaml").write_text(text, encoding="utf-8")


def change_params(**changes: Any) -> None:
    """Change dotted keys of the params.yaml in the current folder."""
    write_params(changed(read_yaml(Path("params.yaml")), changes))


def make_project(folder: Path, table: pl.DataFrame, **changes: Any) -> Path:
    """A folder in which stages can run on `table`, quickly."""
    (folder / "models" / "start").mkdir(parents=True)
    table.write_parquet(folder / "table.parquet")
    write_params(quick_params(**changes), folder)
    return folder


def copy_code(folder: Path) -> Path:
    """A copy of the stages, the library and what says how they are run, in which other code can be tried."""
    for part in ("plumbline", "stages"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return folder


def run(*stages: str) -> None:
    """Run stages one after another in the current folder, in this process."""
    for stage in stages:
        importlib.import_module(f"stages.{stage}").main()


def refusal(stage: str) -> str:
    """What a stage that must refuse its input writes to stderr; its exit status is 2."""
    written = io.StringIO()
    with contextlib.redirect_stderr(written):
        try:
            running.run(importlib.import_module(f"stages.{stage}").main)
        except SystemExit as ended:
            assert ended.code == 2
            return written.getvalue().removesuffix("\n")
    raise AssertionError(f"stage {stage} ended well")


def contents(folder: Path) -> dict[str, bytes]:
    """Bytes of every file below a folder by its path, sorted; not of what names a process or a machine."""
    left_out = ("stage.lock", "environment.json")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in left_out)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[Path]:
    """Work in a folder for a while."""
    with contextlib.chdir(folder):
        yield folder


def number_table(n_rows: int = 120, seed: int = 0) -> pl.DataFrame:
    """Two numbers and the number y that they make up, with a little noise."""
    generator = np.random.default_rng(seed)
    a, b, noise = generator.normal(size=(3, n_rows))
    return pl.DataFrame({"a": a, "b": b, "y": 3 * a - b + 0.1 * noise + 10})


def class_table(n_rows: int = 120, seed: int = 0, classes: tuple[str, ...] = ("no", "yes")) -> pl.DataFrame:
    """Two numbers, of which the first says the class y, equally many of each class."""
    generator = np.random.default_rng(seed)
    index = np.arange(n_rows) % len(classes)
    a, b = generator.normal(size=(2, n_rows))
    return pl.DataFrame({"a": a + 2 * index, "b": b, "y": [classes[i] for i in index]})


def mixed_table(n_rows: int = 150, seed: int = 0) -> pl.DataFrame:
    """Every column type with missing values, and the number `amount` and the class `kind` that they make up."""
    generator = np.random.default_rng(seed)
    number = generator.normal(size=n_rows)
    town = generator.choice(["", "Køln", "東京", "a b", "rare"], n_rows, p=[0.1, 0.4, 0.3, 0.15, 0.05])
    flag = generator.random(n_rows) < 0.5
    day = np.datetime64("1960-02-28T23:59") + generator.integers(0, 40_000_000, n_rows).astype("timedelta64[m]")
    known = generator.random((4, n_rows)) > 0.1
    amount = 50 + 10 * number + 5 * flag + (town == "東京")
    table = pl.DataFrame(
        {"number": number, "town": town, "flag": flag, "day": day.astype("datetime64[us]"), "amount": amount}
    )
    gaps = [pl.when(pl.Series(mask)).then(pl.col(name)) for mask, name in zip(known, table.columns, strict=False)]
    return table.with_columns(gaps, kind=pl.Series(np.where(number + flag > 0.5, "big", "small")))


def contents_table(n_rows: int = 60, seed: int = 0) -> pl.DataFrame:
    """A column of every content type: the class `kind` is a bright picture, a high tone, a word, a motif, a level."""
    generator, rate = np.random.default_rng(seed), 4000
    kind = np.arange(n_rows) % 2
    pictures = (generator.integers(0, 100, (n_rows, 8, 8)) + 100 * kind[:, None, None]).astype(np.uint8)
    tones = [np.sin(np.arange(400) * (0.3 + 0.5 * k)) / 2 for k in kind]
    letters = ["".join(generator.choice(list("ACGT"), 20)) for _ in kind]
    return pl.DataFrame(
        {
            "picture": [_file(Image.fromarray(pixels).save, format="PNG") for pixels in pictures],
            "tone": [_file(soundfile.write, tone, rate, format="WAV") for tone in tones],
            "said": [f"the {'bright' if k else 'dark'} side of number {i}" for i, k in enumerate(kind)],
            "letters": [text + ("TATAAT" if k else "GGCGCC") for text, k in zip(letters, kind, strict=True)],
            "pulse": [(generator.normal(size=12 + i % 3) + 2 * k).tolist() for i, k in enumerate(kind)],
            "point": [(generator.normal(size=3) + k).tolist() for k in kind],
            "kind": np.where(kind, "yes", "no"),
        }
    )


def _file(write: Callable[..., Any], *content: Any, format: str) -> bytes:  # noqa: A002 - the writers' word
    """The bytes that a writer writes."""
    file = io.BytesIO()
    write(file, *content, format=format)
    return file.getvalue()

"""A new column type is one file beside its encoder's: recognised, measured, encoded, learned from, shown, exported."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from plumbline.files import read_json
from tests import project

COLOUR = '''"""Colour: red, green and blue as web pages write them, #rrggbb."""

import re

from plumbline.params import Section

CONTENT = True
DTYPE, RAW_DTYPE = "float32", "double"
RAW_MEANING = "red, green and blue from 0 to 1; NaN for a missing value"
ODD_VALUES = (None, "#000000", "#ffffff")
MEASURES = ("brightness",)
GALLERY_ROW, GALLERY_VALUES = 0.9, 8


class Params(Section):
    """Knobs of colours: none."""


def recognise(values, is_target):
    """How sure it is that values are colours, and why."""
    import polars as pl

    if is_target or values.dtype != pl.String or not values.str.contains("^#").all():
        return 0.0, "not every value begins with #"
    return 0.96, "every value begins with #"


def clean(column):
    """Lower case; nothing is missing."""
    import polars as pl

    return pl.when(column != "").then(column.str.to_lowercase())


def measure(value):
    """How bright it is, from 0 to 1."""
    if not re.fullmatch("#[0-9a-f]{6}", value):
        raise ValueError("is no #rrggbb")
    return {"brightness": sum(bytes.fromhex(value[1:])) / 765}


def fit(chunks, measures, params):
    """How many are missing."""
    return {"missing": measures["brightness"].null_count()}


def shape(state):
    """Three parts, and 1 where they are missing."""
    return (4,)


def encode(values, state):
    """(N,) String -> (N, 4) float32."""
    import numpy as np

    parts = np.stack(raw(values, state)) if len(values) else np.zeros((0, 3))
    missing = np.isnan(parts[:, :1])
    return np.concatenate([np.where(missing, 0.0, parts), missing], axis=1).astype(np.float32)


def raw_shape(state):
    """Red, green, blue."""
    return [3]


def raw(values, state):
    """Per value (3,) float64."""
    import numpy as np

    parts = [[float("nan")] * 3 if value is None else [part / 255 for part in bytes.fromhex(value[1:])]
             for value in values]
    return [np.array(part) for part in parts]


def front(graph, value, state):
    """Nodes from (B, 3) to (B, 4)."""
    missing = graph.op("IsNaN", value)
    parts = graph.op("Cast", graph.op("Where", missing, graph.double([0.0]), value), to=graph.FLOAT)
    first = graph.op("Slice", missing, graph.int64([0]), graph.int64([1]), graph.int64([1]))
    return graph.op("Concat", parts, graph.op("Cast", first, to=graph.FLOAT), axis=1)


def draw_gallery(figure, values):
    """A row of dots for each group."""
    axes = figure.subplots()
    for row, colours in enumerate(values.values()):
        axes.scatter(range(len(colours)), [row] * len(colours), c=colours)


def show(value):
    """The colour as a patch."""
    return f'<i style="background:{value}">{value}</i>'
'''

TINT = '''"""Tint: colours through one layer."""

from torch import nn

from plumbline.params import Section

TYPES = ("colour",)


class Params(Section):
    """Knobs of tints."""

    width: int = 8
    """Features."""


class Tint(nn.Module):
    """(B, 1, 4) -> (B, width)."""

    def __init__(self, width):
        super().__init__()
        self.widths, self.layer = [width], nn.Linear(4, width)

    def forward(self, block):
        return self.layer(block[:, 0].to(self.layer.weight.dtype)).relu()


def build(params, states, shape):
    """Encoder of a block of colours."""
    return Tint(params.width)
'''

RUN = "from tests import project; project.run(*{stages!r})"


def colours(n_rows: int = 200) -> pl.DataFrame:
    """Colours that are warm where red is above blue, a number that says nothing, and gaps."""
    parts = np.random.default_rng(0).integers(0, 256, (n_rows, 3))
    texts = [f"#{red:02X}{green:02x}{blue:02x}" for red, green, blue in parts]
    warm = ["warm" if red > blue else "cold" for red, _, blue in parts]
    return pl.DataFrame({"paint": [None, *texts[1:]], "number": np.arange(n_rows) % 7 / 7, "y": warm})


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the library and its stages with the two new files, beside a small table."""
    knobs = {"encoders.colour": {"name": "tint", "tint": {"width": 16}}, "train.epochs": 30, "train.optimizer.lr": 0.02}
    folder = project.copy_code(project.make_project(tmp_path / "project", colours(), **knobs))
    (folder / "tests").symlink_to(project.ROOT / "tests")
    (folder / "plumbline" / "columns" / "colour.py").write_text(COLOUR, encoding="utf-8")
    (folder / "plumbline" / "encoders" / "tint.py").write_text(TINT, encoding="utf-8")
    assert run(folder, "-m", "plumbline", "schema").returncode == 0
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_new_column_type_works_through_all_six_stages(copied: Path) -> None:
    assert run(copied, "-m", "plumbline", "check").stdout == "params.yaml: all well\n"
    ended = run(copied, "-c", RUN.format(stages=project.STAGES))
    assert ended.returncode == 0, ended.stderr
    (entry,) = (one for one in read_json(copied / "reports" / "ingest.json")["columns"] if one["name"] == "paint")
    assert (entry["type"], entry["why"], entry["missing"]) == ("colour", "every value begins with #", 1)
    assert read_json(copied / "reports" / "metrics.json")["test"]["accuracy"] > 0.8
    assert (copied / "reports" / "data" / "contents_0.png").exists()
    assert all(check["passed"] for check in read_json(copied / "reports" / "export.json")["checks"])
    inputs = read_json(copied / "models" / "export" / "signature.json")["inputs"]
    assert [one["shape"] for one in inputs] == [["batch", 3], ["batch", 1]]
    worst = run(copied, "-m", "plumbline", "report")
    assert worst.returncode == 0, worst.stderr
    assert '<i style="background:#' in (copied / "reports" / "report.html").read_text(encoding="utf-8")


def test_broken_values_of_a_new_column_type_are_named(copied: Path) -> None:
    table = colours().with_columns(pl.col("paint").replace({colours()["paint"][3]: "#12345"}))
    table.write_parquet(copied / "table.parquet")
    ended = run(copied, "-m", "stages.ingest")
    assert ended.returncode == 2
    assert ended.stderr == (
        "column 'paint': 1 colour of 200 cannot be read: row 3 is no #rrggbb; mend them, or set ingest.broken to "
        "set_aside\n"
    )

"""Series and vectors in whole runs: from Parquet and from text in CSV, broken ones told, gaps and lengths exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from plumbline.files import read_json
from tests import project


def lists(n_rows: int = 60) -> pl.DataFrame:
    """Series of 5 to 30 steps that rise or fall, with gaps, and vectors whose first number says the same."""
    generator = np.random.default_rng(0)
    up = np.arange(n_rows) % 2 == 0
    lengths = generator.integers(5, 31, n_rows)
    lines = [np.linspace(-1, 1, n) * (1 if rising else -1) for rising, n in zip(up, lengths, strict=True)]
    waves = [(line + 0.1 * generator.normal(size=len(line))).tolist() for line in lines]
    waves = [None if row == 7 else [*wave[:2], None, *wave[3:]] for row, wave in enumerate(waves)]
    points = [[float(rising), *generator.normal(size=3).tolist()] for rising in up]
    return pl.DataFrame({"wave": waves, "point": points, "y": np.where(up, "up", "down")})


def types() -> dict[str, str]:
    return {column["name"]: column["type"] for column in read_json(Path("reports/ingest.json"))["columns"]}


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["fcn", "resnet"])
def test_series_and_vectors_go_through_all_six_stages(encoder: str, tmp_path: Path) -> None:
    knobs = {"encoders.series.name": encoder, f"encoders.series.{encoder}": {"width": 4}, "train.epochs": 8}
    folder = project.make_project(tmp_path / "project", lists(), **knobs)
    with project.inside(folder):
        project.run(*project.STAGES)
        assert (types()["wave"], types()["point"]) == ("series", "vector")
        assert all(check["passed"] for check in read_json(Path("reports/export.json"))["checks"])
        inputs = read_json(Path("models/export/signature.json"))["inputs"]
        assert [one["shape"] for one in inputs] == [["batch", 1, "time"], ["batch", 4]]


def test_lists_written_in_a_csv_file_give_the_same_examples_as_stored_ones(tmp_path: Path) -> None:
    table = lists()
    wave = [None if value is None else str(value.to_list()).replace("None", "null") for value in table["wave"]]
    written = table.with_columns(wave=pl.Series(wave), point=pl.Series([str(v.to_list()) for v in table["point"]]))
    stored = project.make_project(tmp_path / "stored", table)
    text = project.make_project(tmp_path / "text", table, **{"ingest.source": "table.csv"})
    written.write_csv(text / "table.csv")
    for folder in (stored, text):
        with project.inside(folder):
            project.run("ingest")
            assert (types()["wave"], types()["point"]) == ("series", "vector")
    one, other = (pl.read_parquet(folder / "data" / "examples.parquet") for folder in (stored, text))
    assert one.equals(other)


def test_a_vector_of_another_length_is_broken(tmp_path: Path) -> None:
    table = lists().with_columns(point=pl.Series([[1.0], *lists()["point"].to_list()[1:]]))
    with project.inside(project.make_project(tmp_path / "project", table)):
        assert project.refusal("ingest") == (
            "column 'point': 1 vector of 60 cannot be read: row 0 has 1 number, most have 4; mend them, or set "
            "ingest.broken to set_aside"
        )
        project.change_params(**{"ingest.broken": "set_aside"})
        project.run("ingest")
        assert read_json(Path("reports/ingest.json"))["examples"] == 59


def test_a_series_of_other_channels_is_broken(tmp_path: Path) -> None:
    pairs = [[[1.0, 2.0 + row], [3.0, 4.0]] for row in range(40)]
    table = pl.DataFrame({"wave": [*pairs[:39], [[1.0, 2.0]]], "y": ["a", "b"] * 20})
    with project.inside(project.make_project(tmp_path / "project", table)):
        assert project.refusal("ingest").startswith(
            "column 'wave': 1 series of 40 cannot be read: row 39 has 1 channel, most have 2; "
        )

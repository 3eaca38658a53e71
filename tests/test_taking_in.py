"""Taking in: images and texts become part of the examples; measures and keys stand for them in what looks at tables."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from plumbline import parallel
from plumbline.examples import Examples
from plumbline.files import read_json
from tests import project
from tests.conftest import Make

WORDS = (
    "a small boat on the sea",
    "an old house by the road",
    "some birds in the morning",
    "rain over the green hills",
)
QUICKER = {"encoders.image.name": "convnet", "encoders.image.convnet": {"width": 2}, "train.batch_size": 16}


def picture(level: int, size: int = 8) -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(level).integers(0, 40, (size, size))
    Image.fromarray((noise + 2 * level).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def table_of_pictures(n_rows: int = 60) -> pl.DataFrame:
    """Pictures, bright ones of class yes, a sentence each, and a number."""
    levels = [i % 100 for i in range(n_rows)]
    return pl.DataFrame(
        {
            "photo": [picture(level) for level in levels],
            "said": [f"{WORDS[i % 4]} and number {i} of them" + i % 3 * " again" for i in range(n_rows)],
            "x": np.random.default_rng(0).normal(size=n_rows),
            "y": ["yes" if level >= 30 else "no" for level in levels],
        }
    )


def make_folder(folder: Path, names: list[str], **changes: Any) -> Path:
    """A project whose source is a folder with a table of paths and the pictures it names."""
    project.make_project(folder, pl.DataFrame({"x": [1]}), **QUICKER, **changes, **{"ingest.source": "source"})
    (folder / "source" / "pictures").mkdir(parents=True)
    for i in range(60):
        (folder / "source" / "pictures" / f"{i}.png").write_bytes(picture(i))
    table = table_of_pictures().drop("photo").with_columns(photo=pl.Series(names))
    table.write_csv(folder / "source" / "table.csv")
    return folder


def columns_of(report: str = "reports/ingest.json") -> dict[str, tuple[str, str]]:
    return {column["name"]: (column["type"], column["role"]) for column in read_json(Path(report))["columns"]}


def test_pictures_texts_and_numbers_go_through_all_stages(in_project: Make) -> None:
    in_project(table_of_pictures(), **QUICKER)
    project.run(*project.STAGES)
    columns = columns_of()
    assert [columns[name] for name in ("photo", "said", "x")] == [
        ("image", "feature"), ("text", "feature"), ("number", "feature"),
    ]  # fmt: skip
    assert columns["photo: brightness"] == columns["said: words"] == ("number", "measure")
    blocks = {path.stem for path in Path("data/split/train").glob("*.npy")}
    assert blocks == {"image_0", "text_0", "number", "target.0", "rows"}
    assert np.load("data/split/train/image_0.npy").dtype == np.uint8
    inputs = {entry["name"]: entry["shape"] for entry in read_json(Path("models/export/signature.json"))["inputs"]}
    assert inputs == {"photo": ["batch", "height", "width", 1], "said": ["batch", 1], "x": ["batch", 1]}
    importance = pl.read_csv("reports/evaluation/importance.csv")["column"].to_list()
    assert {"photo", "said", "x"} == set(importance)
    slices = set(pl.read_csv("reports/evaluation/slices.csv")["column"])
    assert {"photo: brightness", "said: words", "x"} <= slices
    assert not {"photo", "said"} & slices
    assert {"contents_0.png", "contents_1.png"} <= {path.name for path in Path("reports/data").iterdir()}


def test_paths_in_a_folder_become_the_files_they_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"pictures/{i}.png" for i in range(60)]
    monkeypatch.chdir(make_folder(tmp_path / "project", names))
    project.run("ingest")
    assert columns_of()["photo"] == ("image", "feature")
    assert Examples.open(Path("data/examples.parquet")).read("photo").to_list() == [picture(i) for i in range(60)]


def test_a_file_that_cannot_be_read_ends_the_stage_or_is_set_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"pictures/{i}.png" for i in range(60)]
    names[7] = "pictures/none.png"
    monkeypatch.chdir(make_folder(tmp_path / "project", names))
    Path("source/pictures/3.png").write_bytes(picture(3)[:60])
    what = (
        "column 'photo': 2 images of 60 cannot be read: pictures/3.png is truncated, pictures/none.png is no file of "
        "the source"
    )
    assert project.refusal("ingest") == f"{what}; mend them, or set ingest.broken to set_aside"
    assert not Path("data/examples.parquet").exists()
    project.change_params(**{"ingest.broken": "set_aside"})
    project.run("ingest")
    report = read_json(Path("reports/ingest.json"))
    assert report["examples"] == 58
    (finding,) = [entry for entry in report["findings"] if entry["kind"] == "broken"]
    assert (finding["what"], finding["rows"], finding["action"]) == (
        f"{what}; set aside, ingest.broken: fail stops instead", [3, 7], "set aside",
    )  # fmt: skip


def test_paths_beside_a_single_file_are_refused_since_nobody_sees_their_files_change(in_project: Make) -> None:
    in_project(table_of_pictures().with_columns(photo=pl.Series([f"{i}.png" for i in range(60)])))
    assert project.refusal("ingest") == (
        "column 'photo': holds paths of files, which nobody sees change beside a single file; "
        "put the table and the files into one folder and name that in ingest.source"
    )


def test_equal_pictures_are_told_as_equal_rows_and_kept_apart_by_no_split(in_project: Make) -> None:
    table = table_of_pictures()
    in_project(pl.concat([table, table[:5]]).drop("said", "x"), **QUICKER, **{"split.name": "random"})
    project.run("ingest")
    assert read_json(Path("reports/ingest.json"))["duplicates"]["count"] == 5
    project.run("split")
    assert any(leak["kind"] == "duplicates" for leak in read_json(Path("reports/split.json"))["leaks"])
    project.change_params(**{"split.name": "hash"})
    project.run("split")
    assert read_json(Path("reports/split.json"))["leaks"] == []
    project.change_params(**{"ingest.duplicates": "drop"})
    project.run("ingest")
    assert read_json(Path("reports/ingest.json"))["examples"] == 60


def test_a_missing_picture_is_kept_and_counted(in_project: Make) -> None:
    table = table_of_pictures()
    in_project(table.with_columns(photo=pl.when(pl.int_range(60) > 4).then("photo")), **QUICKER)
    project.run("ingest", "split")
    (photo, *_) = read_json(Path("reports/ingest.json"))["columns"]
    assert (photo["name"], photo["missing"]) == ("photo", 5)
    (feature, *_) = read_json(Path("data/columns.json"))["features"]
    assert 0 < feature["state"]["missing"] <= 5


def test_a_name_that_a_measure_would_take_is_left_to_the_source(in_project: Make) -> None:
    in_project(table_of_pictures().rename({"x": "photo: width"}))
    project.run("ingest")
    columns = columns_of()
    assert (columns["photo: width"][1], columns["photo: width_"][1]) == ("feature", "measure")


def test_bytes_do_not_depend_on_the_number_of_cores(in_project: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    in_project(table_of_pictures(300), **QUICKER)  # two pieces
    found = []
    for cores in (1, 2):
        monkeypatch.setattr(parallel, "cores", lambda cores=cores: cores)
        project.run("ingest", "split")
        found.append(project.contents(Path("data")))
    assert found[0] == found[1]

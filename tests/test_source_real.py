"""Published files are read as their READMEs describe them, and the stage tells what it decided."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from PIL import Image

from plumbline.source import open_source
from plumbline.sources import Source
from tests import project

DATA = project.ROOT.parent / "shared" / "data"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="needs the public tables in ../shared/data"),
]

ADULT = "age workclass fnlwgt education education_num marital_status occupation relationship race sex capital_gain "
ADULT += "capital_loss hours_per_week native_country income"


def open_file(path: str, scratch: Path, **knobs: dict[str, Any]) -> Source:
    ingest = project.ingest_section(str(DATA / path), **knobs)
    return open_source(str(DATA / path), ingest, scratch)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("penguins/penguins_cleaned.xlsx", (333, 7)),
        ("penguins/penguins_raw.csv", (344, 18)),
        ("energy_xlsx/ENB2012_data.xlsx", (768, 10)),
        ("california_housing/housing.csv", (20_640, 10)),
        ("california_housing/cal_housing_statlib.csv", (20_640, 9)),
        ("adult/adult-train.csv", (32_561, 15)),
        ("splice/splice.arff", (3_190, 62)),
    ],
)
def test_a_public_table_has_its_published_size(path: str, shape: tuple[int, int], tmp_path: Path) -> None:
    assert open_file(path, tmp_path).table.collect().shape == shape


def test_the_sheet_of_the_energy_workbook_is_found_and_told(tmp_path: Path) -> None:
    source = open_file("energy_xlsx/ENB2012_data.xlsx", tmp_path)
    assert source.table.collect_schema().names() == [*(f"X{i}" for i in range(1, 9)), "Y1", "Y2"]
    assert source.notes[0].endswith(": sheet 'Φύλλο1' is read, of 'Φύλλο1', 'Φύλλο2', 'Φύλλο3'")


def test_adult_without_a_header_is_told_and_named(tmp_path: Path) -> None:
    assert "line 1 is taken for data, not for a header" in open_file("adult/adult-train.csv", tmp_path).notes[0]
    table = open_file("adult/adult-train.csv", tmp_path, csv={"names": ADULT.split()}).table.collect()
    assert (table["occupation"] == "?").sum() == 1_843  # what stands for a missing value is for ingest to find
    assert dict(table["income"].value_counts().sort("income").rows()) == {"<=50K": 24_720, ">50K": 7_841}


@pytest.mark.parametrize(("path", "n_rows"), [("promoters/promoters.data", 106), ("splice/splice.data", 3_190)])
def test_tables_of_uci_are_named_by_params(path: str, n_rows: int, tmp_path: Path) -> None:
    source = open_file(path, tmp_path, data={"names": ["class", "name", "bases"]})
    assert source.table.select(pl.len()).collect().item() == n_rows
    assert "stands below too" in open_file(path, tmp_path).notes[0]


@pytest.mark.parametrize(
    ("path", "target", "types"),
    [
        ("penguins/penguins_cleaned.xlsx", "species", {"category": 3, "number": 4}),
        ("penguins/penguins_raw.csv", "Species", {"datetime": 1}),
        ("energy_xlsx/ENB2012_data.xlsx", "Y1", {"number": 10}),
    ],
)
def test_a_public_table_goes_through_ingest(
    path: str, target: str, types: dict[str, int], in_project: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    source = Path(path).name
    in_project(project.number_table(), **{"ingest.source": source, "ingest.target": target})
    shutil.copy(DATA / path, source)
    project.run("ingest")
    report = json.loads(Path("reports/ingest.json").read_text())
    found = [column["type"] for column in report["columns"]]
    assert {kind: found.count(kind) for kind in types} == types
    printed = capsys.readouterr().out
    assert all(f"ingest: {note}\n" in printed for note in report["notes"])


SPOKEN = r"(?P<label>\d)_(?P<speaker>[a-z]+)_((?P<test>[0-4])|(?P<train>\d+))\.wav"


@pytest.mark.parametrize(
    ("path", "knobs", "columns", "n_train", "n_test"),
    [
        ("fashion_mnist/folder_subset.tar", {}, ["image", "label", "split"], 6_000, 1_000),
        ("fashion_mnist", {}, ["image", "label", "split"], 60_000, 10_000),
        ("fsdd/recordings.tar.gz", {"pattern": SPOKEN}, ["audio", "label", "speaker", "split"], 2_700, 300),
        ("gunpoint", {}, ["series", "label", "split"], 50, 150),
    ],
)
def test_public_media_and_series_have_their_published_split(
    path: str, knobs: dict[str, str], columns: list[str], n_train: int, n_test: int, tmp_path: Path
) -> None:
    table = open_file(path, tmp_path, folder=knobs).table.collect()
    assert table.columns == columns
    assert dict(table["split"].value_counts().rows()) == {"train": n_train, "test": n_test}
    assert table["label"].n_unique() == (2 if path == "gunpoint" else 10)


def test_the_images_of_fashion_mnist_are_those_of_the_folder_made_from_them(tmp_path: Path) -> None:
    packed = open_file("fashion_mnist", tmp_path).table.filter(pl.col("split") == "test").collect()
    folder = open_file("fashion_mnist/folder_subset.tar", tmp_path)
    assert folder.root is not None
    paths = folder.table.filter(pl.col("split") == "test", pl.col("label") == "bag").collect()["image"]
    known = {decode(image) for image in packed.filter(pl.col("label") == 8)["image"]}
    assert {decode((folder.root / path).read_bytes()) for path in paths} <= known


def decode(image: bytes) -> bytes:
    return Image.open(io.BytesIO(image)).tobytes()

"""Packed files and folders of many files are read as the table they hold; what is broken is one sentence."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from tests.reading import TAKEN, open_file, read_error, write
from tests.reading import read_columns as read

pytestmark = pytest.mark.usefixtures("in_scratch_folder")

UNPACKED = TAKEN.replace(".py, ", "").replace(".sql, ", "")
ALIKE = "give all files the same columns"
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
}


def write_zip(path: str, files: dict[str, str]) -> str:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


# Packed files


@pytest.mark.parametrize("kind", PACK)
def test_a_packed_file_is_read_with_the_knobs_of_the_suffix_before(kind: str) -> None:
    source = write(f"x.csv.{kind}", PACK[kind](b"a;b\n1;-\n"))
    assert read(source, csv={"separator": ";", "missing": ["-"]}) == {"a": ["1"], "b": [None]}


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("keep", [0.5, 0.95])
def test_a_packed_file_that_is_cut_off_is_one_sentence(kind: str, keep: float) -> None:
    whole = PACK[kind]("\n".join(["a", *map(str, range(50_000))]).encode())
    source = write(f"x.csv.{kind}", whole[: int(len(whole) * keep)])
    assert read_error(source) == f"{source}: ends too early; fetch it again"


@pytest.mark.parametrize("kind", PACK)
def test_what_is_wrong_in_a_packed_file_is_told_by_its_own_name(kind: str) -> None:
    assert read_error(write(f"x.csv.{kind}", PACK[kind](b"a,b\n1\n"))) == (
        f"x.csv.{kind}/x.csv: line 2 has 1 field, the header has 2; quote the separator or mend the line"
    )
    assert read_error(write(f"x.{kind}", PACK[kind](b"a\n1\n"))) == (
        f"x.{kind}/x: no reader takes files without a suffix; {TAKEN}"
    )
    assert open_file(write(f"x.csv.{kind}", PACK[kind](b",a\n0,1\n"))).notes == [
        f"x.csv.{kind}/x.csv: line 1: column 1 has no name and is called 'unnamed'"
    ]


@pytest.mark.parametrize("kind", PACK)
def test_packed_code_is_not_run(kind: str) -> None:
    source = write(f"x.py.{kind}", PACK[kind](b"1 / 0\n"))
    assert read_error(source) == (
        f"{source}: holds code (x.py), which is not run out of an archive; unpack it yourself"
    )


def test_a_zip_file_with_one_table_is_that_table() -> None:
    source = write_zip(
        "x.zip", {"d/a.csv": "a\nx\n", "README.txt": "notes", "d/a.names": "", "__MACOSX/d/._a.csv": "?"}
    )
    assert read(source) == {"a": ["x"]}
    assert open_file(source).notes == ["x.zip: README.txt, __MACOSX/d/._a.csv, d/a.names in it are not read"]


def test_a_zip_file_with_several_tables_is_read_like_a_folder() -> None:
    source = write_zip("x.zip", {"train.csv": "a\nx\n", "test.csv": "a\ny\n"})
    assert read(source) == {"a": ["y", "x"], "split": ["test", "train"]}
    assert read(source, zip={"file": "train.csv"}) == {"a": ["x"]}


@pytest.mark.parametrize(
    ("files", "knobs", "error"),
    [
        ({"../a.csv": "a\n1\n"}, {}, "x.zip: holds '../a.csv', which lies outside of it; pack it again"),
        ({"/a.csv": "a\n1\n"}, {}, "x.zip: holds '/a.csv', which lies outside of it; pack it again"),
        ({}, {}, f"x.zip: holds no table and no media files; {UNPACKED}"),
        ({"a.pdf": ""}, {}, f"x.zip: holds no table and no media files, but a.pdf; {UNPACKED}"),
        ({"a.py": "1 / 0"}, {}, f"x.zip: holds no table and no media files, but a.py; {UNPACKED}"),
        (
            {"a.py": "1 / 0", "a.csv": "a\nx\n"},
            {"file": "a.py"},
            "x.zip: holds code (a.py), which is not run out of an archive; unpack it yourself",
        ),
        ({"a.csv": "a\nx\n", "b.csv": "a,b\nx,y\n"}, {}, f"x.zip/b.csv: adds b, compared with a.csv; {ALIKE}"),
        ({"a.csv": "a\nx\n"}, {"file": "b.csv"}, "params.yaml: ingest.zip.file: x.zip has no 'b.csv'; it has a.csv"),
    ],
)  # fmt: skip
def test_a_wrong_zip_file_is_one_sentence(files: dict[str, str], knobs: dict[str, Any], error: str) -> None:
    assert read_error(write_zip("x.zip", files), zip=knobs) == error
    assert not Path("a.csv").exists()


def test_a_zip_file_that_is_cut_off_is_one_sentence() -> None:
    whole = Path(write_zip("x.zip", {"a.csv": "a\n1\n"})).read_bytes()
    assert read_error(write("x.zip", whole[:-30])) == (
        "x.zip: is no zip file, or ends too early (File is not a zip file); fetch it again"
    )


# Folders


def write_parquet(path: str, **columns: list[Any]) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(columns).write_parquet(path)


def test_folders_named_key_value_become_columns() -> None:
    write_parquet("d/year=2021/town=a%2Fb/1.parquet", x=[3])
    write_parquet("d/year=2020/town=__HIVE_DEFAULT_PARTITION__/1.parquet", x=[1])
    write_parquet("d/year=2020/town=c/1.parquet", x=[2])
    write("d/_SUCCESS", "")
    write("d/_metadata", "")
    assert read("d") == {"x": [1, 2, 3], "year": ["2020", "2020", "2021"], "town": [None, "c", "a/b"]}


def test_a_key_that_stands_in_the_files_stays() -> None:
    write_parquet("d/year=2021/1.parquet", x=[3], year=[2021])
    assert read("d") == {"x": [3], "year": [2021]}


def test_files_in_other_keys_are_one_sentence() -> None:
    write_parquet("d/a=1/1.parquet", x=[3])
    write_parquet("d/b=1/1.parquet", x=[3])
    assert read_error("d") == (
        "d/b=1/1.parquet: lies in other key=value folders than d/a=1/1.parquet; give all files the same keys"
    )


def test_folders_in_a_folder_are_read_by_path_and_may_say_the_split() -> None:
    for path in ("d/train/b.csv", "d/train/a.csv", "d/test/a.csv"):
        write(path, f"x\n{path}\n")
    paths = ["d/test/a.csv", "d/train/a.csv", "d/train/b.csv"]
    assert read("d") == {"x": paths, "split": ["test", "train", "train"]}


def test_files_of_one_name_in_two_folders_keep_their_own_rows() -> None:
    write("d/1/a.csv", "x\nMüller\n".encode("cp1252"))
    write("d/2/a.csv", "x\nSchäfer\n".encode("cp1252"))
    assert read("d") == {"x": ["Müller", "Schäfer"]}


def test_packed_and_plain_files_of_a_kind_go_together() -> None:
    write("d/a.csv", "x\na\n")
    write("d/b.csv.gz", gzip.compress(b"x\nb\n"))
    assert read("d") == {"x": ["a", "b"]}
    write("d/c.tsv.gz", gzip.compress(b"x\nc\n"))
    assert read_error("d") == "d: holds .csv and .tsv files; keep one kind in a folder"


def test_notes_of_many_files_end() -> None:
    for i in range(5):
        write(f"d/{i}.csv", ",a\n0,1\n")
    assert open_file("d").notes == [
        *(f"d/{i}.csv: line 1: column 1 has no name and is called 'unnamed'" for i in range(3)),
        "d: 2 more notes on its files are left out",
    ]

"""Files in MNIST's format are read as images with labels; what does not belong together is one sentence."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from plumbline.sources import _idx
from tests.reading import open_file, read_error, write

pytestmark = pytest.mark.usefixtures("in_scratch_folder")


def make_images(n: int, height: int = 3, width: int = 2) -> tuple[bytes, np.ndarray]:
    pixels = np.arange(n * height * width, dtype=np.uint8).reshape(n, height, width)
    return struct.pack(">IIII", 0x803, n, height, width) + pixels.tobytes(), pixels


def make_labels(*labels: int) -> bytes:
    return struct.pack(">II", 0x801, len(labels)) + bytes(labels)


def write_pair(begin: str, labels: list[int]) -> np.ndarray:
    content, pixels = make_images(len(labels))
    write(f"d/{begin}-images-idx3-ubyte.gz", gzip.compress(content))
    write(f"d/{begin}-labels-idx1-ubyte", make_labels(*labels))
    return pixels


def decode(images: pl.Series) -> np.ndarray:
    return np.stack([np.asarray(Image.open(io.BytesIO(image))) for image in images])


def test_images_and_labels_are_joined_and_their_names_say_the_split() -> None:
    train, test = write_pair("train", [3, 1]), write_pair("t10k", [7])
    write("d/README.md", "")
    source = open_file("d")
    found = source.table.collect()
    assert found.schema == {"image": pl.Binary, "label": pl.Int64, "split": pl.String}
    assert (found["label"].to_list(), found["split"].to_list()) == ([7, 3, 1], ["test", "train", "train"])
    assert (decode(found["image"]) == np.concatenate([test, train])).all()
    assert source.notes == []


def test_one_pair_has_no_split_and_other_files_are_told() -> None:
    write_pair("emnist.letters", [1, 2])
    write("d/x.pdf", "")
    source = open_file("d")
    assert source.table.collect().columns == ["image", "label"]
    assert source.notes == ["d: 1 file is not read: x.pdf"]


def test_a_dot_before_idx_and_an_archive_are_no_matter() -> None:
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.writestr("m/train-images.idx3-ubyte", make_images(2)[0])
        archive.writestr("m/train-labels.idx1-ubyte", make_labels(0, 1))
    assert open_file("x.zip").table.collect()["label"].to_list() == [0, 1]


def test_images_are_read_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = write_pair("train", list(range(5)))
    monkeypatch.setattr(_idx, "_CHUNK", 12)
    found = open_file("d").table.collect()
    assert len(list(Path("scratch").rglob("*.parquet"))) == 3
    assert (found["label"].to_list(), (decode(found["image"]) == pixels).all()) == ([0, 1, 2, 3, 4], True)


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


@pytest.mark.parametrize(
    ("images", "labels", "error"),
    [
        (
            b"\x00\x00\x0d\x03" + bytes(20),
            make_labels(1),
            f"d/{IMAGES}: is no idx file of images or labels in bytes (begins with 00000d03); "
            "00000803 (images) or 00000801 (labels) would be right",
        ),
        (make_images(2)[0], make_labels(1), f"d/{IMAGES}: holds 2 images, {LABELS} 1 labels; fetch both again"),
        (make_images(2)[0][:-1], make_labels(1, 2), f"d/{IMAGES}: ends too early; fetch it again"),
        (make_images(2)[0], make_labels(1, 2)[:-1], f"d/{LABELS}: ends too early; fetch it again"),
        (make_images(2)[0][:9], make_labels(1, 2), f"d/{IMAGES}: ends too early; fetch it again"),
        (make_images(1)[0] + b"x", make_labels(1), f"d/{IMAGES}: goes on after what its header says; fetch it again"),
        (make_images(1)[0], make_labels(1) + b"x", f"d/{LABELS}: goes on after what its header says; fetch it again"),
        (make_images(1, 0)[0], make_labels(1), f"d/{IMAGES}: holds nothing, by its header; fetch it again"),
        (make_labels(1), make_labels(1), f"d/{LABELS}: holds labels, but no file of images lies beside it; add it"),
    ],
)  # fmt: skip
def test_broken_idx_files_are_one_sentence(images: bytes, labels: bytes, error: str) -> None:
    write(f"d/{IMAGES}", images)
    write(f"d/{LABELS}", labels)
    assert read_error("d") == error


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (gzip.compress(make_images(2)[0], mtime=0)[:-12], "ends too early; fetch it again"),
        (b"plain", "is no gz file (Not a gzipped file (b'pl')); fetch it again"),
    ],
)
def test_broken_packed_idx_files_are_one_sentence(content: bytes, error: str) -> None:
    write(f"d/{IMAGES}.gz", content)
    write(f"d/{LABELS}", make_labels(1, 2))
    assert read_error("d") == f"d/{IMAGES}.gz: {error}"


@pytest.mark.parametrize("name", [IMAGES, f"{IMAGES}.gz"])
def test_an_idx_file_on_its_own_is_one_sentence(name: str) -> None:
    assert read_error(write(name, make_images(1)[0])) == (
        f"{name}: holds images or labels alone; set ingest.source to the folder that holds both files"
    )

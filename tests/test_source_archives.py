"""Archives are read like the folders they were made of; what reaches out of them is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.reading import open_file, read_columns, read_error, write

pytestmark = pytest.mark.usefixtures("in_scratch_folder")

CLASSES = {"top/train/cat/1.png": "a", "top/train/dog/1.png": "b", "top/test/cat/1.png": "c", "top/notes.pdf": ""}
PACK: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": gzip.compress,
    "tgz": gzip.compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
    "tar.zst": zstandard.compress,
}


def make_tar(files: dict[str, str], *odd: tarfile.TarInfo) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content.encode()))
        for member in odd:
            archive.addfile(member)
    return written.getvalue()


def make_member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


@pytest.mark.parametrize("kind", [*PACK, "zip"])
def test_class_folders_in_an_archive_are_read_without_its_top_folder(kind: str) -> None:
    source = f"x.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(source, "w") as archive:
            for name, content in CLASSES.items():
                archive.writestr(name, content)
    else:
        write(source, PACK[kind](make_tar(CLASSES)))
    found = open_file(source)
    assert found.table.collect().to_dict(as_series=False) == {
        "image": ["test/cat/1.png", "train/cat/1.png", "train/dog/1.png"],
        "label": ["cat", "cat", "dog"],
        "split": ["test", "train", "train"],
    }
    assert found.root is not None
    assert (found.root / "train/dog/1.png").read_text() == "b"
    assert [note.partition(": ")[2] for note in found.notes] == ["top/notes.pdf in it is not read"]


def test_an_archive_without_a_top_folder_and_with_dots_is_read() -> None:
    found = read_columns(write("x.tar", make_tar({"./cat/1.wav": "", "./dog/1.wav": "", "./._x.wav": ""})))
    assert found == {"audio": ["cat/1.wav", "dog/1.wav"], "label": ["cat", "dog"]}


def test_a_top_folder_named_key_value_stays() -> None:
    found = read_columns(write("x.tar", make_tar({"year=2020/a.csv": "x\n1\n", "year=2020/b.csv": "x\n2\n"})))
    assert found == {"x": ["1", "2"], "year": ["2020", "2020"]}


def test_one_table_in_a_tar_file_is_that_table() -> None:
    source = write("x.tar", make_tar({"d/a.csv": "a\nx\n", "d/a.names": "", "d/load.py": "1 / 0"}))
    assert read_columns(source) == {"a": ["x"]}
    assert open_file(source).notes == ["x.tar: d/a.names, d/load.py in it are not read"]


def test_a_knob_names_the_file_in_a_tar_file() -> None:
    source = write("x.tar.gz", gzip.compress(make_tar({"a.csv": "a\nx\n", "b.csv": "b\ny\n"})))
    assert read_columns(source, tar={"file": "b.csv"}) == {"b": ["y"]}
    assert read_error(source, tar={"file": "c.csv"}) == (
        "params.yaml: ingest.tar.file: x.tar.gz/x.tar has no 'c.csv'; it has a.csv, b.csv"
    )


def test_a_table_in_an_archive_names_media_files_in_it() -> None:
    source = open_file(write("x.tar", make_tar({"x/labels.csv": "photo,y\nimg/a.png,1\n", "x/img/a.png": "pixels"})))
    assert source.root is not None
    assert (source.root / "img/a.png").read_text() == "pixels"
    assert source.notes == []


LINK = "which is a link; `tar -h --hard-dereference` packs files themselves"


@pytest.mark.parametrize(
    ("member", "error"),
    [
        (make_member("/a.csv", tarfile.REGTYPE), "holds '/a.csv', which lies outside of it; pack it again"),
        (make_member("../a.csv", tarfile.REGTYPE), "holds '../a.csv', which lies outside of it; pack it again"),
        (make_member("./x/../../a", tarfile.REGTYPE), "holds 'x/../../a', which lies outside of it; pack it again"),
        (make_member("b.csv", tarfile.SYMTYPE, "a.csv"), f"holds 'b.csv', {LINK}"),
        (make_member("b.csv", tarfile.LNKTYPE, "a.csv"), f"holds 'b.csv', {LINK}"),
        (make_member("null", tarfile.CHRTYPE), "holds 'null', which is no file; pack it again without"),
        (make_member("pipe", tarfile.FIFOTYPE), "holds 'pipe', which is no file; pack it again without"),
    ],
)  # fmt: skip
def test_what_reaches_out_of_a_tar_file_is_refused(member: tarfile.TarInfo, error: str) -> None:
    assert read_error(write("s/x.tar", make_tar({"a.csv": "a\n1\n"}, member))) == f"s/x.tar: {error}"
    assert not Path("a.csv").exists()


def test_code_in_a_tar_file_is_not_run() -> None:
    source = write("x.tar", make_tar({"a.py": "1 / 0"}))
    assert read_error(source, tar={"file": "a.py"}) == (
        "x.tar: holds code (a.py), which is not run out of an archive; unpack it yourself"
    )


def test_a_broken_tar_file_is_one_sentence() -> None:
    whole = make_tar({"a.csv": "a\n" + "1\n" * 5_000})
    assert read_error(write("x.tar", whole[:2_000])) == (
        "x.tar: is no tar file, or ends too early (unexpected end of data); fetch it again"
    )
    assert read_error(write("x.tar", "hello" * 500)) == (
        "x.tar: is no tar file, or ends too early (invalid header); fetch it again"
    )
    assert read_error(write("x.tgz", gzip.compress(whole)[:50])) == "x.tgz: ends too early; fetch it again"


def test_a_tar_file_that_is_cut_off_between_members_is_one_sentence() -> None:
    whole = make_tar({"a.csv": "x\n1\n", "b.csv": "x\n2\n"})
    assert read_error(write("x.tar", whole[:1024])) == "x.tar: ends too early; fetch it again"

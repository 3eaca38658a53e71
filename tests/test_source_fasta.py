"""FASTA files are tables of named sequences; headers or file names say the class."""

from __future__ import annotations

import pytest

from plumbline.sources import _rows
from tests.reading import open_file, read_columns, read_error, write

pytestmark = pytest.mark.usefixtures("in_scratch_folder")


@pytest.mark.parametrize("suffix", ["fasta", "fa", "fna", "faa"])
def test_lines_of_a_sequence_are_joined_and_keep_their_letters(suffix: str) -> None:
    source = write(f"x.{suffix}", ">a\nACGT\nacgn  ac\r\n\n>b\n;a comment\nMK*\n")
    assert read_columns(source) == {"id": ["a", "b"], "sequence": ["ACGTacgnac", "MK*"]}
    assert open_file(source).notes == []


@pytest.mark.parametrize(
    ("headers", "columns"),
    [
        (["a label=x", "b Label=y"], {"id": ["a", "b"], "label": ["x", "y"]}),
        (
            ["a|class=x|7", "b|class=y|8"],
            {"id": ["a|class=x|7", "b|class=y|8"], "field_3": ["7", "8"], "label": ["x", "y"]},
        ),
        (["a|pos", "b|neg end"], {"id": ["a|pos", "b|neg"], "field_2": ["pos", "neg end"]}),
        (["a|pos", "b"], {"id": ["a|pos", "b"]}),
        (["a label=x", "b"], {"id": ["a", "b"]}),
    ],
)  # fmt: skip
def test_what_all_headers_have_becomes_columns(headers: list[str], columns: dict[str, list[str]]) -> None:
    found = read_columns(write("x.fa", "".join(f">{header}\nAC\n" for header in headers)))
    assert found == columns | {"sequence": ["AC", "AC"]}


def test_words_of_headers_that_are_not_read_are_told() -> None:
    source = write("x.fa", ">a human insulin\nAC\n>b\nAC\n")
    assert open_file(source).notes == [
        "x.fa: 'a human insulin' and its like are read up to the first blank; "
        "label=… in all headers, or fields between |, would be read"
    ]


def test_each_file_of_a_folder_is_a_class() -> None:
    write("d/promoter.fa", ">a\nAC\n>b\nGT\n")
    write("d/other.fa", ">c\nTT\n")
    assert read_columns("d") == {
        "id": ["c", "a", "b"],
        "sequence": ["TT", "AC", "GT"],
        "label": ["other", "promoter", "promoter"],
    }


@pytest.mark.parametrize(
    "names",
    [("train/pos.fa", "train/neg.fa", "test/pos.fa"), ("pos_train.fa", "neg.train.fa", "pos-TEST.fa")],
)
def test_names_may_say_class_and_split(names: tuple[str, ...]) -> None:
    for name in names:
        write(f"d/{name}", f">{name}\nAC\n")
    found = read_columns("d")
    rows = dict(zip(found["id"], zip(found["label"], found["split"], strict=True), strict=True))
    assert [rows[name] for name in names] == [("pos", "train"), ("neg", "train"), ("pos", "test")]


def test_folders_of_several_files_are_classes() -> None:
    for name in ("pos/1.fa", "pos/2.fa", "neg/1.fa"):
        write(f"d/{name}", ">a\nAC\n")
    assert read_columns("d")["label"] == ["neg", "pos", "pos"]


def test_files_of_a_split_alone_and_one_file_have_no_class() -> None:
    write("d/train.fa", ">a\nAC\n")
    assert read_columns("d") == {"id": ["a"], "sequence": ["AC"], "split": ["train"]}
    write("d/test.fa", ">b\nAC\n")
    assert read_columns("d") == {"id": ["b", "a"], "sequence": ["AC", "AC"], "split": ["test", "train"]}


def test_labels_in_headers_go_before_names() -> None:
    write("d/1.fa", ">a label=x\nAC\n")
    write("d/2.fa", ">b label=y\nAC\n")
    assert read_columns("d")["label"] == ["x", "y"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("\nACGT\n>a\nAC\n", "line 2: 'ACGT' stands before the first >; a name begins with >"),
        (">a\nAC\n>b\n>c\nAC\n", "line 3: 'b' has no sequence; add it or take the line out"),
        (">a\nAC\n>b\n", "line 3: 'b' has no sequence; add it or take the line out"),
        (">\nAC\n", "line 1: has no name after >; give the sequence one"),
    ],
)
def test_a_broken_fasta_file_is_one_sentence(content: str, error: str) -> None:
    assert read_error(write("x.fasta", content)) == f"x.fasta: {error}"


def test_many_sequences_are_read_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows, "CHUNK", 10)
    found = read_columns(write("x.fa", "".join(f">{i} label={i % 2}\nACGT\n" for i in range(35))))
    assert found["id"] == [str(i) for i in range(35)]

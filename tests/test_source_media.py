"""A folder of images, sounds or texts is a table: a row for each file, with what its folders and its name say."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.reading import TAKEN, open_file, read_columns, read_error, write

pytestmark = pytest.mark.usefixtures("in_scratch_folder")


def write_all(*paths: str) -> None:
    """Write files that nothing looks into."""
    for path in paths:
        write(path, path)


# Class folders


@pytest.mark.parametrize(
    ("kind", "suffixes"),
    [
        ("image", (".png", ".jpg", ".JPEG", ".bmp", ".gif", ".webp", ".tif", ".tiff")),
        ("audio", (".wav", ".flac", ".ogg", ".MP3")),
    ],
)
def test_a_folder_of_class_folders_is_a_table_of_paths_and_labels(kind: str, suffixes: tuple[str, ...]) -> None:
    write_all(*(f"d/{'cat' if i % 2 else 'dog'}/{i}{suffix}" for i, suffix in enumerate(suffixes)))
    odd, even = ([f"{i}{suffixes[i]}" for i in range(begin, len(suffixes), 2)] for begin in (1, 0))
    assert read_columns("d") == {
        kind: [*(f"cat/{name}" for name in odd), *(f"dog/{name}" for name in even)],
        "label": ["cat"] * len(odd) + ["dog"] * len(even),
    }
    assert (open_file("d").notes, open_file("d").root) == ([], Path("d"))


def test_folders_above_and_below_the_classes_may_say_the_split() -> None:
    write_all("d/x/Train/cat/1.png", "d/x/validation/cat/1.png", "d/x/TEST-set/dog/1.png")
    assert read_columns("d") == {
        "image": ["x/TEST-set/dog/1.png", "x/Train/cat/1.png", "x/validation/cat/1.png"],
        "label": ["dog", "cat", "cat"],
        "split": ["test", "train", "val"],
    }
    write_all("e/cat/train/1.png", "e/cat/test/1.png", "e/dog/train/1.png")
    found = read_columns("e")
    assert (found["label"], found["split"]) == (["cat", "cat", "dog"], ["test", "train", "train"])


def test_classes_named_train_are_classes_among_others() -> None:
    write_all("d/train/1.png", "d/car/1.png", "d/plane/1.png")
    assert read_columns("d") == {
        "image": ["car/1.png", "plane/1.png", "train/1.png"],
        "label": ["car", "plane", "train"],
    }


def test_files_in_one_folder_have_no_label() -> None:
    write_all("d/1.png", "d/2.png", "e/cats/1.png", "e/cats/2.png")
    assert read_columns("d") == {"image": ["1.png", "2.png"]}
    assert read_columns("e") == {"image": ["cats/1.png", "cats/2.png"]}


def test_the_deepest_folder_is_the_class_and_that_is_told() -> None:
    write_all("d/red/cat/1.png", "d/red/dog/1.png", "d/blue/cat/1.png")
    assert read_columns("d")["label"] == ["cat", "cat", "dog"]
    assert open_file("d").notes == [
        "d: the last folder of blue/cat is taken for the class; ingest.folder.pattern can say otherwise"
    ]


def test_files_are_sorted_by_the_parts_of_their_paths() -> None:
    write_all("d/a/2.png", "d/a/10.png", "d/a.b/1.png", "d/B/1.png")
    assert read_columns("d")["image"] == ["B/1.png", "a/10.png", "a/2.png", "a.b/1.png"]


def test_folders_named_key_value_become_columns_of_files() -> None:
    write_all("d/label=cat/size=2/1.png", "d/label=dog/size=3/1.png")
    assert read_columns("d") == {
        "image": ["label=cat/size=2/1.png", "label=dog/size=3/1.png"],
        "label": ["cat", "dog"],
        "size": ["2", "3"],
    }


def test_what_tools_leave_and_empty_folders_are_no_matter() -> None:
    write_all("d/cat/1.png", "d/dog/1.png", "d/cat/.DS_Store", "d/dog/Thumbs.db", "d/desktop.ini", "d/README.txt")
    write_all("d/__MACOSX/cat/._1.png", "d/cat/1.png.dvc", "d/LICENCE")
    Path("d/horse").mkdir()
    assert read_columns("d")["label"] == ["cat", "dog"]
    assert open_file("d").notes == []


def test_a_class_named_like_a_note_keeps_its_files() -> None:
    write_all("d/licence plate/1.png", "d/readme/licence.png")
    assert read_columns("d")["label"] == ["licence plate", "readme"]


def test_files_that_no_reader_takes_are_named() -> None:
    write_all("d/cat/1.png", "d/dog/1.png", "d/dog/1.heic", "d/classes.txt", "d/download.py")
    assert read_columns("d")["label"] == ["cat", "dog"]
    assert open_file("d").notes == ["d: 3 files are not read: classes.txt, dog/1.heic, download.py"]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        (
            ("d/1.png", "d/1.wav"),
            "d: holds image and audio files; keep one kind in a folder, or add a table whose columns name them",
        ),
        (
            ("d/1.png", "d/cat/1.png"),
            "d: 1.png and cat/1.png do not lie equally deep; "
            "keep one folder for each class, or set ingest.folder.pattern in params.yaml",
        ),
        (
            ("d/train/cat/1.png", "d/more/cat/1.png", "d/more/dog/1.png"),
            "d: some folders are named after train, val or test, but not more; let all be, or none",
        ),
        (
            ("d/label=cat/1.png", "d/x=dog/1.png"),
            "d/x=dog/1.png: lies in other key=value folders than d/label=cat/1.png; give all files the same keys",
        ),
        (
            ("d/image=cat/1.png",),
            "d: 'image' is the column of the files themselves; give the group or folder another name",
        ),
        (("d/1.mp4",), f"d: holds 1.mp4; {TAKEN}"),
        (("d/.DS_Store",), f"d: holds no table and no media files; {TAKEN}"),
    ],
)  # fmt: skip
def test_a_folder_that_is_no_table_is_one_sentence(files: tuple[str, ...], error: str) -> None:
    write_all(*files)
    assert read_error("d") == error


def test_one_file_is_no_table() -> None:
    assert read_error(write("x.PNG", "")) == (
        "x.PNG: is one image file; set ingest.source to a folder of them, or to a table of paths in it"
    )


# Texts


def test_texts_in_class_folders_are_examples() -> None:
    write("d/neg/1.txt", "bad,\nvery bad\n")
    write("d/pos/1.txt", "Müller".encode("cp1252"))
    write("d/pos/2.txt", b"\xef\xbb\xbfgood\r\n")
    assert read_columns("d") == {"text": ["bad,\nvery bad\n", "Müller", "good\n"], "label": ["neg", "pos", "pos"]}
    assert open_file("d").notes == [
        "d: 3 .txt files are read as one text each; tables would be .csv",
        "d/pos/1.txt: is no UTF-8 and is read as cp1252; set ingest.folder.encoding if that is wrong",
    ]
    assert read_columns("d", folder={"encoding": "cp1250"})["text"][1] == "Müller"


def test_texts_in_split_folders_alone_are_tables() -> None:
    write("d/train/a.txt", "x;y\n1;2\n")
    write("d/test/a.txt", "x;y\n3;4\n")
    assert read_columns("d") == {"x": ["3", "1"], "y": ["4", "2"], "split": ["test", "train"]}


def test_texts_whose_names_have_a_pattern_are_examples() -> None:
    write("d/pos_1.txt", "good")
    write("d/neg_1.txt", "bad")
    assert read_columns("d", folder={"pattern": r"(?P<label>pos|neg)_\d+\.txt"}) == {
        "text": ["bad", "good"],
        "label": ["neg", "pos"],
    }


# The pattern

DIGITS = r"(?P<digit>\d)_(?P<speaker>[a-z]+)_(?P<index>\d+)\.wav"


def test_named_groups_of_a_pattern_become_columns() -> None:
    write_all("d/0_ann_12.wav", "d/x/7_bob_3.wav")
    assert read_columns("d", folder={"pattern": DIGITS}) == {
        "audio": ["0_ann_12.wav", "x/7_bob_3.wav"],
        "digit": ["0", "7"],
        "speaker": ["ann", "bob"],
        "index": ["12", "3"],
    }


def test_a_pattern_may_match_folders_and_go_beside_classes() -> None:
    write_all("d/s1/cat/1.png", "d/s2/dog/1.png")
    assert read_columns("d", folder={"pattern": r"s(?P<session>\d)/.*"}) == {
        "image": ["s1/cat/1.png", "s2/dog/1.png"],
        "session": ["1", "2"],
        "label": ["cat", "dog"],
    }
    assert read_columns("d", folder={"pattern": r"(?P<label>s\d)/.*"})["label"] == ["s1", "s2"]


def test_a_group_that_does_not_take_part_is_a_missing_value() -> None:
    write_all("d/cat_1.png", "d/dog.png")
    assert read_columns("d", folder={"pattern": r"(?P<label>[a-z]+)(_(?P<n>\d))?\.png"})["n"] == ["1", None]


def test_groups_named_after_splits_say_the_split() -> None:
    write_all("d/0_ann_3.wav", "d/0_ann_5.wav", "d/0_ann_17.wav")
    pattern = r"(?P<digit>\d)_[a-z]+_((?P<test>[0-4])|(?P<train>\d+))\.wav"
    assert read_columns("d", folder={"pattern": pattern}) == {
        "audio": ["0_ann_17.wav", "0_ann_3.wav", "0_ann_5.wav"],
        "digit": ["0", "0", "0"],
        "split": ["train", "test", "train"],
    }


def test_a_pattern_adds_columns_to_tables() -> None:
    write("d/sensor_1.csv", "x\n1\n2\n")
    write("d/sensor_2.csv", "x\n3\n")
    found = read_columns("d", folder={"pattern": r"sensor_(?P<sensor>\d)\.csv"})
    assert found == {"x": ["1", "2", "3"], "sensor": ["1", "1", "2"]}


@pytest.mark.parametrize(
    ("pattern", "error"),
    [
        ("(", "is no regular expression (missing ), unterminated subpattern at position 0); mend it"),
        (r".*\.png", r"has no named group (got '.*\\.png'); (?P<name>\d+) makes a column"),
        (r"(?P<x>\d)\.png", "does not match a1.png, b/a2.png in d; mend it or move them out"),
        (r".*((?P<test>1)|(?P<train>3))?\.png", "says no split of d/1.png; let one group take part"),
    ],
)
def test_a_wrong_pattern_is_one_sentence(pattern: str, error: str) -> None:
    write_all("d/1.png", "d/a1.png", "d/b/a2.png")
    assert read_error("d", folder={"pattern": pattern}) == f"params.yaml: ingest.folder.pattern: {error}"


# A table that names media files


def test_a_table_beside_media_files_is_read_and_its_paths_lead_from_the_folder() -> None:
    write("d/labels.csv", "photo,size,kind\nimages/b.png,2,cat\n,1,dog\n")
    write_all("d/images/a.png", "d/images/b.png", "d/images/notes.txt")
    source = open_file("d")
    assert source.table.collect().rows() == [("images/b.png", "2", "cat"), (None, "1", "dog")]
    assert (source.root, source.notes) == (Path("d"), ["d: 1 file is not read: images/notes.txt"])


@pytest.mark.parametrize(
    ("table", "path", "root"),
    [("labels.csv", "a.png", "images"), ("meta/labels.csv", "images/a.png", "."), ("meta/l.csv", "a.png", "images")],
)
def test_the_folder_that_paths_lead_from_is_found_and_told(table: str, path: str, root: str) -> None:
    write(f"d/{table}", f"photo,y\n{path},1\n")
    write_all("d/images/a.png", "d/images/b.png")
    source = open_file("d")
    assert source.root == Path("d") / root
    assert source.notes == [f"d: paths in column 'photo' lead from {Path('d') / root}"]


def test_tables_of_any_kind_name_media_files() -> None:
    write("d/a.jsonl", json.dumps({"sound": "a.wav", "y": 1}) + "\n")
    write_all("d/a.wav")
    assert read_columns("d") == {"sound": ["a.wav"], "y": [1]}


def test_tables_of_a_split_name_media_files_of_two_kinds() -> None:
    write("d/train.csv", "photo,sound\na.png,a.wav\n")
    write("d/test.csv", "photo,sound\nb.png,b.wav\n")
    write_all("d/a.png", "d/b.png", "d/a.wav", "d/b.wav")
    found = read_columns("d")
    assert found == {"photo": ["b.png", "a.png"], "sound": ["b.wav", "a.wav"], "split": ["test", "train"]}


def test_a_table_that_names_no_file_beside_class_folders_is_left_and_told() -> None:
    write("d/info.csv", "class,n,url\ncat,1,http://x.org/a.png\n")
    write_all("d/cat/1.png", "d/dog/1.png")
    assert read_columns("d")["label"] == ["cat", "dog"]
    assert open_file("d").notes == ["d: 1 file is not read: info.csv"]


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ("/data/a.png", "is an absolute path"),
        ("C:\\a.png", "is an absolute path"),
        ("../a.png", "leads out of the folder"),
        ("x/../../a.png", "leads out of the folder"),
    ],
)
def test_a_path_out_of_the_folder_is_one_sentence(cell: str, what: str) -> None:
    write("d/labels.csv", f"photo,y\n{cell},1\n")
    write_all("d/a.png")
    assert read_error("d") == f"d: column 'photo' holds {cell!r}, which {what}; write paths as they lead from d"


def test_a_path_that_comes_back_into_the_folder_is_none_out_of_it() -> None:
    write("d/labels.csv", "photo,y\nx/../a.png,1\n")
    write_all("d/a.png", "d/x/b.png")
    assert read_columns("d")["photo"] == ["x/../a.png"]


def test_a_table_beside_files_without_classes_names_them_or_is_one_sentence() -> None:
    write("d/labels.csv", "photo,y\na,1\n")
    write_all("d/a.png")
    assert read_error("d") == (
        "d: no column of labels.csv holds paths of the media files beside it, as a.png; "
        "write them into one, or lay the files into class folders"
    )


def test_two_kinds_of_tables_beside_media_files_are_one_sentence() -> None:
    write("d/labels.csv", "photo,y\na.png,1\n")
    pl.DataFrame({"x": [1]}).write_parquet("d/x.parquet")
    write_all("d/a.png")
    assert read_error("d") == "d: holds .csv and .parquet files beside media files; keep one table"


def test_a_table_on_its_own_has_no_folder_for_its_paths() -> None:
    assert open_file(write("labels.csv", "photo,y\na.png,1\n")).root is None

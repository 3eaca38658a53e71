"""Series come from .ts files, from lists in tables, and from many columns gathered into one."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plumbline import recognition
from plumbline.examples import ROW
from plumbline.sources import ts
from tests import project
from tests.reading import open_file, read_columns, read_error, write

pytestmark = pytest.mark.usefixtures("in_scratch_folder")

HEADER = "#made up\n@problemName x\n@timeStamps false\n@univariate true\n@classLabel true 1 two\n\n@data\n"


# .ts files


def test_a_ts_file_is_a_table_of_series_and_labels() -> None:
    found = open_file(write("x.ts", HEADER + "1,2.5,-3e2:two\n0.1,?,NaN: 1\n")).table.collect()
    assert found.schema == {"series": pl.List(pl.List(pl.Float32)), "label": pl.String}
    assert found["series"].to_list() == [[[1.0, 2.5, -300.0]], [[pytest.approx(0.1), None, None]]]
    assert found["label"].to_list() == ["two", "1"]


def test_channels_stand_between_colons_and_may_differ_in_length() -> None:
    header = "@univariate false\n@dimensions 2\n@equalLength false\n@seriesLength 0\n@classLabel true a b\n@data\n"
    found = read_columns(write("x.ts", header + "1,2,3:4,5,6:a\n7:8:b\n"))
    assert found == {"series": [[[1, 2, 3], [4, 5, 6]], [[7], [8]]], "label": ["a", "b"]}


def test_a_ts_file_may_have_numbers_for_labels_or_none() -> None:
    numbers = read_columns(write("x.ts", "@timestamps false\n@targetlabel true\n@data\n1,2:0.5\n"))
    assert numbers == {"series": [[[1, 2]]], "label": [0.5]}
    assert read_columns(write("y.ts", "@classLabel false\n@data\n1,2:3,4\n")) == {"series": [[[1, 2], [3, 4]]]}


def test_names_of_ts_files_say_the_split_and_copies_of_the_archive_are_left() -> None:
    write("d/X_TRAIN.ts", HEADER + "1,2:1\n")
    write("d/X_TEST.ts.gz", gzip.compress((HEADER + "3,4:two\n").encode()))
    for name in ("X_TRAIN.arff", "X_TRAIN.txt", "X.txt"):
        write(f"d/{name}", "notes")
    assert read_columns("d") == {"series": [[[3, 4]], [[1, 2]]], "label": ["two", "1"], "split": ["test", "train"]}
    assert open_file("d").notes == ["d: 3 files are not read: X.txt, X_TRAIN.arff, X_TRAIN.txt"]


def test_a_ts_file_is_read_some_series_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ts, "_CHUNK", 4)
    found = read_columns(write("x.ts", HEADER + "".join(f"{i},{i}:1\n" for i in range(10))))
    assert len(list(Path("scratch").rglob("*.parquet"))) == 4
    assert found["series"] == [[[i, i]] for i in range(10)]


def with_tag(tag: str) -> str:
    return HEADER.replace("@univariate true", f"@univariate true\n{tag}")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (HEADER + "1,2:3\n", "line 8: has the class '3'; @classLabel has 1, two"),
        (HEADER + "1,2:4,5:1\n", "line 8: has 2 channels, the others 1; mend it"),
        (HEADER + "1,x:1\n", "line 8: has 'x', which is no number; a missing one is ?"),
        (HEADER + "1,,2:1\n", "line 8: has '', which is no number; a missing one is ?"),
        (HEADER + "1,2\n", "line 8: has the class '1,2'; @classLabel has 1, two"),
        (
            with_tag("@equalLength true\n@seriesLength 3") + "1,2,3:1\n1,2:1\n",
            "line 11: has 2 values, @seriesLength says 3; mend one of them",
        ),
        (with_tag("@equalLength true\n@seriesLength n"), "has @seriesLength n; a whole number would be right"),
        (
            HEADER.replace("@timeStamps false", "@timeStamps true") + "(0,1),(3,2):1\n",
            "has @timeStamps true, values with times of their own; only evenly spaced ones are read",
        ),
        (HEADER, "has no series after @data; fetch it again"),
        ("@problemName x\n", "has no line @data; fetch it again"),
        (
            "import { x } from 'y'\n",
            "line 1: \"import { x } from 'y'\" stands before @data, so that this is no file of the UCR archive "
            "(TypeScript and videos end in .ts too); name a file with series",
        ),
        (
            b"G" + bytes(187) + b"G" + bytes(187) + b"G",
            "is a video (an MPEG transport stream); .ts files of the UCR archive are read",
        ),
    ],
)  # fmt: skip
def test_a_ts_file_of_other_than_series_is_one_sentence(content: str | bytes, error: str) -> None:
    assert read_error(write("x.ts", content)) == f"x.ts: {error}"


# Lists and bytes


def test_lists_in_parquet_and_json_stay_as_they_are() -> None:
    values: dict[str, Any] = {"vector": [[1, 2], [3, 4]], "series": [[[1.5], [2.5]], [[3.5, 4.5], []]]}
    pl.DataFrame(values).write_parquet("x.parquet")
    Path("x.json").write_text(json.dumps(values))
    Path("x.jsonl").write_text("".join(json.dumps({k: v[i] for k, v in values.items()}) + "\n" for i in range(2)))
    for name in ("x.parquet", "x.json", "x.jsonl"):
        found = open_file(name).table.collect()
        assert found["series"].dtype == pl.List(pl.List(pl.Float64))
        assert found.to_dict(as_series=False) == values


def test_arrays_of_one_length_become_lists() -> None:
    dtype = pl.Array(pl.Array(pl.Float32, 2), 1)
    pl.DataFrame({"x": pl.Series([[[1, 2]], [[3, 4]]], dtype=dtype)}).write_ipc("x.arrow")
    found = open_file("x.arrow").table.collect()["x"]
    assert (found.dtype, found.to_list()) == (pl.List(pl.List(pl.Float32)), [[[1, 2]], [[3, 4]]])


def test_empty_lists_go_with_lists_of_any_depth() -> None:
    rows = [{"a": []}] * 10_000 + [{"a": [[1.0]]}, {"a": None}]
    found = open_file(write("x.jsonl", "".join(json.dumps(row) + "\n" for row in rows))).table.collect()["a"]
    assert found.dtype == pl.List(pl.List(pl.Float64))
    assert found[[0, -2, -1]].to_list() == [[], [[1.0]], None]
    assert open_file(write("y.jsonl", '{"a": []}\n')).table.collect()["a"].dtype == pl.List(pl.Float64)


def test_lists_of_other_things_are_text() -> None:
    source = write("x.jsonl", '{"a": [[1, "x"]], "b": [{"c": 1}]}\n')
    assert read_columns(source) == {"a": ['[[1, "x"]]'], "b": ['[{"c": 1}]']}


def test_bytes_stay_and_files_of_hugging_face_are_their_bytes() -> None:
    pl.DataFrame({"raw": [b"\x00\xff"], "image": [{"bytes": b"\x89PNG", "path": "a.png"}]}).write_parquet("x.parquet")
    source = open_file("x.parquet")
    assert source.table.collect().to_dict(as_series=False) == {"raw": [b"\x00\xff"], "image": [b"\x89PNG"]}
    assert source.notes == ["x.parquet: column 'image' holds files and their paths; the files are read"]


# Gathered columns


def test_columns_are_gathered_in_the_order_of_their_numbers() -> None:
    source = write("x.csv", "y,t_10,t_2,t_1,z\na,10,2,1,p\nb,?,-2e1, 1 ,q\n")
    assert read_columns(source, gather={"pulse": r"t_\d+"}) == {
        "y": ["a", "b"],
        "pulse": [[1.0, 2.0, 10.0], [1.0, -20.0, None]],
        "z": ["p", "q"],
    }
    assert open_file(source, gather={"pulse": r"t_\d+"}).notes == ["x.csv: t_1, t_2, t_10 are gathered into 'pulse'"]


def test_columns_without_numbers_are_gathered_in_their_own_order() -> None:
    pl.DataFrame({"b": [1], "a": [2.5], "y": [0]}).write_parquet("x.parquet")
    found = open_file("x.parquet", gather={"v": "[ab]"}).table.collect()
    assert (found["v"].dtype, found["v"].to_list(), found.columns) == (pl.List(pl.Float64), [[1.0, 2.5]], ["v", "y"])


def test_two_series_are_gathered_and_one_may_have_the_name_of_its_column() -> None:
    source = write("x.csv", "u1,v1,u2,v2\n1,2,3,4\n")
    assert read_columns(source, gather={"u1": r"u\d", "w": r"v\d"}) == {"u1": [[1.0, 3.0]], "w": [[2.0, 4.0]]}


def test_a_thousand_columns_are_gathered() -> None:
    names = [f"t{i}" for i in range(1_000)]
    rows = [",".join(str(i + row) for i in range(1_000)) for row in range(3)]
    found = read_columns(write("x.csv", "\n".join([",".join(names), *rows]) + "\n"), gather={"s": r"t\d+"})
    assert found == {"s": [[float(i + row) for i in range(1_000)] for row in range(3)]}


@pytest.mark.parametrize(
    ("gather", "error"),
    [
        ({"s": "("}, ".s: is no regular expression (missing ), unterminated subpattern at position 0); mend it"),
        ({"s": "u_1"}, ".s: 'u_1' matches no column of x.csv; did you mean 't_1'?"),
        ({"s": "t_1|x"}, ".s: matches the target 'x'; let it match features only"),
        ({"s": r"t_\d", "u": "t_2"}, ".u: matches 't_2', as s does; let one of them"),
        ({"word": r"t_\d"}, ".word: x.csv has a column of that name; give it another"),
        ({"s": "t_1|word"}, ": column 'word' of x.csv holds 'hi', which is no number; mend it"),
    ],
)
def test_a_wrong_pattern_to_gather_by_is_one_sentence(gather: dict[str, str], error: str) -> None:
    assert (
        read_error(write("x.csv", "x,t_1,t_2,word\n0,1,2,hi\n"), gather=gather) == f"params.yaml: ingest.gather{error}"
    )


def test_only_numbers_are_gathered() -> None:
    pl.DataFrame({"a1": [1], "a2": [True]}).write_parquet("x.parquet")
    assert read_error("x.parquet", gather={"s": r"a\d"}) == (
        "params.yaml: ingest.gather: column 'a2' of x.parquet is stored as Boolean; only numbers are gathered"
    )


def test_a_gathered_column_is_a_series_unless_params_yaml_says_otherwise() -> None:
    table = pl.LazyFrame({ROW: [0, 1], "s": [[1.0, 2.0], [3.0, 4.0]]})
    for kinds, expected in (({}, "series"), ({"s": "vector"}, "vector")):
        ingest = project.ingest_section("x.csv", gather={"s": ".*"}, columns=kinds)
        (typed,) = recognition.type_columns(table, ingest)
        assert (typed.column.type, typed.is_named) == (expected, True)

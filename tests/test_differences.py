"""Differences: what is another in two files of an artifact, and by how much."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from plumbline.files import write_json
from plumbline.verify import TOLERANCE
from plumbline.verify.differences import Item, compare_files

ROUNDED = 1 + 1e-7


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("recorded", "rerun"):
        (tmp_path / name).mkdir()
    return tmp_path / "recorded", tmp_path / "rerun"


def compare_json(pair: tuple[Path, Path], one: Any, other: Any) -> list[Item]:
    write_json(pair[0] / "a.json", one)
    write_json(pair[1] / "a.json", other)
    return compare_files(pair[0] / "a.json", pair[1] / "a.json")


def compare_tables(pair: tuple[Path, Path], one: Any, other: Any, suffix: str = "parquet") -> list[Item]:
    for folder, table in zip(pair, (one, other), strict=True):
        path = folder / f"a.{suffix}"
        pl.DataFrame(table).write_parquet(path) if suffix == "parquet" else pl.DataFrame(table).write_csv(path)
    return compare_files(pair[0] / f"a.{suffix}", pair[1] / f"a.{suffix}")


def compare_tensors(pair: tuple[Path, Path], one: Any, other: Any) -> list[Item]:
    import torch

    for folder, state in zip(pair, (one, other), strict=True):
        torch.save({name: torch.as_tensor(value) for name, value in state.items()}, folder / "a.pt")
    return compare_files(pair[0] / "a.pt", pair[1] / "a.pt")


# JSON


def test_a_metric_is_named_with_both_values(pair: tuple[Path, Path]) -> None:
    metrics = {"test": {"rmse": 2.0, "roc_auc": 0.9991}, "val": {"rmse": 3.0}}
    (item,) = compare_json(pair, metrics, {**metrics, "test": {"rmse": 2.0, "roc_auc": 0.9987}})
    assert item.text == "test.roc_auc 0.9991 -> 0.9987"
    assert item.deviation == pytest.approx(0.0004 / 0.9991)


def test_numbers_that_differ_late_are_shown_as_far_as_they_differ(pair: tuple[Path, Path]) -> None:
    assert [item.text for item in compare_json(pair, {"a": 0.5, "b": 1.0}, {"a": 0.5000001, "b": 1.0000000001})] == [
        "a 0.5 -> 0.5000001",
        "b 1.0 -> 1.0000000001",
    ]


def test_a_metric_near_0_does_not_count_as_changed_by_rounding(pair: tuple[Path, Path]) -> None:
    (item,) = compare_json(pair, {"r2": 0.0}, {"r2": 1e-9})
    assert 0 < item.deviation < TOLERANCE
    (item,) = compare_json(pair, {"lr": 1e-5}, {"lr": 2e-5})
    assert item.deviation > TOLERANCE


@pytest.mark.parametrize(
    ("one", "other", "text"),
    [
        ({"n": 3}, {"n": 4}, "n 3 -> 4"),
        ({"n": True}, {"n": 1}, "n True -> 1"),
        ({"n": None}, {"n": 0.5}, "n None -> 0.5"),
        ({"at": "10:41"}, {"at": "10:42"}, "at '10:41' -> '10:42'"),
        ({"a": [1, 2]}, {"a": [1]}, "a.1 is gone"),
        ({"a": {}}, {"a": {"b": 1}}, "a is gone"),
        ({}, {"b": 1.5}, "b is new"),
    ],
)
def test_what_is_no_rounding_is_a_change_whatever_the_tolerance(
    pair: tuple[Path, Path], one: Any, other: Any, text: str
) -> None:
    assert Item(math.inf, text) in compare_json(pair, one, other)


def test_another_way_to_write_the_same_json_is_no_difference(pair: tuple[Path, Path]) -> None:
    (pair[0] / "a.json").write_text('{"a": 1.0, "b": [1, {}]}')
    (pair[1] / "a.json").write_text('{"b": [1, {}],\n "a": 1.00}')
    assert compare_files(pair[0] / "a.json", pair[1] / "a.json") == []


# Tables


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_column_is_named_with_its_deviation_and_the_first_row(pair: tuple[Path, Path], suffix: str) -> None:
    table = {"p": [0.5, 4.0, 1.5, None], "name": ["a", "b", None, "d"], "n": [1, 2, 3, 4]}
    assert compare_tables(pair, table, table, suffix) == []
    (item,) = compare_tables(pair, table, {**table, "p": [0.5, 4.0, 1.502, None]}, suffix)
    assert item.text == "column 'p' by 0.0005 of its largest value, first 1.5 -> 1.502 at [2]"
    assert item.deviation == pytest.approx(0.002 / 4)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ({"p": [0.5, None]}, "column 'p' first 1.5 -> nan at [1]"),
        ({"p": [0.5, 1.5], "n": [1, 3]}, "column 'n' first 2 -> 3 at [1]"),
        ({"name": ["a", None]}, "column 'name' first 'b' -> None at [1]"),
        ({"name": [1, 2]}, "column 'name' [quoted]"),
    ],
)
def test_missing_values_counts_and_words_must_be_equal(
    pair: tuple[Path, Path], column: dict[str, Any], text: str
) -> None:
    table = {"p": [0.5, 1.5], "n": [1, 2], "name": ["a", "b"]}
    items = compare_tables(pair, table, {**table, **column})
    assert [item.deviation for item in items] == [math.inf]
    if "quoted" not in text:
        assert items[0].text == text


def test_a_table_with_another_number_of_rows_is_changed(pair: tuple[Path, Path]) -> None:
    items = compare_tables(pair, {"p": [0.5, 1.5], "w": ["a", "b"]}, {"p": [0.5], "w": ["a"]})
    assert items == [
        Item(math.inf, "column 'p' shape (2,) -> (1,)"),
        Item(math.inf, "column 'w' shape (2,) -> (1,)"),
    ]


def test_infinities_are_equal_to_themselves_only(pair: tuple[Path, Path]) -> None:
    assert compare_tables(pair, {"p": [math.inf, 1.0]}, {"p": [math.inf, 1.0]}) == []
    (item,) = compare_tables(pair, {"p": [math.inf, 1.0]}, {"p": [2.0, 1.0]})
    assert item == Item(math.inf, "column 'p' first inf -> 2 at [0]")


# Tensors


def test_the_first_tensor_that_differs_is_named_and_the_others_counted(pair: tuple[Path, Path]) -> None:
    state = {"a": [1.0, 2.0], "b": [[2.0, 4.0]], "c": [8.0], "n": [3]}
    (item,) = compare_tensors(pair, state, {**state, "b": [[2.0, 4.0 * ROUNDED * 3]], "c": [8.5]})
    assert item.text == "first differs b by 0.67 of its largest value, first 4 -> 12 at [0, 1]; 2 of 4 differ"
    (item,) = compare_tensors(pair, state, {**state, "c": [8 + 2**-19]})
    assert item.deviation == pytest.approx(2**-22)


def test_the_deviation_of_weights_is_that_of_the_tensor_furthest_off(pair: tuple[Path, Path]) -> None:
    (item,) = compare_tensors(pair, {"a": [1.0], "b": [1.0]}, {"a": [1.5], "b": [4.0]})
    assert item.deviation == 0.75


def test_a_tensor_of_another_shape_or_name_is_changed(pair: tuple[Path, Path]) -> None:
    assert compare_tensors(pair, {"a": [1.0, 2.0]}, {"a": [1.0]}) == [
        Item(math.inf, "first differs a shape (2,) -> (1,)")
    ]
    assert compare_tensors(pair, {"a": [1.0]}, {"b": [1.0]})[0].text == "first differs a is gone; 2 of 2 differ"


def test_bfloat16_is_compared(pair: tuple[Path, Path]) -> None:
    import torch

    one = {"a": torch.tensor([1.0, 2.0], dtype=torch.bfloat16)}
    assert compare_tensors(pair, one, one) == []
    assert compare_tensors(pair, one, {"a": one["a"] * 2})[0].deviation == 0.5


def test_a_large_array_is_compared_in_blocks(pair: tuple[Path, Path]) -> None:
    values = np.ones((3, 1 << 20), dtype=np.float32)
    np.save(pair[0] / "a.npy", values)
    values[2, 5] = 2
    np.save(pair[1] / "a.npy", values)
    assert compare_files(pair[0] / "a.npy", pair[1] / "a.npy") == [
        Item(0.5, "first differs array by 0.5 of its largest value, first 1 -> 2 at [2, 5]")
    ]


# Models, pictures, texts


def write_onnx(path: Path, weight: float, kind: str = "Mul") -> None:
    import onnx
    from onnx import helper

    value = helper.make_tensor("w", onnx.TensorProto.FLOAT, [1], [weight])
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node(kind, ["x", "w"], ["y"])], "g", ends[:1], ends[1:], [value])
    onnx.save(helper.make_model(graph), path)


def test_an_onnx_model_differs_in_its_initializers_or_its_graph(pair: tuple[Path, Path]) -> None:
    one, other = pair[0] / "a.onnx", pair[1] / "a.onnx"
    write_onnx(one, 1.0)
    write_onnx(other, 1.0)
    assert compare_files(one, other) == []
    write_onnx(other, 2.0)
    assert compare_files(one, other) == [
        Item(0.5, "first differs w by 0.5 of its largest value, first 1 -> 2 at [0]; 1 of 2 differ")
    ]
    write_onnx(other, 1.0, "Add")
    assert compare_files(one, other) == [Item(math.inf, "first differs the graph is another; 1 of 2 differ")]


@pytest.mark.parametrize("suffix", ["pt2", "torchscript"])
def test_exported_programs_of_equal_weights_are_equal_whatever_their_archive(
    pair: tuple[Path, Path], suffix: str
) -> None:
    import torch

    for folder, weights in zip(pair, (0.5, 0.5), strict=True):
        write_program(folder / f"a.{suffix}", weights)
    one, other = (folder / f"a.{suffix}" for folder in pair)
    assert compare_files(one, other) == []
    write_program(other, 1.0)
    (item,) = compare_files(one, other)
    assert (item.deviation, item.text[:23]) == (0.5, "first differs weight by")
    assert torch.get_default_dtype() == torch.float32


def write_program(path: Path, weight: float) -> None:
    import torch

    network = torch.nn.Linear(1, 1)
    torch.nn.init.constant_(network.weight, weight)
    torch.nn.init.zeros_(network.bias)
    if path.suffix == ".pt2":
        torch.export.save(torch.export.export(network, (torch.ones(2, 1),)), path)
    else:
        torch.jit.save(torch.jit.trace(network, torch.ones(2, 1)), path)


def test_a_picture_differs_by_its_pixels(pair: tuple[Path, Path]) -> None:
    from matplotlib.image import imsave

    picture = np.zeros((10, 10, 3))
    imsave(pair[0] / "a.png", picture)
    picture[0, 0] = 1
    imsave(pair[1] / "a.png", picture)
    (item,) = compare_files(pair[0] / "a.png", pair[1] / "a.png")
    assert (item.text, item.deviation) == ("pixels: 1 % differ", pytest.approx(0.0075))


def test_a_text_differs_by_lines(pair: tuple[Path, Path]) -> None:
    (pair[0] / "a.txt").write_text("one\ntwo\n")
    (pair[1] / "a.txt").write_text("one\nthree\n")
    assert compare_files(pair[0] / "a.txt", pair[1] / "a.txt") == [Item(math.inf, "line 2 'two\\n' -> 'three\\n'")]


@pytest.mark.parametrize("suffix", ["json", "csv", "parquet", "npy", "pt", "onnx", "pt2", "torchscript", "png"])
def test_a_file_that_is_not_what_its_name_says_is_changed_and_no_crash(pair: tuple[Path, Path], suffix: str) -> None:
    for folder, content in zip(pair, (b'{"a": "\xff', b"\x00nothing,a\n1,2,3,4\n"), strict=True):
        (folder / f"a.{suffix}").write_bytes(content)
    (item,) = compare_files(pair[0] / f"a.{suffix}", pair[1] / f"a.{suffix}")
    assert item.deviation == math.inf
    assert item.text.startswith("cannot be read: ")

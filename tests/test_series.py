"""Series and vectors: lists of numbers are told apart, read, encoded and exported; padding changes no answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from plumbline import plugins
from plumbline.columns import _lists, series, vector
from tests.contents.series import CASES
from tests.test_contents import fit, open_front

NAN = float("nan")
GENERATOR = np.random.default_rng(0)


def clean(kind: str, values: pl.Series) -> pl.Series:
    expression = plugins.load("columns", kind).clean(pl.col("x"))
    return values.rename("x").to_frame().select(expression.alias("x")).to_series()


# Columns


@pytest.mark.parametrize("case", CASES)
def test_series_of_a_batch_may_be_padded_with_nan(case: str) -> None:
    values = clean("series", CASES[case])
    state = fit("series", values)
    batch = _lists.dense(values, state["channels"], 303)
    exported = open_front("series", state).run(None, {"x": batch})[0]
    np.testing.assert_allclose(exported, series.encode(values, state), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_no_order_of_series_changes_their_state(case: str) -> None:
    values = clean("series", CASES[case])
    assert fit("series", values.gather(range(len(values))[::-1])) == fit("series", values)


def test_gaps_are_bridged_and_the_last_number_ends_a_series() -> None:
    values = clean("series", pl.Series([[NAN, 1.0, None, None, 4.0, NAN], [5.0, NAN], None]))
    encoded = series.encode(values, fit("series", values, series.Params(scale="none", length=7)))
    assert encoded[:, 0].tolist() == [[1, 1, 2, 3, 4, 0, 0], [5, 0, 0, 0, 0, 0, 0], [0] * 7]
    assert encoded[:, 1].tolist() == [[1, 1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0], [0] * 7]


def test_a_series_longer_than_all_of_train_is_cut_at_its_end() -> None:
    values = clean("series", pl.Series([[1.0, 2.0, 3.0], [4.0]]))
    state = fit("series", values, series.Params(scale="none"))
    assert (state["length"], series.shape(state)) == (3, (2, 3))
    longer = clean("series", pl.Series([[1.0, 2.0, 3.0, 9.0, 9.0]]))
    assert series.encode(longer, state)[0].tolist() == [[1, 2, 3], [1, 1, 1]]


def test_series_are_scaled_as_they_say() -> None:
    values = clean("series", pl.Series([[[1.0, 3.0], [10.0, 20.0]], [[5.0, 7.0], [30.0, 60.0]]]))
    standard = series.encode(values, fit("series", values))[:, :2].astype(float)
    np.testing.assert_allclose(standard.mean((0, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(standard.std((0, 2)), 1, rtol=1e-6)
    each = series.encode(values, fit("series", values, series.Params(scale="each")))[:, :2]
    np.testing.assert_allclose(each, [[[-1, 1], [-1, 1]]] * 2, rtol=1e-6)


def test_vectors_are_scaled_place_by_place_and_missing_numbers_are_the_mean() -> None:
    values = clean("vector", pl.Series([[1.0, 10.0], [3.0, None], None]))
    state = fit("vector", values)
    assert state == {"missing": 1, "scale": "standard", "mean": [2.0, 10.0], "std": [1.0, 1.0]}
    assert vector.encode(values, state).tolist() == [[-1, 0, 0], [1, 0, 0], [0, 0, 1]]


def test_measures_are_those_of_the_numbers_that_are_there() -> None:
    assert series.measure([[1.0, None, 3.0], [NAN]]) == {"length": 3.0, "mean": 2.0, "deviation": 1.0}
    assert vector.measure([3.0, None, -4.0]) == {"mean": -0.5, "norm": 5.0}


# Recognition


WALK = GENERATOR.normal(size=(60, 20)).cumsum(1)
NOISE = GENERATOR.normal(size=(60, 20))
RECOGNISED: dict[str, tuple[pl.Series, str, str]] = {
    "many lengths": (
        pl.Series([[1.0, 2.0], [1.0], None, [3.0] * 7]),
        "series",
        "lists of 1 to 7 numbers",
    ),
    "channels": (
        pl.Series(GENERATOR.normal(size=(9, 2, 4))),
        "series",
        "lists of channels, each a list of numbers",
    ),
    "channels in text": (
        pl.Series(["[[1, 2], [3, 4]]"] * 3),
        "series",
        "lists of up to 2 channels, each a list of numbers",
    ),
    "a walk": (
        pl.Series(WALK),
        "series",
        "lists of 20 numbers, each like the one before (correlation 0.76)",
    ),
    "a walk in text": (
        pl.Series([str(row) for row in WALK.tolist()]),
        "series",
        "lists of 20 numbers, each like the one before (correlation 0.76)",
    ),
    "noise": (pl.Series(NOISE), "vector", "lists of 20 numbers"),
    "noise of many strengths": (
        pl.Series(NOISE + 5 * GENERATOR.normal(size=(60, 1))),
        "vector",
        "lists of 20 numbers",
    ),
    "a short walk": (pl.Series(WALK[:, :15]), "vector", "lists of 15 numbers"),
    "one of another length": (
        pl.Series([[1.0, 2.0]] * 30 + [[1.0]]),
        "vector",
        "lists of 2 numbers in all but 1 rows",
    ),
    "whole numbers": (pl.Series([[1, 2], [3, 4]]), "vector", "lists of 2 numbers"),
}


@pytest.mark.parametrize("case", RECOGNISED)
def test_lists_are_recognised_as_series_or_vectors(case: str) -> None:
    values, kind, why = RECOGNISED[case]
    scores = {name: module.recognise(values, False) for name, module in plugins.load_all("columns").items()}
    assert max(scores, key=lambda name: scores[name][0]) == kind
    assert scores[kind][1] == why
    assert plugins.load("columns", kind).recognise(values, True)[0] == 0


@pytest.mark.parametrize("values", [["1", "2"], ["[x]", "[y]"], ["[1, 2", "[3]"], ["a [1]", "b"], [None]])
def test_texts_that_are_no_lists_are_neither_series_nor_vectors(values: list[str | None]) -> None:
    column = pl.Series(values, dtype=pl.String)
    assert [module.recognise(column, False)[0] for module in (series, vector)] == [0, 0]


def test_texts_of_lists_are_read_like_lists() -> None:
    texts = pl.Series(["[1, 2.5,null]", "[[1,2],[3,NaN]]", None, "hello", "[1,Infinity,-inf, 1e-3,.5]"])
    assert clean("series", texts).cast(pl.List(pl.List(pl.Float64))).to_list()[:4] == [
        [[1.0, 2.5, None]],
        [[1.0, 2.0], [3.0, pytest.approx(NAN, nan_ok=True)]],
        None,
        [],
    ]
    with pytest.raises(ValueError, match=r"^holds an infinite number$"):
        series.measure(clean("series", texts)[4])


# Encoders


def encoded_block(length: int, n: int = 7, channels: int = 2) -> torch.Tensor:
    """Series of 1 to `length` steps, encoded, one of them missing."""
    generator = np.random.default_rng(length)
    values = [generator.normal(size=(channels, int(generator.integers(1, length + 1)))).tolist() for _ in range(n - 1)]
    column = clean("series", pl.Series([*values, None], dtype=pl.List(pl.List(pl.Float64))))
    return torch.from_numpy(series.encode(column, fit("series", column, series.Params(length=length))))[:, None]


def build(name: str, length: int = 300, **knobs: Any) -> torch.nn.Module:
    """An encoder in training's end: running statistics and weights that do something."""
    module = plugins.load("encoders", name)
    torch.manual_seed(0)
    encoder: torch.nn.Module = module.build(module.Params(width=4, **knobs), [{"missing": 1}], (3, length))
    encoder(encoded_block(length, 16))
    return encoder.eval()


@pytest.mark.parametrize("name", ["fcn", "resnet"])
@pytest.mark.parametrize("length", [1, 2, 7, 300])
def test_padding_does_not_change_what_an_encoder_of_series_says(name: str, length: int) -> None:
    encoder, block = build(name), encoded_block(length)
    padded = torch.nn.functional.pad(block, (0, 300 - length))
    torch.testing.assert_close(encoder(padded), encoder(block), rtol=1e-5, atol=1e-5)
    assert (encoder(block)[-1] == 0).all()


@pytest.mark.parametrize("name", ["fcn", "resnet"])
def test_long_series_are_averaged_over_windows(name: str) -> None:
    encoder, block = build(name, steps=30), encoded_block(30)
    stretched = block.repeat_interleave(10, dim=3)
    torch.testing.assert_close(encoder(stretched), encoder(block), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["fcn", "resnet"])
def test_an_encoder_of_series_learns_from_one_example_of_one_step(name: str) -> None:
    encoder, block = build(name, 1).train(), encoded_block(1)[:1]
    encoder(block).sum().backward()
    assert all(torch.isfinite(weight.grad).all() for weight in encoder.parameters() if weight.grad is not None)


@pytest.mark.parametrize(("name", "length"), [("fcn", 1), ("fcn", 700), ("resnet", 150)])
def test_an_encoder_of_series_exports_at_every_length(name: str, length: int) -> None:
    import onnxruntime

    encoder, block = build(name, length), encoded_block(length)
    program = torch.onnx.export(
        encoder, (block[:2],), dynamo=True, dynamic_shapes=({0: "batch"},), input_names=["block"], opset_version=20,
        optimize=False, verbose=False,
    )  # fmt: skip
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    for rows in (1, 3, 7):
        said = session.run(None, {"block": block[:rows].numpy()})[0]
        np.testing.assert_allclose(said, encoder(block[:rows]).detach(), rtol=1e-4, atol=1e-5)
    assert torch.isfinite(encoder.double()(block)).all()


# Augmentation


def augmented(block: torch.Tensor, **knobs: float) -> torch.Tensor:
    module = plugins.load("augmentations", "series")
    generator = torch.Generator().manual_seed(0)
    changed: torch.Tensor = module.augment(block, module.Params(**knobs), {}, generator)
    return changed


def test_series_are_not_changed_unless_asked() -> None:
    block = encoded_block(20)
    assert torch.equal(augmented(block), block)


@pytest.mark.parametrize("knob", ["jitter", "scaling", "shift", "crop"])
def test_a_changed_series_keeps_its_length_and_a_missing_one_stays_missing(knob: str) -> None:
    block = encoded_block(20)
    changed = augmented(block, **{knob: 0.5})
    assert torch.equal(changed, augmented(block, **{knob: 0.5}))
    assert torch.equal(changed[:, :, -1], block[:, :, -1])
    assert (changed[block[:, :, -1:].expand_as(block) == 0] == 0).all()
    assert not torch.equal(changed, block)


def test_shifted_and_cropped_lines_stay_lines() -> None:
    line = torch.stack([torch.linspace(-1, 1, 50), torch.ones(50)])[None, None]
    cropped = augmented(line, crop=0.5)[0, 0, 0]
    slopes = cropped.diff()
    torch.testing.assert_close(slopes, slopes[:1].expand(49), rtol=1e-3, atol=1e-5)
    assert 0.5 * 2 / 49 - 1e-4 <= slopes[0] < 2 / 49
    shifted = augmented(line, shift=0.3)[0, 0, 0]
    moved = shifted.diff()
    assert ((moved.abs() < 1e-5) | ((moved - 2 / 49).abs() < 1e-4)).sum() >= 48


# Drawing


def test_a_series_is_shown_as_a_line_that_gaps_break() -> None:
    shown = series.show([[0.0, 1.0, NAN, 0.5], [1.0, 1.0, 1.0, 1.0]])
    assert shown.count("<polyline") == 3
    assert shown.startswith('<svg viewBox="0 0 240 48" width="240" height="48"><polyline points="2.0,46.0 80.7,2.0"')


def test_a_vector_is_shown_by_its_first_numbers() -> None:
    assert vector.show([1.0, None, NAN, 3.0]) == "<span>1, –, –, 3</span>"
    assert vector.show([0.5] * 8) == "<span>0.5, 0.5, 0.5, 0.5, 0.5, 0.5, … (8)</span>"

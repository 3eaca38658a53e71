"""Series and vectors: lists of numbers are told apart, read, encoded and exported; padding changes no answer."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from matplotlib.figure import Figure

from plumbline import plugins
from plumbline.columns import _lists, series, vector
from tests.fronts import clean, fit, open_front

NAN = float("nan")
GENERATOR = np.random.default_rng(0)
SERIES: dict[str, pl.Series] = {
    "one channel": pl.Series([[1.0, 2.0, 3.0], [4.0, 0.0, 2.0], [7.0, 1.0, 1.0]]),
    "gaps and lengths": pl.Series([[1.0, None, 3.0, NAN], None, [NAN, NAN, 5.0, NAN, NAN, 8.0], [4.0], [2.0, 6.0]]),
    "two channels": pl.Series([[[1.0, 2.0, 3.0], [4.0, None]], [[NAN, 2.0], [5.0, NAN, 1.0]], None, [[3.0], []]]),
    "one channel empty": pl.Series([[[NAN, NAN], [5.0, 1.0]], [[1.0, 2.0], [0.0, 0.0]]]),
    "constant": pl.Series([[0.1] * 5] * 3),
    "huge": pl.Series([[1e38, -1e38, 0.0], [1e-30, 1.0, 2.0]]),
    "one step": pl.Series([[4.0], [2.0]]),
    "long": pl.Series(GENERATOR.normal(size=(5, 3, 300))),
    "text": pl.Series(["[1, 2.5, null]", "[4e0,NaN,  -6]", "", "[.5]", None]),
}
VECTORS: dict[str, pl.Series] = {
    "plain": pl.Series([[1.0, 2.0, 3.0], [4.0, 0.0, 2.0], [7.0, 1.0, 1.0]]),
    "gaps": pl.Series([[1.0, None, 3.0], None, [NAN, 2.0, 5.0]]),
    "constant": pl.Series([[0.1] * 5] * 3),
    "huge": pl.Series([[1e300, -1e300], [1.0, 2.0]]),
    "integers": pl.Series([[1, 2], [3, 4]]),
    "text": pl.Series(["[1, 2.5]", "[4e0,  -6]", None]),
}
CASES = [("series", case) for case in SERIES] + [("vector", case) for case in VECTORS]
KNOBS: dict[str, list[dict[str, Any]]] = {
    "series": [{"scale": s, "length": n} for s, n in product(("standard", "each", "none"), (None, 1, 4, 400))],
    "vector": [{}, {"scale": "none"}],
}


def raw_values(kind: str, case: str) -> pl.Series:
    return clean(kind, {"series": SERIES, "vector": VECTORS}[kind][case])


# Columns


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_encoded_lists_have_the_dtype_and_shape_that_their_type_says(kind: str, case: str) -> None:
    module, values = plugins.load("columns", kind), raw_values(kind, case)
    assert clean(kind, values).equals(values)
    for knobs in KNOBS[kind]:
        state = fit(kind, values, **knobs)
        assert state["missing"] == values.null_count()
        for part in (values, values.head(0), values.head(1), values.clear(2)):
            encoded = module.encode(part, state)
            assert (encoded.shape, encoded.dtype) == ((len(part), *module.shape(state)), np.float32)
            assert np.isfinite(encoded).all()


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_the_exported_graph_encodes_raw_lists_as_split_does(kind: str, case: str) -> None:
    """One by one, each as long as it is, unseen ones and missing ones too."""
    module, values = plugins.load("columns", kind), raw_values(kind, case)
    odd = pl.Series([None, *module.ODD_VALUES], dtype=values.dtype)
    for knobs in KNOBS[kind]:
        state = fit(kind, values, **knobs)
        tried, session = pl.concat([values, odd]), open_front(kind, state)
        exported = [session.run(None, {"raw": one[None]})[0][0] for one in module.raw(tried, state)]
        np.testing.assert_allclose(exported, module.encode(tried, state), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", SERIES)
def test_series_of_a_batch_may_be_padded_with_nan(case: str) -> None:
    values = raw_values("series", case)
    state = fit("series", values)
    batch = _lists.dense(values, state["channels"], 303)
    exported = open_front("series", state).run(None, {"raw": batch})[0]
    np.testing.assert_allclose(exported, series.encode(values, state), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_a_fitted_state_of_lists_is_json_that_no_order_changes(kind: str, case: str) -> None:
    import json

    values = raw_values(kind, case)
    state = fit(kind, values)
    assert json.loads(json.dumps(state, allow_nan=False)) == state
    if kind == "series":
        assert fit(kind, values.reverse()) == state
    else:
        assert fit(kind, values.reverse())["mean"] == pytest.approx(state["mean"], rel=1e-12)


def test_gaps_are_bridged_and_the_last_number_ends_a_series() -> None:
    values = clean("series", pl.Series([[NAN, 1.0, None, None, 4.0, NAN], [5.0, NAN], None]))
    encoded = series.encode(values, fit("series", values, scale="none", length=7))
    assert encoded[:, 0].tolist() == [[1, 1, 2, 3, 4, 0, 0], [5, 0, 0, 0, 0, 0, 0], [0] * 7]
    assert encoded[:, 1].tolist() == [[1, 1, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0, 0], [0] * 7]


def test_a_series_longer_than_all_of_train_is_cut_at_its_end() -> None:
    values = clean("series", pl.Series([[1.0, 2.0, 3.0], [4.0]]))
    state = fit("series", values, scale="none")
    assert (state["length"], series.shape(state)) == (3, (2, 3))
    longer = clean("series", pl.Series([[1.0, 2.0, 3.0, 9.0, 9.0]]))
    assert series.encode(longer, state)[0].tolist() == [[1, 2, 3], [1, 1, 1]]


def test_series_are_scaled_as_they_say() -> None:
    values = clean("series", pl.Series([[[1.0, 3.0], [10.0, 20.0]], [[5.0, 7.0], [30.0, 60.0]]]))
    standard = series.encode(values, fit("series", values))[:, :2].astype(float)
    np.testing.assert_allclose(standard.mean((0, 2)), 0, atol=1e-6)
    np.testing.assert_allclose(standard.std((0, 2)), 1, rtol=1e-6)
    each = series.encode(values, fit("series", values, scale="each"))[:, :2]
    np.testing.assert_allclose(each, [[[-1, 1], [-1, 1]]] * 2, rtol=1e-6)


def test_vectors_are_scaled_place_by_place_and_missing_numbers_are_the_mean() -> None:
    values = clean("vector", pl.Series([[1.0, 10.0], [3.0, None], None]))
    state = fit("vector", values)
    assert state == {"missing": 1, "scale": "standard", "mean": [2.0, 10.0], "std": [1.0, 1.0]}
    assert vector.encode(values, state).tolist() == [[-1, 0, 0], [1, 0, 0], [0, 0, 1]]


def test_measures_are_those_of_the_numbers_that_are_there() -> None:
    assert series.measure([[1.0, None, 3.0], [NAN]]) == {"length": 3.0, "mean": 2.0, "deviation": 1.0}
    assert vector.measure([3.0, None, -4.0]) == {"mean": -0.5, "norm": 5.0}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "holds no number"),
        ([NAN, None], "holds no number"),
        ([1.0, float("inf")], "holds an infinite number"),
    ],
)
def test_a_list_that_cannot_be_learned_from_is_broken(value: list[float], reason: str) -> None:
    for module, given in ((vector, value), (series, [value]), (series, [value] if value else [])):
        with pytest.raises(ValueError, match=f"^{reason}$"):
            module.measure(given)


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
        "lists of 20 numbers, each like the one before (correlation 0.72)",
    ),
    "a walk in text": (
        pl.Series([str(row) for row in WALK.tolist()]),
        "series",
        "lists of 20 numbers, each like the one before (correlation 0.72)",
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
    return torch.from_numpy(series.encode(column, fit("series", column, length=length)))[:, None]


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


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_lists_are_drawn_and_shown(kind: str, case: str) -> None:
    module, values = plugins.load("columns", kind), raw_values(kind, case).drop_nulls().to_list()
    figure = Figure()
    module.draw_gallery(figure, {"a": values, "b": values[:1]})
    figure.draw_without_rendering()
    assert len(figure.axes) >= 2
    for value in values:
        shown = module.show(value)
        assert "nan" not in shown
        assert "inf" not in shown


def test_a_series_is_shown_as_a_line_that_gaps_break() -> None:
    shown = series.show([[0.0, 1.0, NAN, 0.5], [1.0, 1.0, 1.0, 1.0]])
    assert shown.count("<polyline") == 3
    assert shown.startswith('<svg viewBox="0 0 240 48" width="240" height="48"><polyline points="2.0,46.0 80.7,2.0"')


def test_a_vector_is_shown_by_its_first_numbers() -> None:
    assert vector.show([1.0, None, 3.0]) == "1, –, 3"
    assert vector.show([0.5] * 8) == "0.5, 0.5, 0.5, 0.5, 0.5, 0.5, … (8)"

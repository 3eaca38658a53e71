"""Contents: every column type of images, texts and the like, its encoders and its augmentation keep their contract."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import polars as pl
import pytest
import torch
from matplotlib.figure import Figure

from plumbline import plugins, raw
from plumbline.columns import is_content
from plumbline.graph import DOMAINS, Graph

KINDS = [kind for kind in plugins.names("columns") if is_content(kind)]
VALUES = {kind: importlib.import_module(f"tests.contents.{kind}") for kind in KINDS}
CASES = [(kind, case) for kind in KINDS for case in VALUES[kind].CASES]
BROKEN = [(kind, case) for kind in KINDS for case in VALUES[kind].BROKEN]
ENCODED = [(name, kind) for name in plugins.names("encoders") for kind in plugins.load("encoders", name).TYPES]
ENCODED = [(name, kind) for name, kind in ENCODED if kind in KINDS and name not in ("backbone",)]
AUGMENTED = plugins.names("augmentations")
DTYPES = {"uint8": ir.DataType.UINT8, "int16": ir.DataType.INT16, "int32": ir.DataType.INT32,
          "float32": ir.DataType.FLOAT, "float": ir.DataType.FLOAT, "double": ir.DataType.DOUBLE,
          "string": ir.DataType.STRING}  # fmt: skip
Array = np.ndarray[Any, Any]


def clean(kind: str, case: str) -> pl.Series:
    values: pl.Series = VALUES[kind].CASES[case]
    expression = plugins.load("columns", kind).clean(pl.col("x"))
    return values.rename("x").to_frame().select(expression.alias("x")).to_series()


def measures(kind: str, values: pl.Series) -> pl.DataFrame:
    module = plugins.load("columns", kind)
    found = [{} if value is None else module.measure(value) for value in values]
    return pl.DataFrame(
        {name: pl.Series([one.get(name) for one in found], dtype=pl.Float64) for name in module.MEASURES}
    )


def fit(kind: str, values: pl.Series, knobs: Any = None) -> dict[str, Any]:
    module = plugins.load("columns", kind)
    pieces = iter([values[:1], values[1:]])
    state: dict[str, Any] = module.fit(pieces, measures(kind, values), knobs or module.Params())
    return state


def odd(kind: str, like: pl.Series) -> pl.Series:
    return pl.Series(plugins.load("columns", kind).ODD_VALUES, dtype=like.dtype)


def knobs_of(kind: str) -> Iterator[Any]:
    yield plugins.load("columns", kind).Params()
    yield from VALUES[kind].KNOBS


def feature(kind: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"name": "x", "type": kind, "state": state}


def open_front(kind: str, state: dict[str, Any]) -> onnxruntime.InferenceSession:
    """The column's part of the exported graph alone."""
    module, graph = plugins.load("columns", kind), Graph()
    sizes = raw.shape(feature(kind, state))
    given = ir.Value(name="x", type=ir.TensorType(DTYPES[module.RAW_DTYPE]), shape=ir.Shape(["batch", *sizes]))
    output = module.front(graph, given, state)
    output.name, output.type = "encoded", ir.TensorType(DTYPES[module.DTYPE])
    constants = graph.initializers.values()
    made = ir.Graph([given], [output], nodes=graph.nodes, initializers=constants, opset_imports=DOMAINS, name="front")
    for index, node in enumerate(made):
        for place, value in enumerate(node.outputs):
            value.name = value.name or f"inner.{index}.{place}"
    model = ir.to_proto(ir.Model(made, ir_version=10)).SerializeToString()
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def run_front(session: onnxruntime.InferenceSession, kind: str, state: dict[str, Any], values: pl.Series) -> Array:
    """What the front gives for values of any sizes, rows of one size at once."""
    rows = raw.columns_of(values.alias("x").to_frame(), [feature(kind, state)])
    parts = [(places, session.run(None, feed)[0]) for places, feed in raw.batches(rows)]
    order = np.argsort([place for places, _ in parts for place in places])
    found: Array = np.concatenate([encoded for _, encoded in parts])[order]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_content_type_has_values_to_try(kind: str) -> None:
    assert {"plain", "with gaps", "all missing", "one row"} <= set(VALUES[kind].CASES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_content_type_has_all_that_its_contract_names(kind: str) -> None:
    module = plugins.load("columns", kind)
    assert module.DTYPE in ("uint8", "int16", "int32", "float32")
    assert module.RAW_DTYPE in ("uint8", "float", "double", "string")
    assert "missing" in module.RAW_MEANING
    assert None in module.ODD_VALUES
    assert module.GALLERY_ROW > 0
    assert module.GALLERY_VALUES > 0
    assert [name for name, other in ENCODED if other == kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_content_column_is_recognised_with_a_reason_and_never_as_a_target(kind: str) -> None:
    values = VALUES[kind].CASES["plain"]
    scores = {name: module.recognise(values, False) for name, module in plugins.load_all("columns").items()}
    assert max(scores, key=lambda name: scores[name][0]) == kind
    assert scores[kind][1]
    assert plugins.load("columns", kind).recognise(values, True)[0] == 0.0


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_every_value_has_its_measures(kind: str, case: str) -> None:
    module, values = plugins.load("columns", kind), clean(kind, case)
    for value in values.drop_nulls():
        found = module.measure(value)
        assert tuple(found) == module.MEASURES
        assert all(isinstance(number, float) and np.isfinite(number) for number in found.values())


@pytest.mark.parametrize(("kind", "case"), BROKEN)
def test_a_broken_value_is_refused_with_a_reason(kind: str, case: str) -> None:
    value, reason = VALUES[kind].BROKEN[case]
    with pytest.raises(ValueError, match=r".") as raised:
        plugins.load("columns", kind).measure(value)
    assert str(raised.value) == reason


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_contents_are_encoded_in_the_dtype_and_shape_that_their_type_says(kind: str, case: str) -> None:
    module, values = plugins.load("columns", kind), clean(kind, case)
    for knobs in knobs_of(kind):
        state = fit(kind, values, knobs)
        assert state["missing"] == values.null_count()
        assert json.loads(json.dumps(state, allow_nan=False)) == state
        for part in (values, values.head(0), values.head(1), values.clear(3), odd(kind, values)):
            encoded = module.encode(part, state)
            assert encoded.dtype == np.dtype(module.DTYPE)
            assert encoded.shape == (len(part), *module.shape(state))
            assert np.isfinite(encoded).all()


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_the_exported_graph_encodes_raw_contents_as_split_does(kind: str, case: str) -> None:
    module, train = plugins.load("columns", kind), clean(kind, case)
    for knobs in knobs_of(kind):
        state = fit(kind, train, knobs)
        session = open_front(kind, state)
        others = [clean(kind, other) for other in VALUES[kind].CASES]
        for values in (train, pl.concat([*others, odd(kind, train)])):
            encoded, exported = module.encode(values, state), run_front(session, kind, state, values)
            assert (encoded.shape, encoded.dtype) == (exported.shape, exported.dtype)
            if encoded.dtype == np.float32:
                np.testing.assert_allclose(exported, encoded, rtol=1e-5, atol=1e-5)
            else:
                np.testing.assert_array_equal(exported, encoded)


@pytest.mark.parametrize("kind", KINDS)
def test_contents_are_drawn_as_themselves(kind: str) -> None:
    module, values = plugins.load("columns", kind), clean(kind, "plain").drop_nulls().to_list()
    figure = Figure()
    module.draw_gallery(figure, {"a": values, "b": values[:1]})
    figure.draw_without_rendering()
    assert figure.axes
    for value in values[:3]:
        assert module.show(value).strip().startswith("<")
        assert "<script" not in module.show(value)


# Encoders


def encoded_block(kind: str, n_rows: int = 9) -> tuple[torch.Tensor, dict[str, Any]]:
    """Rows of the plain case, again and again, a missing one among them, as a block (N, 1, …); their state."""
    values = clean(kind, "plain")
    state = fit(kind, values)
    rows = pl.concat([values] * n_rows).head(n_rows - 1).append(values.clear(1))
    return torch.from_numpy(plugins.load("columns", kind).encode(rows, state)[:, None]), state


def build_encoder(name: str, kind: str) -> tuple[Any, torch.Tensor]:
    module, (block, state) = plugins.load("encoders", name), encoded_block(kind)
    torch.manual_seed(0)
    return module.build(module.Params(), [state], tuple(block.shape[2:])), block


@pytest.mark.parametrize(("name", "kind"), ENCODED)
def test_an_encoder_of_contents_learns_features_of_its_widths(name: str, kind: str) -> None:
    encoder, block = build_encoder(name, kind)
    features = encoder.train()(block)
    assert features.shape == (len(block), sum(encoder.widths))
    assert features.dtype == torch.float32
    if features.requires_grad:  # plain has no weights
        (features * torch.randn(features.shape)).sum().backward()
    for key, weight in encoder.named_parameters():
        assert weight.grad is not None, key


@pytest.mark.parametrize(("name", "kind"), ENCODED)
def test_an_encoder_of_contents_sees_each_example_by_itself(name: str, kind: str) -> None:
    encoder, block = build_encoder(name, kind)
    encoder.eval()
    with torch.inference_mode():
        one_by_one = torch.cat([encoder(block[i : i + 1]) for i in range(len(block))])
        torch.testing.assert_close(one_by_one, encoder(block), rtol=1e-4, atol=1e-5)
        wide = encoder.double()(block.double() if block.dtype == torch.float32 else block)
    torch.testing.assert_close(wide.float(), one_by_one, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("name", "kind"), ENCODED)
def test_an_encoder_of_contents_exports_with_any_number_of_examples(name: str, kind: str) -> None:
    encoder, block = build_encoder(name, kind)
    encoder.eval()
    program = torch.export.export(encoder, (block[:2],), dynamic_shapes=({0: torch.export.Dim("batch")},))
    for rows in (1, 3, 9):
        torch.testing.assert_close(program.module()(block[:rows]), encoder(block[:rows]), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), ENCODED)
def test_an_encoder_of_contents_is_the_same_in_onnx_and_torchscript(name: str, kind: str) -> None:
    encoder, block = build_encoder(name, kind)
    encoder.eval()
    program = torch.onnx.export(
        encoder, (block[:2],), dynamo=True, dynamic_shapes=({0: "batch"},), input_names=["block"], opset_version=20,
        optimize=False, verbose=False,
    )  # fmt: skip
    assert program is not None
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"])
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes that the trace holds fast, which none but the batch's may
        scripted = torch.jit.trace(encoder, (block[:2],))
        for rows in (1, 3, 9):
            expected = encoder(block[:rows])
            (exported,) = session.run(None, {"block": block[:rows].numpy()})
            torch.testing.assert_close(torch.from_numpy(exported), expected, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(scripted(block[:rows]), expected, rtol=1e-4, atol=1e-5)


# Augmentations


@pytest.mark.parametrize("kind", AUGMENTED)
def test_an_augmentation_keeps_the_shape_and_follows_its_generator(kind: str) -> None:
    module, (block, state) = plugins.load("augmentations", kind), encoded_block(kind)
    before = block.clone()
    once, again, other = (
        module.augment(block, module.Params(), state, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert torch.equal(block, before)
    assert torch.equal(once, again)
    assert once.shape == other.shape == block.shape
    assert torch.isfinite(once.float()).all()

"""Conformance: every file in a plug-in folder keeps its folder's contract."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from itertools import pairwise, product
from typing import Any

import numpy as np
import onnx_ir as ir
import onnxruntime
import polars as pl
import pytest
import torch
from matplotlib.figure import Figure
from sklearn import metrics as sk

from plumbline import evaluation, plugins
from plumbline.columns import is_content
from plumbline.errors import InputError
from plumbline.graph import DOMAINS, Graph
from plumbline.params import Loss, Ratios, Section, Task

ENCODERS, MODELS, TASKS = (plugins.names(folder) for folder in ("encoders", "models", "tasks"))
COLUMNS = [kind for kind in plugins.names("columns") if not is_content(kind)]  # the others: test_contents.py
SPLITS = plugins.names("splits")
Array = np.ndarray[Any, Any]


def test_every_folder_holds_plug_ins() -> None:
    assert {"boolean", "category", "datetime", "number"} <= set(COLUMNS)
    assert {"embedding", "onehot", "periodic", "piecewise", "plain"} <= set(ENCODERS)
    assert {"linear", "mlp", "tabm"} <= set(MODELS)
    assert {"given", "group", "hash", "random", "stratified", "stratified_group", "time"} <= set(SPLITS)
    assert {"classification", "ordinal", "regression"} <= set(TASKS)
    assert {"csv", "parquet", "py", "tsv", "folder"} <= set(plugins.names("sources"))


KNOBBED = [(folder, name) for folder in plugins.FOLDERS if folder != "tasks" for name in plugins.names(folder)]


@pytest.mark.parametrize(("folder", "name"), KNOBBED)
def test_knobs_have_defaults_and_are_described(folder: str, name: str) -> None:
    knobs = plugins.load(folder, name).Params
    assert issubclass(knobs, Section)
    knobs()
    assert all(field.description for field in knobs.model_fields.values())


# Columns: raw values as a source may hold them

GENERATOR = np.random.default_rng(0)
DAYS = [datetime.datetime(1899, 12, 31) + datetime.timedelta(days=int(n)) for n in range(0, 60_000, 97)]
RAW: dict[str, dict[str, pl.Series]] = {
    "number": {
        "plain": pl.Series([3.0, -1.5, 0.0, 2.0, 2.0, 10.0]),
        "with gaps": pl.Series([3.0, None, float("nan"), float("inf"), -2.0]),
        "all missing": pl.Series([None, None], dtype=pl.Float64),
        "constant": pl.Series([7.0] * 5),
        "huge": pl.Series([1e300, -1e300, 1.0, 2.0]),
        "tiny": pl.Series([1e-30, 2e-30, 0.0]),
        "one row": pl.Series([4.0]),
        "text": pl.Series(["1", "2.5", None, "-3"]),
        "integers": pl.Series([2**53, 1, 0, -(2**40)]),
        "heavy tail": pl.Series(np.exp(3 * GENERATOR.normal(size=1000))),
    },
    "category": {
        "plain": pl.Series(["a", "b", "a", "b", "c"]),
        "with gaps": pl.Series(["a", None, "", "a", " a "]),
        "all missing": pl.Series([None, None], dtype=pl.String),
        "constant": pl.Series(["a"] * 5),
        "one row": pl.Series(["a"]),
        "any letters": pl.Series(["é", "東京", "🎈", 'a"b', "a\nb", "\\", "é"] * 2),
        "integers": pl.Series([1, 2, 2, 1, None]),
    },
    "boolean": {
        "plain": pl.Series([True, False, True]),
        "with gaps": pl.Series([True, None, False]),
        "all missing": pl.Series([None, None], dtype=pl.Boolean),
        "constant": pl.Series([True] * 3),
        "one row": pl.Series([False]),
        "words": pl.Series(["yes", "no", None]),
    },
    "datetime": {
        "plain": pl.Series(["2024-02-29", "2023-12-31T23:59:59", "1960-06-15 12:30"]),
        "with gaps": pl.Series(["2024-02-29", None, "", "2023-02-30"]),
        "all missing": pl.Series([None, None], dtype=pl.Datetime("us")),
        "constant": pl.Series([datetime.date(2020, 1, 1)] * 3),
        "one row": pl.Series([datetime.datetime(1969, 12, 31, 23, 59, 59, 500_000)]),
        "160 years": pl.Series(DAYS),
    },
}
CASES = [(kind, case) for kind in COLUMNS for case in RAW[kind]]
CLEAN_DTYPES = {"number": pl.Float64, "category": pl.String, "boolean": pl.Boolean, "datetime": pl.Datetime("us")}


def clean(kind: str, values: pl.Series) -> pl.Series:
    expression = plugins.load("columns", kind).clean(pl.col("x"))
    return values.rename("x").to_frame().select(expression.alias("x")).to_series()


def variants(kind: str) -> Iterator[Any]:
    """Knobs worth a try for a column type: the defaults, and each scale of numbers."""
    knobs = plugins.load("columns", kind).Params
    yield knobs()
    if kind == "number":
        yield from (knobs(scale=scale) for scale in ("quantile", "none"))
    if kind == "category":
        yield knobs(min_count=1, vocabulary=2)


def fit(kind: str, values: pl.Series, knobs: Any = None) -> dict[str, Any]:
    module = plugins.load("columns", kind)
    state: dict[str, Any] = module.fit(values, knobs or module.Params())
    return state


def run_front(kind: str, state: dict[str, Any], raw: Array) -> Array:
    """What the column's part of the exported graph gives for raw values (N, 1), beside a column with the reverse."""
    module, graph = plugins.load("columns", kind), Graph()
    dtype = {"double": ir.DataType.DOUBLE, "string": ir.DataType.STRING}[module.RAW_DTYPE]
    values = [ir.Value(name=name, type=ir.TensorType(dtype), shape=ir.Shape(["batch", 1])) for name in "ab"]
    output = module.front(graph, values, [state, state])
    output.name = "encoded"
    constants = graph.initializers.values()
    made = ir.Graph(values, [output], nodes=graph.nodes, initializers=constants, opset_imports=DOMAINS, name="front")
    output.type = ir.TensorType({"float32": ir.DataType.FLOAT, "int32": ir.DataType.INT32}[module.DTYPE])
    for index, node in enumerate(made):
        node.outputs[0].name = node.outputs[0].name or f"inner.{index}"
    model = ir.to_proto(ir.Model(made, ir_version=10)).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    result: Array = session.run(None, {"a": raw, "b": raw[::-1]})[0]
    np.testing.assert_array_equal(result[:, 1], result[::-1, 0])
    first: Array = result[:, 0]
    return first


def assert_front_encodes(kind: str, values: pl.Series, state: dict[str, Any]) -> None:
    """The graph's part on raw values equals `encode`: ids exactly, floats to 1e-6 of themselves or of 1."""
    module = plugins.load("columns", kind)
    encoded, exported = module.encode(values, state), run_front(kind, state, module.raw(values))
    assert (encoded.shape, encoded.dtype) == (exported.shape, exported.dtype)
    if encoded.dtype == np.int32:
        assert (encoded == exported).all()
    else:
        np.testing.assert_allclose(exported, encoded, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_type_has_all_that_its_contract_names(kind: str) -> None:
    module = plugins.load("columns", kind)
    assert module.DTYPE in ("float32", "int32")
    assert module.RAW_DTYPE in ("double", "string")
    assert "missing" in module.RAW_MEANING
    assert None in module.ODD_VALUES


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_a_cleaned_column_is_read_as_its_own_type(kind: str, case: str) -> None:
    values = clean(kind, RAW[kind][case])
    assert values.dtype == CLEAN_DTYPES[kind]
    assert clean(kind, values).equals(values)
    if values.drop_nulls().n_unique() > 2:
        scores = {name: module.recognise(values, False)[0] for name, module in plugins.load_all("columns").items()}
        assert max(scores, key=lambda name: scores[name]) == kind


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_encoded_values_have_the_dtype_and_shape_that_the_column_type_says(kind: str, case: str) -> None:
    module, values = plugins.load("columns", kind), clean(kind, RAW[kind][case])
    for knobs in variants(kind):
        state = fit(kind, values, knobs)
        assert state["missing"] == values.null_count()
        for part in (values, values.head(0), values.head(1), values.clear(3)):
            encoded = module.encode(part, state)
            assert encoded.dtype == np.dtype(module.DTYPE)
            assert encoded.shape == (len(part), *module.shape(state))
            assert np.isfinite(encoded).all()
            if encoded.dtype == np.int32:
                assert ((encoded >= 0) & (encoded < state["n_ids"])).all()


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_the_exported_graph_encodes_raw_values_as_split_does(kind: str, case: str) -> None:
    values = clean(kind, RAW[kind][case])
    for knobs in variants(kind):
        assert_front_encodes(kind, values, fit(kind, values, knobs))


@pytest.mark.parametrize("kind", COLUMNS)
def test_values_that_no_training_example_has_are_encoded_alike(kind: str) -> None:
    train = clean(kind, RAW[kind]["plain"])
    unseen = pl.concat([clean(kind, values) for values in RAW[kind].values()])
    odd = pl.Series(plugins.load("columns", kind).ODD_VALUES, dtype=train.dtype)
    for values in (train, train.clear(2)):
        for knobs in variants(kind):
            assert_front_encodes(kind, pl.concat([unseen, odd]), fit(kind, values, knobs))


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_fitted_state_is_json_that_only_its_own_values_change(kind: str) -> None:
    import json

    values = clean(kind, RAW[kind]["with gaps"])
    state = fit(kind, values)
    assert json.loads(json.dumps(state, allow_nan=False)) == state
    assert fit(kind, values.reverse().rename("other")) == state


@pytest.mark.parametrize(("kind", "case"), [pair for pair in CASES if pair[1] != "all missing"])
def test_a_column_is_drawn_with_the_rows_behind_it(kind: str, case: str) -> None:
    rows = plugins.load("columns", kind).draw(Figure().subplots(), clean(kind, RAW[kind][case]))
    assert rows
    assert all({"value", "count"} <= set(row) for row in rows)


@pytest.mark.parametrize("scale", ["standard", "quantile", "none"])
def test_numbers_are_scaled_as_they_say(scale: str) -> None:
    module = plugins.load("columns", "number")
    values = pl.Series([4.0, 8.0, None, 6.0, 10.0])
    state = fit("number", values, module.Params(scale=scale))
    encoded = module.encode(values, state)
    assert encoded[:, 1].tolist() == [0, 0, 1, 0, 0]
    assert encoded[2, 0] == module.encode(pl.Series([7.0]), state)[0, 0]  # a missing number is the median
    present = encoded[[0, 1, 3, 4], 0].astype(float)
    if scale == "none":
        assert present.tolist() == [4, 8, 6, 10]
    else:
        assert abs(present.mean()) < 1e-6
    if scale == "standard":
        np.testing.assert_allclose(present, (np.array([4, 8, 6, 10]) - 7) / np.std([4, 8, 6, 10]), rtol=1e-6)


def test_quantiles_scale_a_heavy_tail_to_a_normal_distribution() -> None:
    module, values = plugins.load("columns", "number"), RAW["number"]["heavy tail"]
    encoded = module.encode(values, fit("number", values, module.Params(scale="quantile")))[:, 0]
    assert abs(encoded.mean()) < 0.01
    assert abs(encoded.std() - 1) < 0.02
    assert (np.argsort(encoded, kind="stable") == np.argsort(values.to_numpy(), kind="stable")).all()


def test_rare_and_unseen_categories_share_an_id_and_missing_ones_have_their_own() -> None:
    module = plugins.load("columns", "category")
    state = fit("category", pl.Series(["b", "a", "a", "b", "rare", None]))
    assert state == {"missing": 1, "n_ids": 4, "vocabulary": ["a", "b"]}
    assert module.encode(pl.Series(["a", "b", "rare", "new", None]), state).tolist() == [2, 3, 1, 1, 0]


# Dates: 5,000 texts through the graph and through clean and encode


def date_texts() -> list[str]:
    """Random ISO texts of years 1 to 9999, half of them between 1950 and 2050, every month's ends, leap days."""
    generator = np.random.default_rng(1)
    years = np.concatenate([generator.integers(1, 10_000, 2500), generator.integers(1950, 2051, 2500)])
    parts = [generator.integers(low, high, len(years)) for low, high in ((1, 13), (1, 32), (0, 24), (0, 60), (0, 60))]
    forms = ("{:04}-{:02}-{:02}", "{:04}-{:02}-{:02}T{:02}:{:02}", "{:04}-{:02}-{:02} {:02}:{:02}:{:02}")
    texts = [forms[i % 3].format(*fields) for i, fields in enumerate(zip(years, *parts, strict=True))]
    ends = product((1900, 2000, 2023, 2024), range(1, 13), (28, 29, 30, 31))
    return texts + [f"{year}-{month:02}-{day}" for year, month, day in ends]


NO_DATES = [
    "2023-02-30", "2023-13-01", "2023-00-01", "2023-01-00", "0000-01-01", "2024-02-29 24:00", "2024-02-29T12:60",
    "2016-12-31T23:59:60", "2024-2-9", "20240229", "x", "", "2024-02-29T12", "9999-99-99", "2024-02-29 12:00:00.",
    "١٩٩٩-01-01", "2024-02-29\n", "-2024-02-29", "12024-02-29",
]  # fmt: skip


def test_the_exported_graph_reads_dates_as_split_does() -> None:
    texts = date_texts()
    assert len(texts) > 5000
    values = clean("datetime", pl.Series(texts))
    assert 0.005 < values.null_count() / len(texts) < 0.05  # 31 April and its like are missing
    state = fit(
        "datetime", values.filter(values.is_between(datetime.datetime(1950, 1, 1), datetime.datetime(2050, 1, 1)))
    )
    encoded = plugins.load("columns", "datetime").encode(values, state)
    exported = run_front("datetime", state, np.array(texts, dtype=object)[:, None])
    np.testing.assert_allclose(exported, encoded, rtol=1e-6, atol=1e-6)
    assert (exported[:, -1] == values.is_null().to_numpy()).all()


def test_what_is_no_date_is_missing_on_both_sides() -> None:
    state = fit("datetime", clean("datetime", pl.Series(["2024-02-29", "1960-01-01"])))
    exported = run_front("datetime", state, np.array(NO_DATES, dtype=object)[:, None])
    assert exported.tolist() == [[0.0] * 9 + [1.0]] * len(NO_DATES)
    in_one_line = [text for text in NO_DATES if text.strip() == text]
    assert clean("datetime", pl.Series(in_one_line)).null_count() == len(in_one_line)


def test_calendar_parts_are_those_of_the_calendar() -> None:
    module = plugins.load("columns", "datetime")
    date = datetime.datetime(2024, 3, 1, 18, 30)  # a Friday, the 61st day of a leap year
    encoded = module.encode(pl.Series([date]), fit("datetime", pl.Series([date])))[0]
    steps = [(60, 366), (0, 31), (4, 7), (18 * 60 + 30, 1440)]
    angles = [2 * math.pi * step / length for step, length in steps]
    expected = [0.0, *(f(angle) for angle in angles for f in (math.sin, math.cos)), 0.0]
    np.testing.assert_allclose(encoded, expected, atol=1e-6)


# Encoders

ENCODED = [(name, kind) for name in ENCODERS for kind in plugins.load("encoders", name).TYPES if kind in COLUMNS]


def block(
    kind: str, cases: tuple[str, ...] = ("plain", "with gaps", "constant", "all missing")
) -> tuple[Array, list[Any]]:
    """Columns of one type as an encoded block (N, n, …), and their fitted states."""
    module, columns = plugins.load("columns", kind), [clean(kind, RAW[kind][case]) for case in cases]
    states = [fit(kind, values) for values in columns]
    padded = [values.extend(values.clear(9 - len(values))) for values in columns]
    return np.stack([module.encode(v, s) for v, s in zip(padded, states, strict=True)], axis=1), states


def build_encoder(name: str, kind: str) -> tuple[Any, torch.Tensor]:
    module, (values, states) = plugins.load("encoders", name), block(kind)
    torch.manual_seed(0)
    return module.build(module.Params(), states, values.shape[2:]), torch.from_numpy(values)


@pytest.mark.parametrize(("name", "kind"), ENCODED)
def test_an_encoder_gives_as_many_features_as_its_widths_sum_to(name: str, kind: str) -> None:
    encoder, values = build_encoder(name, kind)
    features = encoder(values)
    assert features.shape == (9, sum(encoder.widths))
    assert len(encoder.widths) >= 4
    assert features.dtype == torch.float32
    assert torch.isfinite(features).all()


@pytest.mark.parametrize(("name", "kind"), ENCODED)
def test_an_encoder_sees_each_example_by_itself(name: str, kind: str) -> None:
    encoder, values = build_encoder(name, kind)
    one_by_one = torch.cat([encoder(values[i : i + 1]) for i in range(len(values))])
    torch.testing.assert_close(one_by_one, encoder(values))


@pytest.mark.parametrize(("name", "kind"), ENCODED)
def test_what_an_encoder_needs_beside_its_weights_comes_from_the_recipe(name: str, kind: str) -> None:
    """Two builds from the same states give the same features once they share a state_dict."""
    encoder, values = build_encoder(name, kind)
    module, (_, states) = plugins.load("encoders", name), block(kind)
    torch.manual_seed(1)
    other = module.build(module.Params(), states, tuple(values.shape[2:]))
    other.load_state_dict(encoder.state_dict())
    assert torch.equal(other(values), encoder(values))


@pytest.mark.parametrize(("name", "kind"), ENCODED)
def test_an_encoder_exports_with_any_number_of_examples(name: str, kind: str) -> None:
    encoder, values = build_encoder(name, kind)
    program = torch.export.export(encoder, (values[:2],), dynamic_shapes=({0: torch.export.Dim("batch")},))
    for rows in (1, 3, 9):
        torch.testing.assert_close(program.module()(values[:rows]), encoder(values[:rows]))


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_column_type_has_an_encoder(kind: str) -> None:
    assert [name for name, other in ENCODED if other == kind]


# Models


@pytest.mark.parametrize("name", MODELS)
def test_a_model_turns_features_into_hidden_units_of_its_members(name: str) -> None:
    module = plugins.load("models", name)
    model = module.build(module.Params(), [3, 1, 2])
    for n_rows in (1, 5):
        assert model(torch.randn(n_rows, 6)).shape == (n_rows, model.members, model.width)


@pytest.mark.parametrize("name", MODELS)
def test_gradients_reach_every_weight_of_a_model(name: str) -> None:
    module = plugins.load("models", name)
    model = module.build(module.Params(), [3, 1, 2])
    model(torch.randn(64, 6, requires_grad=True)).pow(2).sum().backward()
    for key, weight in model.named_parameters():
        assert weight.grad is not None, key
        assert weight.grad.abs().sum() > 0, key


@pytest.mark.parametrize("variant", ["tabm", "tabm-mini", "tabm-packed"])
def test_members_of_an_ensemble_differ(variant: str) -> None:
    module = plugins.load("models", "tabm")
    model = module.build(module.Params(variant=variant, members=8, width=16, dropout=0), [3, 1, 2])
    hidden = model(torch.randn(5, 6))
    assert hidden.shape == (5, 8, 16)
    assert hidden.std(dim=1).max() > 0


# Splits

N_ROWS = 1000
GOES_BY: dict[str, dict[str, Any]] = {
    "group": {"by": "unit"},
    "stratified_group": {"by": "unit", "bins": 4},
    "time": {"by": "moment"},
    "hash": {"by": "unit"},
}
OFF_BY = {"random": 1, "stratified": 1, "group": 4, "stratified_group": 12, "time": 4, "hash": 90}
"""Rows by which a split may miss its ratios: units have up to 20 rows, a moment has 4, and a hash only expects them."""


def split_table() -> pl.LazyFrame:
    """Classes, numbers, words that give a split, units of 1 to 20 rows, and moments of 4 rows each."""
    generator = np.random.default_rng(0)
    given = generator.choice(["Train", "validation", "TEST"], N_ROWS, p=[0.7, 0.15, 0.15])
    kind = generator.choice(["a", "b", "c"], N_ROWS, p=[0.6, 0.3, 0.1])
    x = generator.normal(size=N_ROWS)
    unit = [f"u{number}" for number in np.repeat(np.arange(200), generator.integers(1, 21, 200))[:N_ROWS]]
    moment = generator.permutation(np.arange(N_ROWS) // 4).astype(float)
    return pl.LazyFrame({"#row": range(N_ROWS), "x": x, "kind": kind, "split": given, "unit": unit, "moment": moment})


def assign(name: str, ratios: Ratios, seed: int = 0, target: str = "kind") -> Array:
    module, generator = plugins.load("splits", name), np.random.default_rng(seed)
    knobs = module.Params(**GOES_BY.get(name, {}))
    labels: Array = module.assign(split_table(), [target], knobs, ratios, generator)
    return labels


USUAL = Ratios(train=0.7, val=0.15, test=0.15)


@pytest.mark.parametrize("name", SPLITS)
@pytest.mark.parametrize("target", ["kind", "x"])
def test_split_puts_every_example_in_exactly_one_split(name: str, target: str) -> None:
    labels = assign(name, USUAL, target=target)
    assert (labels.shape, labels.dtype) == ((N_ROWS,), np.int8)
    assert set(labels) == {0, 1, 2}


@pytest.mark.parametrize("name", [name for name in SPLITS if name != "given"])
@pytest.mark.parametrize("target", ["kind", "x"])
@pytest.mark.parametrize("shares", [(0.7, 0.15, 0.15), (0.8, 0.0, 0.2), (1 / 3, 1 / 3, 1 / 3), (0.05, 0.05, 0.9)])
def test_split_keeps_its_ratios(name: str, target: str, shares: tuple[float, float, float]) -> None:
    train, val, test = shares
    labels = assign(name, Ratios(train=train, val=val, test=test), target=target)
    assert abs(np.bincount(labels, minlength=3) - N_ROWS * np.array(shares)).max() <= OFF_BY[name]


@pytest.mark.parametrize("name", [name for name in SPLITS if name not in ("given", "time")])
def test_split_follows_its_seed(name: str) -> None:
    assert (assign(name, USUAL) == assign(name, USUAL)).all()
    assert (assign(name, USUAL) != assign(name, USUAL, seed=1)).any()


@pytest.mark.parametrize("name", ["group", "hash", "stratified_group", "time"])
def test_split_goes_by_values_and_not_by_the_order_of_the_rows(name: str) -> None:
    module, table = plugins.load("splits", name), split_table().collect()
    order, ratios = np.random.default_rng(7).permutation(N_ROWS), Ratios(train=0.6, val=0.2, test=0.2)
    knobs = module.Params(**GOES_BY[name])
    one, other = (
        module.assign(rows.lazy(), ["kind"], knobs, ratios, np.random.default_rng(0)) for rows in (table, table[order])
    )
    assert (one[order] == other).all()


@pytest.mark.parametrize("name", [name for name in SPLITS if hasattr(plugins.load("splits", name), "KEEPS_APART")])
def test_split_keeps_apart_what_it_says(name: str) -> None:
    labels, by = assign(name, USUAL), split_table().collect()[GOES_BY[name]["by"]]
    seen = [set(by.filter(pl.Series(labels == index))) for index in range(3)]
    assert all(seen)
    assert not seen[0] & seen[1] | seen[0] & seen[2] | seen[1] & seen[2]


@pytest.mark.parametrize("name", [name for name in SPLITS if "by" in plugins.load("splits", name).Params.model_fields])
def test_a_column_that_is_not_there_is_one_sentence(name: str) -> None:
    module = plugins.load("splits", name)
    with pytest.raises(InputError) as raised:
        module.assign(split_table(), ["kind"], module.Params(by="units"), USUAL, np.random.default_rng(0))
    assert str(raised.value) == (f"params.yaml: split.{name}.by: the table has no column 'units'; did you mean 'unit'?")


@pytest.mark.parametrize("target", ["kind", "x"])
def test_a_stratified_split_keeps_the_targets_balance(target: str) -> None:
    labels, values = assign("stratified", USUAL, target=target), split_table().collect()[target]
    if target == "kind":
        for kind in ("a", "b", "c"):
            shares = np.bincount(labels[(values == kind).to_numpy()]) / (values == kind).sum()
            np.testing.assert_allclose(shares, [0.7, 0.15, 0.15], atol=0.015)
    else:
        edges = np.quantile(values, np.linspace(0, 1, 11))
        inner = [np.bincount(labels[(values >= low) & (values < high)], minlength=3) for low, high in pairwise(edges)]
        assert abs(np.array(inner) - [70, 15, 15]).max() <= 2


def test_a_stratified_split_leaves_no_class_without_a_train_example() -> None:
    module = plugins.load("splits", "stratified")
    table = pl.LazyFrame({"#row": range(26), "y": list("abcdefghijklm") * 2})
    labels = module.assign(table, ["y"], module.Params(), USUAL, np.random.default_rng(0))
    assert set(np.array(list("abcdefghijklm") * 2)[labels == 0]) == set("abcdefghijklm")


def test_a_given_split_is_taken_as_it_is() -> None:
    words = split_table().collect()["split"].str.to_lowercase().to_list()
    expected = [["train", "validation", "test"].index(word) for word in words]
    assert assign("given", USUAL).tolist() == expected == assign("given", USUAL, seed=1).tolist()


def test_a_given_split_without_validation_examples_cuts_them_from_train() -> None:
    module, table = (
        plugins.load("splits", "given"),
        pl.LazyFrame({"#row": range(100), "split": ["train"] * 80 + ["test"] * 20}),
    )
    for val, expected in ((0.15, [66, 14, 20]), (0.0, [80, 0, 20])):
        ratios = Ratios(train=0.85 - val, val=val, test=0.15)
        labels = module.assign(table, ["y"], module.Params(), ratios, np.random.default_rng(0))
        assert np.bincount(labels, minlength=3).tolist() == expected
        assert (labels[80:] == 2).all()


# Tasks


def prepared(name: str, **target: Any) -> dict[str, Any]:
    task = Task(
        name="auto", positive=None, order=None, scale_target=True, transform=None, threshold=None, calibrate=None
    )
    state: dict[str, Any] = plugins.load("tasks", name).prepare(task, Loss(name="auto"), {"name": "y", "state": target})
    return state


def classification(n_classes: int) -> tuple[dict[str, Any], Array, Array, Array]:
    """State, truth and two predictions of classes."""
    generator = np.random.default_rng(0)
    truth = generator.integers(0, n_classes, 200)
    trained, untrained = generator.dirichlet(np.ones(n_classes), (2, 200)).astype(np.float32)
    trained[np.arange(200), truth] += 0.5
    trained = trained.astype(float) / trained.sum(1, keepdims=True, dtype=float)
    classes = [f"class {letter}" for letter in "abcdef"[:n_classes]]
    return prepared("classification", classes=classes, counts=[1] * n_classes), truth, trained, untrained


def ordinal() -> tuple[dict[str, Any], Array, Array, Array]:
    """State, truth and two predictions of five grades."""
    _, truth, trained, untrained = classification(5)
    grades = [str(grade) for grade in range(8, 13)]
    return prepared("ordinal", classes=grades, counts=[1] * 5), truth, trained, untrained


def regression() -> tuple[dict[str, Any], Array, Array, Array]:
    """State, truth and two predictions of numbers."""
    generator = np.random.default_rng(0)
    truth = 100 + 20 * generator.normal(size=200)
    trained, untrained = truth + 5 * generator.normal(size=200), 100 + generator.normal(size=200)
    grid = np.quantile(truth, np.linspace(0, 1, 257)).tolist()
    return prepared("regression", mean=100.0, std=20.0, grid=grid), truth, trained, untrained


SETTINGS = {
    "two classes": classification(2),
    "four classes": classification(4),
    "grades": ordinal(),
    "number": regression(),
}


def task_of(state: dict[str, Any]) -> Any:
    return plugins.load("tasks", state["name"])


def test_settings_cover_every_task() -> None:
    assert {state["name"] for state, *_ in SETTINGS.values()} == set(TASKS)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_has_all_that_its_contract_names(name: str) -> None:
    task = plugins.load("tasks", name)
    assert set(task.TARGET_TYPES) <= set(COLUMNS)
    assert task.DEFAULT_LOSS.endswith("Loss")
    assert {type(greater) for greater in task.METRICS.values()} == {bool}
    assert task.METRICS[task.MAIN_METRIC] == task.GREATER_IS_BETTER
    assert task.BASELINE_MEANS


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_task_predicts_from_the_logits_of_every_member(setting: str) -> None:
    state = SETTINGS[setting][0]
    logits = torch.randn(5, 3, state["outputs"])
    prediction = task_of(state).predict(logits, state)
    if state["name"] == "regression":
        assert (prediction.shape, prediction.dtype) == ((5,), torch.float64)
        torch.testing.assert_close(prediction, logits.double().mean((1, 2)) * 20 + 100)
    else:
        assert (prediction.shape, prediction.dtype) == ((5, len(state["classes"])), torch.float32)
        torch.testing.assert_close(prediction.sum(1), torch.ones(5))
        assert (prediction > 0).all()
    if state["name"] == "classification":
        torch.testing.assert_close(prediction, logits.softmax(2).mean(1))


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_scaled_target_is_what_the_loss_compares_with(setting: str) -> None:
    state, truth, *_ = SETTINGS[setting]
    scaled = task_of(state).scale_target(truth, state)
    if state["name"] == "regression":
        np.testing.assert_allclose(scaled, (truth - 100) / 20, rtol=1e-6, atol=1e-6)
        assert scaled.dtype == np.float32
    else:
        assert scaled is truth


@pytest.mark.parametrize("setting", SETTINGS)
def test_metrics_are_finite_and_the_main_one_is_the_first(setting: str) -> None:
    state, truth, trained, untrained = SETTINGS[setting]
    task = task_of(state)
    for prediction in (trained, untrained, task.baseline(truth, len(truth), state)):
        measured = task.metrics(truth, prediction, state)
        assert all(math.isfinite(value) for value in measured.values())
        assert next(iter(measured)) == task.MAIN_METRIC
        assert measured[task.MAIN_METRIC] == pytest.approx(task.main_metric(truth, prediction, state))


def test_every_metric_says_its_direction_and_none_is_listed_that_no_target_has() -> None:
    measured: dict[str, set[str]] = {name: set() for name in TASKS}
    for state, truth, trained, _ in SETTINGS.values():
        measured[state["name"]] |= set(task_of(state).metrics(truth, trained, state))
    two_grades, truth, trained, _ = SETTINGS["two classes"]
    measured["ordinal"] |= set(plugins.load("tasks", "ordinal").metrics(truth, trained, two_grades))
    assert measured == {name: set(plugins.load("tasks", name).METRICS) for name in TASKS}


def test_tasks_agree_on_the_direction_of_a_metric() -> None:
    found = {item for task in plugins.load_all("tasks").values() for item in task.METRICS.items()}
    assert len({metric for metric, _ in found}) == len(found)


@pytest.mark.parametrize("setting", SETTINGS)
def test_metrics_of_one_example_are_finite(setting: str) -> None:
    state, truth, trained, _ = SETTINGS[setting]
    measured = evaluation.measure({"task": state}, truth[:1], trained[:1])
    assert all(math.isfinite(value) for value in measured.values())


def test_metrics_of_numbers_are_scikit_learns() -> None:
    state, truth, prediction, _ = SETTINGS["number"]
    assert task_of(state).metrics(truth, prediction, state) == pytest.approx({
        "rmse": sk.root_mean_squared_error(truth, prediction),
        "mae": sk.mean_absolute_error(truth, prediction),
        "median_absolute_error": sk.median_absolute_error(truth, prediction),
        "max_error": sk.max_error(truth, prediction),
        "r2": sk.r2_score(truth, prediction),
        "explained_variance": sk.explained_variance_score(truth, prediction),
    })  # fmt: skip


@pytest.mark.parametrize("positive", [0, 1])
def test_metrics_of_two_classes_are_scikit_learns(positive: int) -> None:
    state, truth, prediction, _ = SETTINGS["two classes"]
    label, score = prediction.argmax(1), prediction[:, positive]
    measured = task_of(state).metrics(truth, prediction, state | {"positive": positive})
    assert measured == pytest.approx({
        "accuracy": sk.accuracy_score(truth, label),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, label),
        "matthews_corrcoef": sk.matthews_corrcoef(truth, label),
        "log_loss": sk.log_loss(truth, prediction),
        "precision": sk.precision_score(truth, label, pos_label=positive),
        "recall": sk.recall_score(truth, label, pos_label=positive),
        "f1": sk.f1_score(truth, label, pos_label=positive),
        "brier_score_loss": sk.brier_score_loss(truth == positive, score),
        "roc_auc": sk.roc_auc_score(truth == positive, score),
        "average_precision": sk.average_precision_score(truth == positive, score),
    })  # fmt: skip


def test_metrics_of_more_classes_are_scikit_learns() -> None:
    state, truth, prediction, _ = SETTINGS["four classes"]
    label, one_hot = prediction.argmax(1), np.eye(4)[truth]
    assert task_of(state).metrics(truth, prediction, state) == pytest.approx({
        "accuracy": sk.accuracy_score(truth, label),
        "balanced_accuracy": sk.balanced_accuracy_score(truth, label),
        "matthews_corrcoef": sk.matthews_corrcoef(truth, label),
        "log_loss": sk.log_loss(truth, prediction),
        "precision_macro": sk.precision_score(truth, label, average="macro"),
        "recall_macro": sk.recall_score(truth, label, average="macro"),
        "f1_macro": sk.f1_score(truth, label, average="macro"),
        "brier_score_loss": ((prediction - one_hot) ** 2).sum(1).mean(),
        "roc_auc_ovr": sk.roc_auc_score(truth, prediction, multi_class="ovr"),
        "average_precision_macro": sk.average_precision_score(one_hot, prediction, average="macro"),
    })  # fmt: skip


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_baseline_knows_only_the_train_targets(setting: str) -> None:
    state, truth, *_ = SETTINGS[setting]
    prediction = task_of(state).baseline(truth, 3, state)
    shares = truth.mean() if state["name"] == "regression" else np.bincount(truth) / len(truth)
    np.testing.assert_allclose(prediction, np.array([shares] * 3))


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_task_tabulates_and_draws_its_predictions(setting: str) -> None:
    state, truth, trained, untrained = SETTINGS[setting]
    task = task_of(state)
    table = task.table(truth, trained, untrained, state)
    assert {"truth", "prediction", "untrained"} <= set(table)
    assert all(len(column) == len(truth) for column in table.values())
    drawn, rows = task.draw(truth, trained, untrained, state, "the target")
    assert "before_and_after" in drawn
    assert all(isinstance(figure, Figure) for figure in drawn.values())
    assert rows
    assert all(isinstance(row, dict) for table in rows.values() for row in table)

"""Export: raw columns go in, the evaluated predictions come out, with nothing of Plumbline needed."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import polars as pl
import pytest
import torch

from plumbline import plugins
from plumbline.encoding import encode_features
from plumbline.examples import Examples
from plumbline.files import read_json
from tests import project
from tests.conftest import Make

FORMATS = ["onnx", "pt2", "torchscript"]
NASTY = {
    "number": "label", "town": "town of birth 🎈", "flag": 'a "flag"', "day": "input", "b": "prediction",
    "c": "probabilities", "d": "inner.network.heads.0.bias", "e": "front.0", "f": "prediction_", "g": "back.constant.0",
    "h": "label_", "i": "batch", "j": "a\nb", "k": "inner.output",
}  # fmt: skip
_SERVE = """
import sys
import numpy as np, onnxruntime, polars as pl
assert sys.path[0] == "" and not any(name.startswith("plumbline") for name in sys.modules)
session = onnxruntime.InferenceSession("models/export/model.onnx", providers=["CPUExecutionProvider"])
predictions = pl.read_parquet("data/predictions.parquet").filter(split="test")
table = pl.read_parquet("table.parquet")[predictions["row"].to_list()]
feed = {
    "number": table["number"].fill_null(float("nan")).to_numpy()[:, None],
    "town": np.array(table["town"].fill_null("").str.strip_chars().to_list(), dtype=object)[:, None],
    "flag": table["flag"].cast(float).fill_null(float("nan")).to_numpy()[:, None],
    "day": np.array(table["day"].dt.strftime("%Y-%m-%d %H:%M").fill_null("").to_list(), dtype=object)[:, None],
}
label, probabilities = session.run(None, feed)
assert (label[:, 0] == predictions["prediction"].to_numpy()).all()
expected = predictions.select("probability: big", "probability: small").to_numpy()
assert abs(probabilities - expected).max() < 1e-6
print(len(label))
"""


def nasty_table(target: str) -> pl.DataFrame:
    """Every column type under names that collide with the graph's, with unseen categories in the last rows."""
    table = project.mixed_table().drop("kind" if target == "amount" else "amount")
    town = (
        pl.when(pl.int_range(pl.len()) < 120)
        .then(pl.col("town"))
        .otherwise(pl.lit("unseen ") + pl.col("flag").cast(str))
    )
    split = pl.when(pl.int_range(pl.len()) < 120).then(pl.lit("train")).otherwise(pl.lit("test"))
    others = {name: (pl.col("number") * 10 + i).sin() for i, name in enumerate("bcdefghijk")}
    return table.with_columns(town=town, split=split, **others).rename(NASTY)


@pytest.fixture(scope="module", params=["kind", "amount"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished project of nasty names in every format: classes, and numbers."""
    folder = tmp_path_factory.mktemp("exported") / "project"
    changes = {"split.name": "given", "ingest.target": request.param, "export.formats": FORMATS, "model.name": "tabm"}
    project.make_project(folder, nasty_table(request.param), **changes, **{"train.optimizer.lr": 0.05})
    with project.inside(folder):
        project.run("ingest", "split", "train", "evaluate", "export")
    return folder


@pytest.fixture
def in_exported(exported: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project as current folder, to be read only."""
    monkeypatch.chdir(exported)
    return exported


def session() -> Any:
    return onnxruntime.InferenceSession("models/export/model.onnx", providers=["CPUExecutionProvider"])


def raw_feed(table: pl.DataFrame) -> dict[str, np.ndarray[Any, Any]]:
    features = read_json(Path("models/recipe.json"))["features"]
    return {item["name"]: plugins.load("columns", item["type"]).raw(table[item["name"]]) for item in features}


def test_the_export_is_reported(in_exported: Path) -> None:
    report = read_json(Path("reports/export.json"))
    assert report["formats"] == FORMATS
    assert [check["format"] for check in report["checks"]] == FORMATS
    assert all(check["passed"] and check["batch_sizes"] == [1, 2, 7] for check in report["checks"])
    names = ["model.onnx", "model.pt2", "model.torchscript", "signature.json"]
    assert (
        [file["name"] for file in report["files"]]
        == names
        == sorted(path.name for path in Path("models/export").iterdir())
    )


def test_the_signature_lists_the_inputs_in_the_sources_order(in_exported: Path) -> None:
    signature = read_json(Path("models/export/signature.json"))
    source = pl.read_parquet("table.parquet").columns
    wanted = [name for name in source if name not in ("split", "kind", "amount")]
    assert (
        [entry["name"] for entry in signature["inputs"]] == wanted == [entry.name for entry in session().get_inputs()]
    )
    town = next(entry for entry in signature["inputs"] if entry["name"] == NASTY["town"])
    assert town["state"]["vocabulary"] == sorted(town["state"]["vocabulary"])
    assert (town["dtype"], town["shape"]) == ("string", ["batch", 1])
    (target,) = signature["targets"]
    assert target["outputs"] == [entry.name for entry in session().get_outputs()]
    assert not set(target["outputs"]) & set(wanted)


def test_the_graphs_types_and_shapes_are_those_of_the_signature(in_exported: Path) -> None:
    inputs = read_json(Path("models/export/signature.json"))["inputs"]
    assert [(entry.name, entry.type, entry.shape) for entry in session().get_inputs()] == [
        (entry["name"], f"tensor({entry['dtype']})", entry["shape"]) for entry in inputs
    ]


def test_the_onnx_file_tells_nothing_of_where_it_was_made(in_exported: Path) -> None:
    content = Path("models/export/model.onnx").read_bytes()
    for word in (str(in_exported), str(project.ROOT), sys.prefix, "site-packages", "/tmp", ".py", torch.__version__):  # noqa: S108
        assert word.encode() not in content
    model = onnx.load_from_string(content)
    assert not model.metadata_props
    assert not model.doc_string
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)


@pytest.mark.parametrize("name", ["model.pt2", "model.onnx", "signature.json"])
def test_default_formats_hold_no_path_of_the_project(in_exported: Path, name: str) -> None:
    content = Path("models/export", name).read_bytes()
    assert str(in_exported).encode() not in content
    assert str(project.ROOT).encode() not in content


def test_an_empty_text_is_a_missing_value_and_any_other_unknown_text_is_unseen(in_exported: Path) -> None:
    table = Examples.open(Path("data/examples.parquet")).scan().head(1).collect()
    feed = raw_feed(table)
    name = NASTY["town"]
    by_text = {}
    for text in ("", "東京", "never seen", "nor this"):
        by_text[text] = session().run(None, feed | {name: np.array([[text]], dtype=object)})[-1]
    assert (by_text["never seen"] == by_text["nor this"]).all()
    assert len({value.tobytes() for value in by_text.values()}) == 3


def test_a_rows_prediction_does_not_depend_on_its_batch(in_exported: Path) -> None:
    table = Examples.open(Path("data/examples.parquet")).scan().collect()
    together = session().run(None, raw_feed(table))[-1]
    alone = np.concatenate([session().run(None, raw_feed(table[row : row + 1]))[-1] for row in range(20)])
    np.testing.assert_allclose(alone, together[:20], rtol=1e-5, atol=1e-6)


def test_torch_formats_predict_from_encoded_tensors(in_exported: Path) -> None:
    recipe = read_json(Path("models/recipe.json"))
    table = Examples.open(Path("data/examples.parquet")).scan().head(5).collect()
    blocks = {kind: torch.from_numpy(block) for kind, block in encode_features(table, recipe["features"]).items()}
    expected = session().run(None, raw_feed(table))[-1]
    program = torch.export.load("models/export/model.pt2").module()
    for module in (program, torch.jit.load("models/export/model.torchscript")):
        with torch.inference_mode():
            (prediction,) = module(blocks)
        np.testing.assert_allclose(prediction.numpy().reshape(expected.shape), expected, rtol=1e-5, atol=1e-5)


def test_the_onnx_file_alone_predicts_from_raw_columns_what_was_evaluated(in_finished_mixed: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", _SERVE], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert int(ran.stdout) == read_json(Path("reports/split.json"))["sizes"]["test"]


def test_weights_that_are_not_the_evaluated_ones_stop_the_stage_with_the_deviation(in_finished_mixed: Path) -> None:
    before = project.contents(Path("models/export")) | project.contents(Path("reports"))
    weights = torch.load("models/model.pt", weights_only=True)
    weights["heads.0.bias"] += torch.tensor([0.1, -0.1])
    torch.save(weights, "models/model.pt")
    text = project.refusal("export")
    assert re.fullmatch(
        r"models/export/model.onnx: deviates by 0\.0\d+ from the evaluated model at batch size \d+, more than 0.0001; "
        "leave onnx out of export.formats and report the model",
        text,
    )
    assert project.contents(Path("models/export")) | project.contents(Path("reports")) == before


def test_a_weight_that_is_no_number_stops_the_stage(in_finished_mixed: Path) -> None:
    weights = torch.load("models/model.pt", weights_only=True)
    weights["heads.0.bias"] += float("nan")
    torch.save(weights, "models/model.pt")
    assert project.refusal("export") == (
        "models/model.pt: its weights do not come back as they were saved; run the train stage again"
    )


def test_only_the_formats_asked_for_are_written(in_finished_mixed: Path) -> None:
    project.change_params(**{"export.formats": ["pt2"]})
    project.run("export")
    assert sorted(path.name for path in Path("models/export").iterdir()) == ["model.pt2", "signature.json"]


def test_predictions_are_in_the_targets_own_words(in_finished_mixed: Path) -> None:
    predictions = pl.read_parquet("data/predictions.parquet")
    table = pl.read_parquet("table.parquet")
    assert predictions["truth"].to_list() == table["kind"][predictions["row"].to_list()].to_list()
    assert set(predictions["prediction"]) <= {"big", "small"}
    assert set(predictions["split"]) == {"val", "test"}
    assert {"probability: big", "probability: small", "untrained: big", "untrained: small"} <= set(predictions.columns)


FAR: dict[str, tuple[pl.DataFrame, dict[str, Any]]] = {
    "a tiny deviation": (project.number_table().with_columns(a=pl.col("a") * 1e-6 + 1), {}),
    "a huge number in a test row": (
        project.number_table().with_columns(
            a=pl.when(pl.int_range(pl.len()) == 119).then(1e300).otherwise(pl.col("a")),
            split=pl.when(pl.int_range(pl.len()) < 100).then(pl.lit("train")).otherwise(pl.lit("test")),
        ),
        {"split.name": "given"},
    ),
    "counts": (
        project.number_table().with_columns(y=pl.col("y").clip(0).round()),
        {"train.loss.name": "PoissonNLLLoss", "task.scale_target": False},
    ),
    "huge targets": (project.number_table().with_columns(y=pl.col("y") * 1e12), {}),
    "raw numbers": (project.number_table(), {"columns.number.scale": "none", "encoders.number.name": "plain"}),
    "a column without a value": (project.number_table().with_columns(b=pl.lit(None, dtype=pl.Float64)), {}),
    "dates of one day": (project.number_table().with_columns(b=pl.lit(datetime.date(2024, 2, 29))), {}),
    "two members": (project.number_table(), {"model.name": "tabm"}),
    "a variance": (project.number_table(), {"train.loss.name": "GaussianNLLLoss"}),
}


@pytest.mark.parametrize("case", FAR)
def test_a_model_of_odd_numbers_is_exported(in_project: Make, case: str) -> None:
    table, changes = FAR[case]
    in_project(table, **{"model.name": "linear", **changes})
    project.run("ingest", "split", "train", "evaluate", "export")
    assert json.loads(Path("reports/export.json").read_text())["checks"][0]["passed"]
    assert pl.read_parquet("data/predictions.parquet")["prediction"].is_finite().all()


WORDS = ["a", "b"] * 30
GIVEN = {"split.name": "given", "split.ratios": {"train": 0.8, "val": 0, "test": 0.2}}
ODD: dict[str, tuple[pl.DataFrame, dict[str, Any]]] = {
    "a boolean target": (project.mixed_table().drop("amount", "kind"), {"ingest.target": "flag"}),
    "a target with missing values": (project.mixed_table().drop("amount", "kind"), {"ingest.target": "town"}),
    "one member": (project.class_table(), {"model.name": "tabm", "model.tabm.members": 1}),
    "separate members": (project.class_table(), {"model.name": "tabm", "model.tabm.variant": "tabm-packed"}),
    "batches of one": (project.class_table(), {"train.batch_size": 1, "model.name": "tabm"}),
    "one batch": (project.class_table(), {"train.batch_size": None, "compute.precision": "bfloat16"}),
    "one test class": (project.class_table(20), {"split.ratios": {"train": 0.9, "val": 0.05, "test": 0.05}}),
    "one test number": (project.number_table(20), {"split.ratios": {"train": 0.9, "val": 0.05, "test": 0.05}}),
    "sixty classes": (pl.DataFrame({"x": range(300), "y": [f"c{i % 60}" for i in range(300)]}), {}),
    "a class that no test example has": (
        pl.DataFrame({"x": range(48), "y": ["a", "b", "c"] * 12 + ["a"] * 12, "split": ["train"] * 36 + ["test"] * 12}),
        GIVEN,
    ),
    "numbers as classes": (pl.DataFrame({"x": range(60), "y": [i % 3 for i in range(60)]}), {}),
    "classes of any letters": (pl.DataFrame({"x": range(60), "y": ['a"b, <c>', "x\ny", "ü 🎈"] * 20}), {}),
    "no resamples, no formats": (project.class_table(), {"evaluate.bootstrap": 0, "export.formats": []}),
    "a constant feature": (pl.DataFrame({"x": [1.0] * 60, "y": WORDS}), {"ingest.columns": {"x": "number"}}),
    "features without a value": (
        project.class_table(60).with_columns(
            number=pl.lit(None, dtype=pl.Float64), date=pl.lit(None, dtype=pl.Date), none=pl.lit(None),
            word=pl.lit(None, dtype=pl.String), flag=pl.lit(None, dtype=pl.Boolean),
        ),
        {},
    ),
    "huge whole numbers": (
        pl.DataFrame({"x": pl.Series([2**63 + i for i in range(60)], dtype=pl.UInt64), "y": WORDS}),
        {"ingest.columns": {"x": "number"}},
    ),
    "decimals": (pl.DataFrame({"x": pl.Series(["1.10", "2.25", None] * 20).cast(pl.Decimal(10, 2)), "y": WORDS}), {}),
    "an enumeration": (pl.DataFrame({"x": pl.Series(["u", "v"] * 30, dtype=pl.Enum(["u", "v"])), "y": WORDS}), {}),
    "times of a zone": (
        pl.DataFrame({"x": [datetime.datetime(2020, 1, 1 + i % 28) for i in range(60)], "y": WORDS}).with_columns(
            pl.col("x").dt.replace_time_zone("Europe/Berlin")
        ),
        {},
    ),
    "nanoseconds": (
        pl.DataFrame({"x": pl.Series(range(60)).cast(pl.Datetime("ns")), "y": WORDS}),
        {"ingest.columns": {"x": "datetime"}},
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", ODD)
def test_an_odd_table_goes_through_every_stage(in_project: Make, case: str) -> None:
    table, changes = ODD[case]
    in_project(table, **changes)
    project.run(*project.STAGES)
    assert all(check["passed"] for check in read_json(Path("reports/export.json"))["checks"])

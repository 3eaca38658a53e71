"""The check of params.yaml: a sentence for every mistake, all at once; YAML by the rules of version 1.2."""

from pathlib import Path
from typing import Any

import pytest

from plumbline.check import find_mistakes
from plumbline.errors import InputError
from plumbline.params import Params, read_params
from plumbline.yaml12 import read_yaml
from tests.project import GONE, ROOT, changed, write_params

DEFAULT = read_yaml(ROOT / "params.yaml")


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("table.csv").write_text("x,y\n1,2\n")


def mistakes(**changes: Any) -> list[str]:
    return find_mistakes(changed(DEFAULT, {"ingest.source": "table.csv", **changes}))


ONE_MISTAKE: list[tuple[dict[str, Any], str]] = [
    # unknown keys
    ({"train.epoch": 3}, "train.epoch: unknown key; did you mean epochs?"),
    ({"model.tabm.with": 3}, "model.tabm.with: unknown key; did you mean width?"),
    ({"model.resnet": {}}, "model.resnet: unknown key; known here: name, linear, mlp, tabm"),
    (
        {"train.optimizer.AdamW.weight_dacay": 0.1},
        "train.optimizer.AdamW.weight_dacay: unknown key; did you mean weight_decay?",
    ),
    ({"train.optimizer.Adamw": {}}, "train.optimizer.Adamw: unknown key; did you mean AdamW?"),
    ({"encoders.picture": {}}, "encoders.picture: unknown key; known here: audio, boolean, category, datetime, number"),
    ({"models": {}}, "models: unknown key; did you mean model?"),
    # missing keys
    ({"seed": GONE}, "seed: is missing"),
    ({"train.epochs": GONE}, "train.epochs: is missing"),
    ({"encoders.boolean": GONE}, "encoders.boolean: is missing"),
    ({"model.tabm": GONE}, "model.tabm: is missing; write `tabm: {}` under model"),
    ({"split.stratified": GONE}, "split.stratified: is missing; write `stratified: {}` under split"),
    (
        {"encoders.category.embedding": GONE},
        "encoders.category.embedding: is missing; write `embedding: {}` under encoders.category",
    ),
    # wrong types and values
    ({"train.epochs": "10"}, 'train.epochs: is "10", should be a whole number'),
    ({"train.epochs": 1.5}, "train.epochs: is 1.5, should be a whole number"),
    ({"train.epochs": True}, "train.epochs: is true, should be a whole number"),
    ({"train.epochs": 0}, "train.epochs: is 0, should be at least 1"),
    ({"train.batch_size": "all"}, 'train.batch_size: is "all", should be a whole number or null'),
    ({"train.optimizer.lr": "fast"}, 'train.optimizer.lr: is "fast", should be a number'),
    ({"train.optimizer.lr": 0}, "train.optimizer.lr: is 0, should be more than 0"),
    ({"model.tabm.dropout": 1}, "model.tabm.dropout: is 1, should be less than 1"),
    ({"encoders.number.piecewise.bins": 500}, "encoders.number.piecewise.bins: is 500, should be at most 256"),
    (
        {"split.time.gap": "7 days"},
        'split.time.gap: is "7 days", should be a span as 7d (w, d, h, m, s) of dates, or a number; rows within it '
        "before a border are in no split",
    ),
    ({"split.time.gap": 0}, "split.time.gap: is 0, should be more than 0"),
    ({"split.leaks.action": "stop"}, 'split.leaks.action: is "stop", should be one of report, fail'),
    ({"split.leaks": GONE}, "split.leaks: is missing"),
    ({"task.scale_target": "yes"}, 'task.scale_target: is "yes", should be true or false'),
    ({"ingest.drop": "id"}, 'ingest.drop: is "id", should be a list'),
    ({"seed": 10**30}, 'seed: is 1000000000000000000000000000000, should be less than 2^53'),
    ({"seed": 1e308}, 'seed: is 1e+308, should be a whole number'),
    ({"ingest.target": 3}, 'ingest.target: is 3, should be a text or a list'),
    ({"ingest.target": []}, 'ingest.target: is [], should be a list of at least 1'),
    ({"train.early_stopping": None}, "train.early_stopping: is null, should be a section with keys"),
    ({"model.linear": {"width": 3}}, "model.linear.width: unknown key; no key is known here"),
    ({"ingest.duplicates": "dorp"}, 'ingest.duplicates: is "dorp", should be one of keep, drop; did you mean drop?'),
    (
        {"ingest.columns": {"zip": "categori"}},
        'ingest.columns.zip: is "categori", should be one of audio, boolean, category, datetime, number; '
        "did you mean category?",
    ),
    ({"model.name": "tabn"}, 'model.name: is "tabn", should be one of linear, mlp, tabm; did you mean tabm?'),
    ({"export.formats": ["onxx"]}, 'export.formats.0: is "onxx", should be one of onnx, pt2, torchscript; '
     "did you mean onnx?"),
    ({"train.class_weights": "even"}, 'train.class_weights: is "even", should be one of balanced, null'),
    ({"compute.device": "gpu"}, 'compute.device: is "gpu", should be cpu, cuda, cuda:0, …'),
    ({"ingest.csv.separator": "ab"}, 'ingest.csv.separator: is "ab", should be the sign between cells, '
     "whitespace for runs of blanks, or auto"),
    ({"ingest.csv.names": []}, "ingest.csv.names: is [], should be a list of at least 1"),
    # one key against another
    (
        {"compute.device": "cuda"},
        "compute.reproducible: is everywhere, which no cuda device keeps; machine or fast goes with it",
    ),
    ({"split.ratios.test": 0.2}, "split.ratios: sum to 1.05, should sum to 1"),
    (
        {"split.name": "group"},
        "split.group.by: is null; split.name group needs the column, or a list of columns, in which the rows of a "
        "group are equal; the model does not learn from it",
    ),
    (
        {"split.name": "stratified_group", "split.stratified_group": {}},
        "split.stratified_group.by: is null; split.name stratified_group needs the column, or a list of columns, in "
        "which the rows of a group are equal; the model does not learn from it",
    ),
    (
        {"split.name": "time"},
        "split.time.by: is null; split.name time needs the column of dates or numbers that orders the rows; a row "
        "without a value is in no split",
    ),
    ({"ingest.source": "tabel.csv"}, "ingest.source: tabel.csv: no such file or folder"),
    (
        {"ingest.source": "https://example.org/a/houses.csv?raw=1"},
        "ingest.source: is a URL, should be a file; `dvc import-url URL data/raw/houses.csv` fetches it, "
        "then ingest.source is data/raw/houses.csv",
    ),
    (
        {"ingest.source": "postgresql://user:secret@host/sales"},
        "ingest.source: is the URL of a database, should be a .sql file with a query, which README.md explains",
    ),
    ({"train.start_from": "none.pt"}, "train.start_from: models/start/none.pt: no such file"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "sentence"), ONE_MISTAKE, ids=[sentence for _, sentence in ONE_MISTAKE])
def test_a_mistake_is_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert mistakes(**changes) == [sentence]


def test_a_torch_class_that_does_not_exist_is_named_with_a_close_one() -> None:
    (sentence,) = mistakes(**{"train.optimizer.name": "adamw"})
    assert sentence.startswith('train.optimizer.name: is "adamw", should be one of ASGD, Adadelta, ')
    assert sentence.endswith("; did you mean AdamW?")


@pytest.mark.parametrize("key", ["train.loss.name", "train.scheduler.name"])
def test_losses_and_schedulers_that_yaml_cannot_hold_are_not_offered(key: str) -> None:
    for name in ("LambdaLR", "SequentialLR", "TripletMarginLoss", "Module"):
        (sentence,) = mistakes(**{key: name})
        assert sentence.startswith(f'{key}: is "{name}", should be one of ')


def test_all_mistakes_are_told_at_once_in_the_order_of_the_keys() -> None:
    assert mistakes(**{"train.epochs": 0, "plot.columns": "all", "seed": GONE, "modell": {}}) == [
        "modell: unknown key; did you mean model?",
        "seed: is missing",
        'plot.columns: is "all", should be a whole number',
        "train.epochs: is 0, should be at least 1",
    ]


def test_all_cross_checks_are_told_at_once() -> None:
    assert mistakes(**{"compute.device": "cuda", "split.ratios.val": 0.2, "ingest.source": "none.csv"}) == [
        "compute.reproducible: is everywhere, which no cuda device keeps; machine or fast goes with it",
        "ingest.source: none.csv: no such file or folder",
        "split.ratios: sum to 1.05, should sum to 1",
    ]


def test_a_mistake_in_one_section_does_not_hide_the_cross_checks_of_the_others() -> None:
    assert mistakes(**{"train.epochs": 0, "split.ratios.val": 0.2, "split.seeds": 1, "ingest.source": "none.csv"}) == [
        "split.seeds: unknown key; known here: name, ratios, leaks, given, "
        "group, hash, random, stratified, stratified_group, time",
        "train.epochs: is 0, should be at least 1",
        "ingest.source: none.csv: no such file or folder",
        "split.ratios: sum to 1.05, should sum to 1",
    ]


@pytest.mark.parametrize("params", [None, [], [1], "text", 3])
def test_what_is_no_mapping_is_one_sentence(params: Any) -> None:
    assert find_mistakes(params) == ["holds no keys; it needs the sections that the README lists"]


def test_an_empty_mapping_misses_every_section() -> None:
    assert find_mistakes({}) == [f"{name}: is missing" for name in Params.model_fields]


def test_what_the_check_lets_pass_pydantic_reads() -> None:
    write_params(changed(DEFAULT, {"ingest.source": "table.csv"}))
    params = read_params()
    assert params.train.optimizer.knobs == DEFAULT["train"]["optimizer"]["AdamW"]
    assert params.model.knobs == DEFAULT["model"]["tabm"]
    assert params.encoders.choice("number").knobs == DEFAULT["encoders"]["number"]["piecewise"]
    assert params.columns.knobs("number") == DEFAULT["columns"]["number"]
    assert params.train.loss.knobs == {}


def test_every_mistake_in_the_file_has_its_line() -> None:
    write_params(changed(DEFAULT, {"ingest.source": "table.csv", "train.epochs": 0, "plot.columns": 0}))
    with pytest.raises(InputError) as caught:
        read_params()
    assert str(caught.value) == (
        "params.yaml: plot.columns: is 0, should be at least 1\nparams.yaml: train.epochs: is 0, should be at least 1"
    )


# YAML 1.2


def read(text: str) -> Any:
    Path("x.yaml").write_text(text)
    return read_yaml(Path("x.yaml"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-5", 1e-5), ("1E3", 1000.0), (".5", 0.5), ("1.", 1.0), ("-3", -3), ("+3", 3), ("012", 12), ("0.70", 0.7),
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("true", True), ("False", False), ("null", None),
        ("~", None), ("", None), ("1_000", "1_000"), ("1:30", "1:30"), ("2024-01-01", "2024-01-01"), ("'1'", "1"),
        ("y", "y"), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars_are_read_by_yaml_1_2(text: str, value: Any) -> None:
    read_value = read(f"key: {text}\n")["key"]
    assert (read_value, type(read_value)) == (value, type(value))


def test_numbers_are_read_as_dvc_reads_them() -> None:
    from ruamel.yaml import YAML  # DVC's reader

    text = (ROOT / "params.yaml").read_text()
    assert read(text) == YAML(typ="safe").load(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [1, 2", "x.yaml: line 1: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\nb: c: 2\n", "x.yaml: line 2: mapping values are not allowed here"),
        ("a: 1\nb: 2\na: 3\n", "x.yaml: line 3: key 'a' is given twice"),
        ("a: !!python/object:os.system 1", "x.yaml: line 1: could not determine a constructor for the tag "
         "'tag:yaml.org,2002:python/object:os.system'"),
        ("a: 1\n---\nb: 2\n", "x.yaml: line 2: but found another document"),
        ("? [1, 2]\n: 3\n", "x.yaml: line 1: found unhashable key"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_names_its_line(text: str, sentence: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text)
    assert str(caught.value) == sentence


def test_bytes_that_are_no_utf_8_are_one_sentence() -> None:
    Path("x.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(InputError, match=r"^x\.yaml: is not UTF-8 text$"):
        read_yaml(Path("x.yaml"))

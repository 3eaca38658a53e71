"""Wrong keys and what is said of them; splits that can and cannot be; odd tables through the whole pipeline."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from plumbline import plugins
from tests.project import GONE, Changes

KINDS = ", ".join(plugins.names("columns"))


@dataclass(frozen=True)
class Keys:
    """Changed keys and all that is said of them before anything runs."""

    changes: Changes
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Division:
    """Columns, changed keys, and the sizes of the splits with what is told, or the refusal."""

    columns: dict[str, list[Any]]
    changes: Changes
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """Columns that go through all six stages, and what comes of them."""

    columns: dict[str, list[Any]]
    changes: Changes
    said: dict[str, Any] = field(default_factory=dict)


KEYS: dict[str, Keys] = {
    # sections
    "a section that is a list": Keys({"model": [1]}, said=["model: is [1], should be a section with keys"]),
    "a section that is a text": Keys({"train": "fast"}, said=['train: is "fast", should be a section with keys']),
    "a section that is empty": Keys({"export": {}}, said=["export.formats: is missing"]),
    "a section that is null": Keys({"columns": None}, said=["columns: is null, should be a section with keys"]),
    "a section in the wrong place": Keys(
        {"train.model": {}, "seed": 1},
        said=[
            "train.model: unknown key; known here: epochs, batch_size, loss, optimizer, scheduler, "
            "clip_grad_norm, class_weights, augment, mixup, early_stopping, start_from"
        ],
    ),
    "a key without a name": Keys(
        {"plot": {"": 3, "columns": 2, "examples": 10}}, said=["plot.: unknown key; known here: columns, examples"]
    ),
    "a key of a line break": Keys(
        {"plot": {"a\nb": 3, "columns": 2, "examples": 10}},
        said=["plot.a\\nb: unknown key; known here: columns, examples"],
    ),
    "a long text where a number stands": Keys(
        {"seed": "7" * 130},
        said=[
            "seed: is "
            '"77777777777777777777777777777777777777777777777777777777777777777777'
            '7777777777…777777777777777777777777777777777777777", '
            "should be a whole number"
        ],
    ),
    # seed and compute
    "a seed of half": Keys({"seed": 0.5}, said=["seed: is 0.5, should be a whole number"]),
    "no threads": Keys({"compute.threads": 0}, said=["compute.threads: is 0, should be at least 1"]),
    "a mode in capitals": Keys(
        {"compute.reproducible": "Portable"},
        said=[
            'compute.reproducible: is "Portable", should be one of everywhere, portable, machine, fast; did '
            "you mean portable?"
        ],
    ),
    "a device with a wrong number": Keys(
        {"compute.device": "cuda:first"}, said=['compute.device: is "cuda:first", should be cpu, cuda, cuda:0, …']
    ),
    "a device that is no word": Keys({"compute.device": 0}, said=["compute.device: is 0, should be a text"]),
    "float16": Keys(
        {"compute.precision": "float16"},
        said=['compute.precision: is "float16", should be one of float32, bfloat16; did you mean bfloat16?'],
    ),
    # ingest
    "no source": Keys({"ingest.source": None}, said=["ingest.source: is null, should be a text"]),
    "an empty source": Keys({"ingest.source": ""}, said=["ingest.source: is empty, should be a file or folder"]),
    "a target that is a mapping": Keys(
        {"ingest.target": {"y": 1}}, said=['ingest.target: is {"y": 1}, should be a text or a list']
    ),
    "a list of targets with a number in it": Keys(
        {"ingest.target": ["y", 3]}, said=["ingest.target.1: is 3, should be a text"]
    ),
    "types as a list": Keys(
        {"ingest.columns": ["a"]}, said=['ingest.columns: is ["a"], should be a section with keys']
    ),
    "a type that is a list": Keys(
        {"ingest.columns": {"a": ["number"]}},
        said=[f'ingest.columns.a: is ["number"], should be one of {KINDS}; did you mean number?'],
    ),
    "a format that is a number": Keys(
        {"ingest.formats": {"a": 2020}}, said=["ingest.formats.a: is 2020, should be a text"]
    ),
    "missing values as a list": Keys(
        {"ingest.missing": ["?"]}, said=['ingest.missing: is ["?"], should be a section with keys']
    ),
    "missing values of a column that are no list": Keys(
        {"ingest.missing.values": {"a": -999}}, said=["ingest.missing.values.a: is -999, should be a list"]
    ),
    "missing values of a column that hold null": Keys(
        {"ingest.missing.values": {"a": [None]}},
        said=["ingest.missing.values.a.0: is null, should be a text or a number"],
    ),
    "missing without its keys": Keys(
        {"ingest.missing": {}}, said=["ingest.missing.auto: is missing", "ingest.missing.values: is missing"]
    ),
    "a column to drop that is a number": Keys({"ingest.drop": [3]}, said=["ingest.drop.0: is 3, should be a text"]),
    "duplicates as true": Keys(
        {"ingest.duplicates": True}, said=["ingest.duplicates: is true, should be one of keep, drop"]
    ),
    "a separator of two signs": Keys(
        {"ingest.csv.separator": "||"},
        said=[
            'ingest.csv.separator: is "||", should be the sign between cells, whitespace for runs of blanks, or auto'
        ],
    ),
    "an unknown decimal sign": Keys(
        {"ingest.csv.decimal": "'"}, said=['ingest.csv.decimal: is "\'", should be one of auto, ., ,']
    ),
    "a knob of another reader": Keys(
        {"ingest.csv.sheet": "Data"},
        said=["ingest.csv.sheet: unknown key; known here: quote, encoding, decimal, names, missing, separator"],
    ),
    "a reader that does not exist": Keys({"ingest.xls2": {}}, said=["ingest.xls2: unknown key; did you mean xls?"]),
    # split
    "ratios that sum to nearly one": Keys(
        {"split.ratios": {"train": 0.333, "val": 0.333, "test": 0.333}},
        said=["split.ratios: sum to 0.999, should sum to 1"],
    ),
    "ratios in per cent": Keys(
        {"split.ratios": {"train": 70, "val": 15, "test": 15}},
        said=[
            "split.ratios.test: is 15, should be less than 1",
            "split.ratios.train: is 70, should be at most 1",
            "split.ratios.val: is 15, should be at most 1",
        ],
    ),
    "nothing for the test": Keys(
        {"split.ratios": {"train": 0.8, "val": 0.2, "test": 0}}, said=["split.ratios.test: is 0, should be more than 0"]
    ),
    "a ratio below zero": Keys(
        {"split.ratios": {"train": 1.1, "val": -0.2, "test": 0.1}},
        said=["split.ratios.train: is 1.1, should be at most 1", "split.ratios.val: is -0.2, should be at least 0"],
    ),
    "a fourth ratio": Keys(
        {"split.ratios": {"train": 0.7, "val": 0.15, "test": 0.15, "dev": "x"}},
        said=["split.ratios.dev: unknown key; known here: train, val, test"],
    ),
    "ratios as a list": Keys(
        {"split.ratios": [0.7, 0.15, 0.15]}, said=["split.ratios: is [0.7, 0.15, 0.15], should be a section with keys"]
    ),
    "one bin": Keys({"split.stratified.bins": 1}, said=["split.stratified.bins: is 1, should be at least 2"]),
    "groups by an empty list": Keys(
        {"split.name": "group", "split.group.by": []}, said=["split.group.by: is [], should be a list of at least 1"]
    ),
    "groups by a number": Keys(
        {"split.name": "group", "split.group.by": 3}, said=["split.group.by: is 3, should be a text or a list or null"]
    ),
    "time by two columns": Keys(
        {"split.name": "time", "split.time.by": ["a", "b"]},
        said=['split.time.by: is ["a", "b"], should be a text or null'],
    ),
    "a gap in months": Keys(
        {"split.time.gap": "2mo"},
        said=[
            'split.time.gap: is "2mo", should be a span as 7d (w, d, h, m, s) of dates, or a number; rows '
            "within it before a border are in no split"
        ],
    ),
    "a gap below zero": Keys({"split.time.gap": -1}, said=["split.time.gap: is -1, should be more than 0"]),
    "learn as a word": Keys({"split.time.learn": "yes"}, said=['split.time.learn: is "yes", should be true or false']),
    "leaks in a list of nothing": Keys(
        {"split.leaks.group": []}, said=["split.leaks.group: is [], should be a list of at least 1"]
    ),
    # columns and encoders
    "no column selected": Keys({"columns.select": 0}, said=["columns.select: is 0, should be at least 1"]),
    "a scale that does not exist": Keys(
        {"columns.number.scale": "minmax"},
        said=['columns.number.scale: is "minmax", should be one of standard, quantile, none'],
    ),
    "a vocabulary of none": Keys(
        {"columns.category.vocabulary": 0}, said=["columns.category.vocabulary: is 0, should be at least 1"]
    ),
    "knobs of a type that does not exist": Keys(
        {"columns.word": {}},
        said=[f"columns.word: unknown key; known here: select, {KINDS}"],
    ),
    "an encoder of another type": Keys(
        {"encoders.number.name": "embedding"},
        said=['encoders.number.name: is "embedding", should be one of periodic, piecewise, plain'],
    ),
    "encoders without one of the types": Keys({"encoders.datetime": GONE}, said=["encoders.datetime: is missing"]),
    "a knob of another encoder": Keys(
        {"encoders.number.plain": {"bins": 4}}, said=["encoders.number.plain.bins: unknown key; no key is known here"]
    ),
    # model, task, train
    "a width of zero": Keys({"model.mlp.width": 0}, said=["model.mlp.width: is 0, should be at least 1"]),
    "a dropout of one": Keys({"model.mlp.dropout": 1.0}, said=["model.mlp.dropout: is 1.0, should be less than 1"]),
    "a model without a name": Keys(
        {"model.name": None}, said=["model.name: is null, should be one of linear, mlp, tabm"]
    ),
    "a task in the plural": Keys(
        {"task.name": "regressions"},
        said=[
            'task.name: is "regressions", should be one of auto, classification, ordinal, regression; did '
            "you mean regression?"
        ],
    ),
    "an order of one class": Keys(
        {"task.name": "ordinal", "task.order": ["low"]}, said=['task.order: is ["low"], should be a list of at least 2']
    ),
    "an order of lists": Keys(
        {"task.name": "ordinal", "task.order": [["low"], ["high"]]},
        said=[
            'task.order.0: is ["low"], should be a text or a whole number or a number',
            'task.order.1: is ["high"], should be a text or a whole number or a number',
        ],
    ),
    "a threshold of zero": Keys({"task.threshold": 0}, said=["task.threshold: is 0, should be more than 0"]),
    "a threshold of accuracy, misspelt": Keys(
        {"task.threshold": "acuracy"},
        said=[
            'task.threshold: is "acuracy", should be a probability below 1, or accuracy, balanced_accuracy, '
            "f1 or matthews_corrcoef: highest on val; null: 0.5"
        ],
    ),
    "a positive class that is a list": Keys(
        {"task.positive": ["yes"]},
        said=['task.positive: is ["yes"], should be a text or true or false or a whole number or null'],
    ),
    "calibration by another method": Keys(
        {"task.calibrate": "platt"}, said=['task.calibrate: is "platt", should be one of temperature, null']
    ),
    "a threshold and a calibration without validation": Keys(
        {
            "task.threshold": "f1",
            "task.calibrate": "temperature",
            "split.ratios": {"train": 0.8, "val": 0, "test": 0.2},
        },
        said=[
            "task.threshold: is fitted on validation examples, and split.ratios.val is 0; take a share, or "
            "set task.threshold to null",
            "task.calibrate: is fitted on validation examples, and split.ratios.val is 0; take a share, or "
            "set task.calibrate to null",
        ],
    ),
    "an order beside a calibration and an unknown loss": Keys(
        {"task.order": ["a", "a"], "train.loss.name": "Huber", "task.calibrate": "isotonic"},
        said=[
            'task.calibrate: is "isotonic", should be one of temperature, null',
            'train.loss.name: is "Huber", should be one of auto, BCELoss, BCEWithLogitsLoss, '
            "CrossEntropyLoss, GaussianNLLLoss, HuberLoss, L1Loss, MSELoss, MultiMarginLoss, NLLLoss, "
            "PoissonNLLLoss, SmoothL1Loss, SoftMarginLoss; did you mean HuberLoss?",
        ],
    ),
    "epochs of infinity": Keys(
        {"train.epochs": math.inf}, said=["train.epochs: is Infinity, should be a whole number"]
    ),
    "a batch of zero": Keys({"train.batch_size": 0}, said=["train.batch_size: is 0, should be at least 1"]),
    "a learning rate as a text": Keys(
        {"train.optimizer.lr": "1e-3"}, said=['train.optimizer.lr: is "1e-3", should be a number']
    ),
    "a learning rate below zero": Keys(
        {"train.optimizer.lr": -0.1}, said=["train.optimizer.lr: is -0.1, should be more than 0"]
    ),
    "an optimizer by another library's name": Keys(
        {"train.optimizer.name": "adam"},
        said=[
            'train.optimizer.name: is "adam", should be one of ASGD, Adadelta, Adafactor, Adagrad, Adam, '
            "AdamW, Adamax, LBFGS, Muon, NAdam, RAdam, RMSprop, Rprop, SGD; did you mean Adam?"
        ],
    ),
    "a knob of the optimizer of the wrong type": Keys(
        {"train.optimizer.AdamW.weight_decay": "none"},
        said=['train.optimizer.AdamW.weight_decay: is "none", should be a number'],
    ),
    "a scheduler without its section": Keys({"train.scheduler.name": "StepLR"}, said=[]),
    "patience of zero": Keys(
        {"train.early_stopping.patience": 0}, said=["train.early_stopping.patience: is 0, should be at least 1"]
    ),
    "early stopping on another word": Keys(
        {"train.early_stopping.monitor": "accuracy"},
        said=['train.early_stopping.monitor: is "accuracy", should be one of loss, metric'],
    ),
    "class weights as numbers": Keys(
        {"train.class_weights": [1, 2]}, said=["train.class_weights: is [1, 2], should be one of balanced, null"]
    ),
    "weights to start from that are a number": Keys(
        {"train.start_from": 3}, said=["train.start_from: is 3, should be a text or null"]
    ),
    "a gradient norm of zero": Keys(
        {"train.clip_grad_norm": 0}, said=["train.clip_grad_norm: is 0, should be more than 0"]
    ),
    # plot, evaluate, export
    "one example to draw": Keys({"plot.examples": 1}, said=["plot.examples: is 1, should be at least 2"]),
    "no resamples": Keys({"evaluate.bootstrap": 0}, said=[]),
    "a confidence in per cent": Keys(
        {"evaluate.confidence": 95}, said=["evaluate.confidence: is 95, should be less than 1"]
    ),
    "importance of all columns": Keys(
        {"evaluate.importance.columns": None}, said=["evaluate.importance.columns: is null, should be a whole number"]
    ),
    "slices below zero": Keys(
        {"evaluate.slices.resamples": -1}, said=["evaluate.slices.resamples: is -1, should be at least 0"]
    ),
    "one format without a list": Keys({"export.formats": "onnx"}, said=['export.formats: is "onnx", should be a list']),
    "a format twice": Keys({"export.formats": ["onnx", "onnx"]}, said=[]),
    "no format": Keys({"export.formats": []}, said=[]),
    "a format that does not exist": Keys(
        {"export.formats": ["tflite", "onnx"]},
        said=['export.formats.0: is "tflite", should be one of onnx, pt2, torchscript'],
    ),
}

N = 60
A = [round(math.sin(i * 1.7) * 5, 3) for i in range(N)]
B = [round(math.cos(i * 2.3) * 3 + i % 3, 3) for i in range(N)]
NUMBER = [round(2 * a - b, 3) for a, b in zip(A, B, strict=True)]
CLASS = ["yes" if a > 0 else "no" for a in A]
THIRDS = ["train"] * 40 + ["val"] * 10 + ["test"] * 10
BASE: dict[str, list[Any]] = {"a": A, "b": B, "y": CLASS}
DAYS = [f"2024-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(N)]


def ratios(train: float, val: float, test: float) -> Changes:
    """Other shares of the splits."""
    return {"split.ratios": {"train": train, "val": val, "test": test}}


GIVEN: Changes = {"split.name": "given", "split.given.by": "part"}

SPLITS: dict[str, Division] = {
    "random": Division(BASE, {"split.name": "random"}, said=["split: 42 train, 9 val, 9 test examples (random)"]),
    "random without validation": Division(
        BASE, {"split.name": "random", **ratios(0.9, 0, 0.1)}, said=["split: 54 train, 0 val, 6 test examples (random)"]
    ),
    "a share too small for one row": Division(
        BASE,
        {"split.name": "random", **ratios(0.98, 0.01, 0.01)},
        said=["split: 58 train, 1 val, 1 test examples (random)"],
    ),
    "stratified with one example of a class": Division(
        BASE | {"y": ["rare", *CLASS[1:]]}, {}, said=["split: 42 train, 9 val, 9 test examples (stratified)"]
    ),
    "stratified with a class for each row": Division(
        BASE | {"y": [f"c{i}" for i in range(N)]},
        {},
        said=["params.yaml: split.ratios.val: no example of 60 is left for val; take a larger share, or add examples"],
    ),
    "stratified over a constant but for one number": Division(
        BASE | {"y": [0.5] * (N - 1) + [1.5]}, {}, said=["split: 42 train, 9 val, 9 test examples (stratified)"]
    ),
    "stratified by more bins than rows": Division(
        BASE | {"y": NUMBER},
        {"split.stratified.bins": 1000},
        said=["split: 42 train, 9 val, 9 test examples (stratified)"],
    ),
    "two targets, a number and a class": Division(
        BASE | {"z": NUMBER},
        {"ingest.target": ["y", "z"]},
        said=["split: 42 train, 9 val, 9 test examples (stratified)"],
    ),
    "two rows": Division(
        {"a": [1.5, 2.5], "b": [3.5, 1.0], "y": ["no", "yes"]},
        {},
        said=["params.yaml: split.ratios.val: no example of 2 is left for val; take a larger share, or add examples"],
    ),
    "three rows": Division(
        {"a": [1.5, 2.5, 0.5], "b": [3.5, 1.0, 2.0], "y": ["no", "yes", "no"]},
        {},
        said=["params.yaml: split.ratios.val: no example of 3 is left for val; take a larger share, or add examples"],
    ),
    "six rows of a number": Division(
        {"a": A[:6], "b": B[:6], "y": NUMBER[:6]}, {}, said=["split: 4 train, 1 val, 1 test examples (stratified)"]
    ),
    "hash": Division(BASE, {"split.name": "hash"}, said=["split: 38 train, 12 val, 10 test examples (hash)"]),
    "hash of four rows": Division(
        {name: cells[:4] for name, cells in BASE.items()},
        {"split.name": "hash"},
        said=["params.yaml: split.ratios.val: no example of 4 is left for val; take a larger share, or add examples"],
    ),
    "hash by a column of few values": Division(
        BASE | {"who": ["u", "v", "w"] * 20},
        {"split.name": "hash", "split.hash.by": "who"},
        said=["params.yaml: split.ratios.val: no example of 60 is left for val; take a larger share, or add examples"],
    ),
    "hash by a column that is not there": Division(
        BASE,
        {"split.name": "hash", "split.hash.by": "whom"},
        said=[
            "params.yaml: split.hash.by: the table has no column 'whom'; it has a, b, y; one that ingest "
            "left out stays if ingest.columns names its type"
        ],
    ),
    "hash by the target": Division(
        BASE,
        {"split.name": "hash", "split.hash.by": ["a", "y"]},
        said=["params.yaml: split.hash.by: 'y' is a target; name another column"],
    ),
    "groups": Division(
        BASE | {"who": [f"p{i % 12}" for i in range(N)]},
        {"split.name": "group", "split.group.by": "who"},
        said=["split: 40 train, 10 val, 10 test examples (group)"],
    ),
    "groups of one row each": Division(
        BASE | {"who": [f"p{i}" for i in range(N)]},
        {"split.name": "group", "split.group.by": "who"},
        said=["split: 42 train, 9 val, 9 test examples (group)"],
    ),
    "one group": Division(
        BASE | {"who": ["p"] * N},
        {"split.name": "group", "split.group.by": "who"},
        said=[
            "params.yaml: split.group.by: the table has no column 'who'; it has a, b, y; one that ingest "
            "left out stays if ingest.columns names its type"
        ],
    ),
    "groups that ingest has dropped": Division(
        BASE | {"who": [f"p{i % 12}" for i in range(N)]},
        {"split.name": "group", "split.group.by": "who", "ingest.drop": ["who"]},
        said=[
            "params.yaml: split.group.by: the table has no column 'who'; it has a, b, y; one that ingest "
            "left out stays if ingest.columns names its type"
        ],
    ),
    "groups by one column twice": Division(
        BASE | {"who": [f"p{i % 12}" for i in range(N)]},
        {"split.name": "group", "split.group.by": ["who", "who"]},
        said=["split: 40 train, 10 val, 10 test examples (group)"],
    ),
    "groups by all columns": Division(
        BASE,
        {"split.name": "group", "split.group.by": ["a", "b"]},
        said=["params.yaml: split.group.by: leaves no column to learn from; name fewer columns"],
    ),
    "groups with some missing": Division(
        BASE | {"who": [f"p{i % 12}" if i % 5 else None for i in range(N)]},
        {"split.name": "group", "split.group.by": "who"},
        said=[
            "split: 42 train, 9 val, 9 test examples (group)",
            "split: note: 12 rows have no 'who'; each counts as a group of its own",
        ],
    ),
    "stratified groups with one class in one group": Division(
        BASE | {"who": [f"p{i % 12}" for i in range(N)], "y": ["rare" if i % 12 == 3 else CLASS[i] for i in range(N)]},
        {"split.name": "stratified_group", "split.stratified_group.by": "who"},
        said=["split: 40 train, 10 val, 10 test examples (stratified_group)"],
    ),
    "time": Division(
        BASE | {"day": DAYS},
        {"split.name": "time", "split.time.by": "day"},
        said=["split: 42 train, 9 val, 9 test examples (time)"],
    ),
    "time with a gap": Division(
        BASE | {"day": DAYS},
        {"split.name": "time", "split.time": {"by": "day", "gap": "2d"}},
        said=[
            "split: 40 train, 7 val, 9 test examples (time)",
            "split: 4 examples are in no split: in the gap before a border",
        ],
    ),
    "a gap that eats validation": Division(
        BASE | {"day": DAYS},
        {"split.name": "time", "split.time": {"by": "day", "gap": "9d"}},
        said=["params.yaml: split.time.gap: leaves no row for val; take a shorter one"],
    ),
    "a gap that eats train": Division(
        BASE | {"day": DAYS},
        {"split.name": "time", "split.time": {"by": "day", "gap": "99w"}, **ratios(0.8, 0, 0.2)},
        said=["params.yaml: split.time.gap: leaves no row for train; take a shorter one"],
    ),
    "a gap beyond all numbers": Division(
        BASE | {"day": DAYS},
        {"split.name": "time", "split.time": {"by": "day", "gap": "9" * 30 + "w"}},
        said=["params.yaml: split.time.gap: leaves no row for train; take a shorter one"],
    ),
    "one time": Division(
        BASE | {"day": ["2024-01-01"] * N},
        {"split.name": "time", "split.time.by": "day"},
        said=[
            "params.yaml: split.time.by: the table has no column 'day'; it has a, b, y; one that ingest "
            "left out stays if ingest.columns names its type"
        ],
    ),
    "two times": Division(
        BASE | {"day": ["2024-01-01", "2024-01-02"] * 30},
        {"split.name": "time", "split.time.by": "day"},
        said=["params.yaml: split.time.by: gives 2 times, too few for train, val, test; name another column"],
    ),
    "time by words": Division(
        BASE | {"day": ["soon", "late", "never"] * 20},
        {"split.name": "time", "split.time.by": "day"},
        said=[
            "params.yaml: split.time.by: 'day' holds neither dates nor numbers; name another column, or its "
            "type in ingest.columns"
        ],
    ),
    "time with missing days": Division(
        BASE | {"day": [DAYS[i] if i % 6 else None for i in range(N)]},
        {"split.name": "time", "split.time.by": "day"},
        said=["split: 35 train, 7 val, 8 test examples (time)", "split: 10 examples are in no split: without a time"],
    ),
    "time whose target changes with it": Division(
        BASE | {"day": DAYS, "y": ["no"] * 30 + ["yes"] * 30},
        {"split.name": "time", "split.time.by": "day"},
        said=["split: 42 train, 9 val, 9 test examples (time)"],
    ),
    "given": Division(BASE | {"part": THIRDS}, GIVEN, said=["split: 40 train, 10 val, 10 test examples (given)"]),
    "given in capitals, and validation in full": Division(
        BASE | {"part": [{"val": "Validation"}.get(word, word.upper()) for word in THIRDS]},
        GIVEN,
        said=["split: 40 train, 10 val, 10 test examples (given)"],
    ),
    "given in other words": Division(
        BASE | {"part": ["train"] * 50 + ["hold-out"] * 10},
        GIVEN,
        said=["column 'part': holds 'hold-out'; a given split says train, val or test in every row"],
    ),
    "given with a missing word": Division(
        BASE | {"part": [None, *THIRDS[1:]]},
        GIVEN,
        said=["column 'part': holds None; a given split says train, val or test in every row"],
    ),
    "given as numbers": Division(
        BASE | {"part": [0] * 40 + [1] * 10 + [2] * 10},
        GIVEN,
        said=["column 'part': holds '0.0'; a given split says train, val or test in every row"],
    ),
    "given without a test": Division(
        BASE | {"part": ["train"] * 50 + ["val"] * 10},
        GIVEN,
        said=[
            "params.yaml: split.ratios.test: no example of 60 is left for test; take a larger share, or add examples"
        ],
    ),
    "given without a train": Division(
        BASE | {"part": ["val"] * 50 + ["test"] * 10},
        GIVEN,
        said=[
            "params.yaml: split.ratios.train: no example of 60 is left for train; take a larger share, or add examples"
        ],
    ),
    "given without val, which is cut from train": Division(
        BASE | {"part": ["train"] * 50 + ["test"] * 10},
        GIVEN,
        said=["split: 41 train, 9 val, 10 test examples (given)"],
    ),
    "given a class in the test alone": Division(
        BASE | {"part": THIRDS, "y": [*(CLASS[:-1]), "new"]},
        GIVEN,
        said=["target 'y': no train example has 'new'; add train examples of it, or use a stratified split"],
    ),
    "given one class in train": Division(
        BASE | {"part": THIRDS, "y": ["no"] * 40 + ["no", "yes"] * 10},
        GIVEN,
        said=["target 'y': is no in every train example; use a stratified split"],
    ),
    "equal rows everywhere, which is no leak that fails": Division(
        {name: [*cells[:30], *cells[:30]] for name, cells in BASE.items()},
        {"split.name": "random", "split.leaks.action": "fail"},
        said=[
            "split: 42 train, 9 val, 9 test examples (random)",
            "split: warning: 6 of 9 val rows equal a train row in every feature; so do 76 % of the train "
            "rows among themselves, as usual where values are few",
            "split: warning: 5 of 9 test rows equal a train or val row in every feature; so do 76 % of the "
            "train rows among themselves, as usual where values are few",
        ],
    ),
    "equal rows in train and test, a leak that fails": Division(
        {name: [*cells[:55], *cells[:5]] for name, cells in BASE.items()} | {"part": THIRDS},
        {**GIVEN, "split.leaks.action": "fail"},
        said=[
            "split: 5 of 10 test rows equal a train or val row in every feature; split.name: hash keeps "
            "equal rows together"
        ],
    ),
    "more columns selected than there are": Division(
        BASE, {"columns.select": 9}, said=["split: 42 train, 9 val, 9 test examples (stratified)"]
    ),
    "one column selected": Division(
        BASE, {"columns.select": 1}, said=["split: 42 train, 9 val, 9 test examples (stratified)"]
    ),
    "a seed beyond 64 bits": Division(
        BASE,
        {"seed": 2**80},
        said=["params.yaml: seed: is 1208925819614629174706176, should be less than 2^53"],
    ),
}

REST: Changes = {"split.name": "given", "split.given.by": "part"}
RARE = [i % 20 == 7 for i in range(N)]
RUNS: dict[str, Run] = {
    "missing in the test alone": Run(
        BASE | {"a": [*A[:50], *[None] * 10], "part": THIRDS},
        REST,
        said={
            "sizes": [40, 10, 10],
            "learned": {"a": "number", "b": "number"},
            "predicted": 20,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "missing everywhere in train": Run(
        BASE | {"b": [*[None] * 40, *B[40:]], "part": THIRDS},
        REST,
        said={
            "sizes": [40, 10, 10],
            "learned": {"a": "number", "b": "number"},
            "predicted": 20,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "a category of one value in train and others in the test": Run(
        BASE | {"who": ["u"] * 40 + ["v", "w"] * 10, "part": THIRDS},
        REST,
        said={
            "sizes": [40, 10, 10],
            "learned": {"a": "number", "b": "number", "who": "category"},
            "predicted": 20,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "a boolean missing in validation, a date missing in train": Run(
        BASE
        | {
            "flag": [None if 40 <= i < 50 else i % 3 == 0 for i in range(N)],
            "day": [None if i < 40 else DAYS[i] for i in range(N)],
            "part": THIRDS,
        },
        REST,
        said={
            "sizes": [40, 10, 10],
            "learned": {"a": "number", "b": "number", "flag": "boolean", "day": "datetime"},
            "predicted": 20,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "one rare class": Run(
        BASE | {"y": ["rare" if rare else name for rare, name in zip(RARE, CLASS, strict=True)]},
        {},
        said={
            "sizes": [42, 9, 9],
            "learned": {"a": "number", "b": "number"},
            "predicted": 18,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "a target cut off at its largest value": Run(
        BASE | {"y": [min(value, 5.0) for value in NUMBER]},
        {},
        said={
            "sizes": [42, 9, 9],
            "learned": {"a": "number", "b": "number"},
            "predicted": 18,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "a target of true and false with a positive one": Run(
        BASE | {"y": [name == "yes" for name in CLASS]},
        {"task.positive": False},
        said={
            "sizes": [42, 9, 9],
            "learned": {"a": "number", "b": "number"},
            "predicted": 18,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "two classes, a threshold and a temperature": Run(
        BASE,
        {"task.threshold": "f1", "task.calibrate": "temperature"},
        said={
            "sizes": [42, 9, 9],
            "learned": {"a": "number", "b": "number"},
            "predicted": 18,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "two targets, and a column missing in the test": Run(
        BASE | {"z": NUMBER, "c": [*B[:50], *[None] * 10], "part": THIRDS},
        {**REST, "ingest.target": ["y", "z"]},
        said={
            "sizes": [40, 10, 10],
            "learned": {"a": "number", "b": "number", "c": "number"},
            "predicted": 20,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "time with a gap through all stages": Run(
        BASE | {"day": DAYS},
        {"split.name": "time", "split.time": {"by": "day", "gap": "2d"}},
        said={
            "sizes": [40, 7, 9],
            "learned": {"a": "number", "b": "number"},
            "predicted": 16,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "groups through all stages": Run(
        BASE | {"who": [f"p{i % 12}" for i in range(N)]},
        {"split.name": "group", "split.group.by": "who"},
        said={
            "sizes": [40, 10, 10],
            "learned": {"a": "number", "b": "number"},
            "predicted": 20,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "a hash split through all stages": Run(
        BASE,
        {"split.name": "hash"},
        said={
            "sizes": [38, 12, 10],
            "learned": {"a": "number", "b": "number"},
            "predicted": 22,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "names that break every rule": Run(
        {"*": A, "^.*$": B, "a\nb": B[::-1], "😀" * 50: A[::-1], "#group": [f"g{i % 3}" for i in range(N)], "y": CLASS},
        {},
        said={
            "sizes": [42, 9, 9],
            "learned": {
                "*": "number",
                "^.*$": "number",
                "a\nb": "number",
                "😀" * 50: "number",
                "#group": "category",
            },
            "predicted": 18,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "no validation": Run(
        BASE,
        ratios(0.8, 0, 0.2),
        said={
            "sizes": [48, 0, 12],
            "learned": {"a": "number", "b": "number"},
            "predicted": 12,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
    "an ordinal target of three words": Run(
        BASE | {"y": ["low" if a < -2 else "mid" if a < 2 else "high" for a in A]},
        {"task.name": "ordinal", "task.order": ["low", "mid", "high"]},
        said={
            "sizes": [42, 9, 9],
            "learned": {"a": "number", "b": "number"},
            "predicted": 18,
            "not finite": 0,
            "exported": ["model.onnx", "signature.json"],
        },
    ),
}

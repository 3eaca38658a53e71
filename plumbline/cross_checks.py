"""Cross-checks of params.yaml: what one key says against another, or against the files that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from plumbline import paths
from plumbline.schema_words import hint, in_words, read_schema, shown

_DATABASES = ("postgres", "sqlite", "duckdb", "mysql", "mssql", "oracle")


def find_contradictions(raw: dict[str, Any], broken: set[Any]) -> Iterator[str]:
    """A sentence for each contradiction among the sections of params.yaml that are there and not `broken`."""
    for sections, check in _CHECKS:
        if broken.isdisjoint(sections) and set(sections) <= set(raw):
            yield from check(*(raw[section] for section in sections))


def _check_compute(compute: dict[str, Any]) -> Iterator[str]:
    if compute["device"] != "cpu" and compute["reproducible"] in ("everywhere", "portable"):
        yield (
            f"compute.reproducible: is {compute['reproducible']}, which no {compute['device']} device keeps; "
            "machine or fast goes with it"
        )


def _check_split(split: dict[str, Any]) -> Iterator[str]:
    total = sum(split["ratios"][name] for name in ("train", "val", "test"))
    if abs(total - 1) > 1e-9:
        yield f"split.ratios: sum to {total:g}, should sum to 1"
    yield from _check_chosen("split", split)
    yield from _check_needed("split", split)


def _check_encoders(encoders: dict[str, Any]) -> Iterator[str]:
    for kind, choice in encoders.items():
        if isinstance(choice, dict) and "name" in choice:  # else it is an unknown key
            yield from _check_chosen(f"encoders.{kind}", choice)


def _check_chosen(place: str, choice: dict[str, Any]) -> Iterator[str]:
    """dvc.yaml tracks the chosen variant's knobs, so its section must be there."""
    name = choice["name"]
    if name not in choice:
        yield f"{place}.{name}: is missing; write `{name}: {{}}` under {place}"


def _check_needed(place: str, choice: dict[str, Any]) -> Iterator[str]:
    """Knobs that the chosen variant cannot do without, marked `needed` in its schema."""
    name = choice["name"]
    for key, schema in read_schema()["properties"][place]["properties"][name].get("properties", {}).items():
        if schema.get("needed") and name in choice and choice[name].get(key) is None:
            yield f"{place}.{name}.{key}: is null; {place}.name {name} needs {in_words(schema)}"


def _check_train(train: dict[str, Any]) -> Iterator[str]:
    if train["start_from"] is not None:
        path = paths.START / train["start_from"]
        if not path.is_file():
            yield f"train.start_from: {path}: no such file"


def _check_source(source: str) -> Iterator[str]:
    if not source:
        yield "ingest.source: is empty, should be a file or folder"
        return
    scheme, is_url, rest = source.partition("://")
    name = PurePosixPath(rest.partition("?")[0]).name or "NAME"
    if is_url and scheme.startswith(_DATABASES):  # the URL is not shown: a password may stand in it
        yield "ingest.source: is the URL of a database, should be a .sql file with a query, which README.md explains"
    elif is_url:
        fetch = f"`dvc import-url URL data/raw/{name}` fetches it"
        yield f"ingest.source: is a URL, should be a file; {fetch}, then ingest.source is data/raw/{name}"
    else:
        if not Path(source).exists():
            yield f"ingest.source: {source}: no such file or folder"


def _check_task(task: dict[str, Any], train: dict[str, Any], split: dict[str, Any]) -> Iterator[str]:
    """What the task's keys say against each other, the loss and the split."""
    yield from _check_order(task["order"], task["name"])
    if train["loss"]["name"] == "PoissonNLLLoss" and task["transform"] is not None:
        yield "task.transform: PoissonNLLLoss takes counts as they are; set it to null"
    if split["name"] != "given" and split["ratios"]["val"] == 0:  # a given split may bring validation examples
        for key in ("threshold", "calibrate"):
            if isinstance(task[key], str):
                yield (
                    f"task.{key}: is fitted on validation examples, and split.ratios.val is 0; "
                    f"take a share, or set task.{key} to null"
                )


def _check_order(order: list[Any] | None, task: str) -> Iterator[str]:
    if order is not None and task != "ordinal":
        yield f"task.order: is for task.name ordinal, which is {task}; set one of them"
    if order is not None and len(set(map(str, order))) < len(order):
        yield "task.order: holds a class twice; take one out"


def _check_gates(gates: dict[str, Any], ingest: dict[str, Any], split: dict[str, Any]) -> Iterator[str]:
    """Bounds on metrics that there will be; of several targets each has its own."""
    targets = ingest["target"] if isinstance(ingest["target"], list) else [ingest["target"]]
    if "val" in gates and split["name"] != "given" and split["ratios"]["val"] == 0:
        yield "evaluate.gates.val: split.ratios.val is 0, there are no validation examples; take a share, or these out"
    for part in ("test", "val"):
        place, bounds = f"evaluate.gates.{part}", gates.get(part, {})
        if len(targets) == 1:
            yield from _check_bounds(place, bounds)
            continue
        for target, of_target in bounds.items():
            if target in targets and isinstance(of_target, dict):
                yield from _check_bounds(f"{place}.{target}", of_target)
            else:
                right = f"{targets[0]}: {{METRIC: {{min: 0.9}}}}"
                yield f"{place}.{target}: with several targets, each stands above its metrics, as {right}"


def _check_bounds(place: str, bounds: dict[str, Any]) -> Iterator[str]:
    known = list(read_schema()["properties"]["evaluate"]["properties"]["gates"]["properties"]["test"]["properties"])
    for metric, bound in bounds.items():
        if metric not in known:
            yield f"{place}.{metric}: is a metric of no task; {hint(str(metric), known)}"
        elif not isinstance(bound, dict) or not bound:
            yield f"{place}.{metric}: is {shown(bound)}, should be min, max or both, as {{min: 0.9}}"
        else:
            yield from _check_bound(f"{place}.{metric}", bound)


def _check_bound(place: str, bound: dict[str, Any]) -> Iterator[str]:
    ends = ["min", "max"]
    yield from (f"{place}.{end}: unknown key; {hint(str(end), ends)}" for end in bound if end not in ends)
    given = {end: bound[end] for end in ends if end in bound}
    wrong = [end for end, value in given.items() if isinstance(value, bool) or not isinstance(value, int | float)]
    yield from (f"{place}.{end}: is {shown(given[end])}, should be a number" for end in wrong)
    if len(given) == 2 and not wrong and given["min"] > given["max"]:
        yield f"{place}: min {shown(given['min'])} is more than max {shown(given['max'])}; no value keeps both"


_CHECKS: list[tuple[tuple[str, ...], Callable[..., Iterator[str]]]] = [
    (("compute",), _check_compute),
    (("ingest",), lambda ingest: _check_source(ingest["source"])),
    (("split",), _check_split),
    (("encoders",), _check_encoders),
    (("model",), lambda model: _check_chosen("model", model)),
    (("train",), _check_train),
    (("task", "train", "split"), _check_task),
    (("evaluate", "ingest", "split"), lambda evaluate, *others: _check_gates(evaluate["gates"], *others)),
]
"""The sections that each check compares."""

"""The check of params.yaml: every mistake in one go, a sentence each, without importing torch or a plug-in."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from plumbline import paths, plugins
from plumbline.wording import in_line

_SCHEMA = Path(__file__).with_name("schema.json")
_UNKNOWN = "additionalProperties"
_VALUE = 120  # characters shown of a value
_DATABASES = ("postgres", "sqlite", "duckdb", "mysql", "mssql", "oracle")
_TYPES = {
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "boolean": "true or false",
    "array": "a list",
    "object": "a section with keys",
    "null": "null",
}


def _is_whole(_: Any, value: Any) -> bool:
    """Whether a value is a whole number that a float holds exactly too; 1e2 is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 2**53 and value == int(value)


_Validator = extend(Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole))


def find_mistakes(raw: Any) -> list[str]:
    """Sentences `key: what is wrong; what would be right`, in the order of the keys; none where all is well."""
    if not isinstance(raw, dict):
        return ["holds no keys; it needs the sections that the README lists"]
    schema = _read_schema()
    if unknown := list(_unknown_plugins(schema["properties"])):
        return unknown
    validator = _Validator(schema)
    errors = sorted(validator.iter_errors(raw), key=lambda error: [str(key) for key in error.absolute_path])
    chosen = {error.json_path for error in errors if error.validator == "enum"}
    told = [error for error in errors if error.validator != "type" or error.json_path not in chosen]
    mistakes = [sentence for error in told for sentence in _sentences(error)]
    # An unknown key leaves the others of its section readable, any other mistake may not.
    broken = {error.absolute_path[0] for error in errors if error.absolute_path and error.validator != _UNKNOWN}
    sound = [name for name in _CROSS_CHECKS if name in raw and name not in broken]
    crossed = [sentence for name in sound for sentence in _CROSS_CHECKS[name](raw[name])]
    if not broken & {"task", "train", "split"} and {"task", "train", "split"} <= set(raw):
        crossed += _check_task(raw["task"], raw["train"], raw["split"])
    return [in_line(sentence) for sentence in mistakes + crossed]


def _read_schema() -> Any:
    return json.loads(_SCHEMA.read_text(encoding="utf-8"))


def _unknown_plugins(sections: dict[str, Any]) -> Iterator[str]:
    """A sentence for each file in a plug-in folder that the schema does not know yet."""
    known = {
        "models": sections["model"]["properties"],
        "splits": sections["split"]["properties"],
        "columns": sections["columns"]["properties"],
        "sources": sections["ingest"]["properties"],
        "tasks": sections["task"]["properties"]["name"]["enum"],
        "encoders": {word for choice in sections["encoders"]["properties"].values() for word in choice["properties"]},
    }
    for folder, words in known.items():
        for name in plugins.names(folder):
            if name not in words:
                yield f"plumbline/{folder}/{name}.py is not in plumbline/schema.json yet; run `make schema`"


def _sentences(error: ValidationError) -> Iterator[str]:
    """One sentence, or one for each key, of a violation of the schema."""
    place = ".".join(str(key) for key in error.absolute_path)
    schema: Any = error.schema
    instance: Any = error.instance
    if error.validator == _UNKNOWN:
        known = list(schema["properties"])
        for key in instance:
            if key not in known:
                yield f"{_join(place, key)}: unknown key; {_hint(str(key), known)}"
    elif error.validator == "required":
        key = error.message.split("'")[1]
        yield f"{_join(place, key)}: is missing"
    else:
        yield f"{place}: is {_shown(error.instance)}, should be {_right(error)}"


def _join(place: str, key: Any) -> str:
    return f"{place}.{key}" if place else str(key)


def _hint(word: str, known: list[str]) -> str:
    close = _closest(word, known)
    if close or not known:
        return f"did you mean {close}?" if close else "no key is known here"
    return f"known here: {', '.join(known)}"


def _closest(word: str, known: list[str]) -> str | None:
    """The known word that `word` is most like, upper case or lower; None where it is like none."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def _shown(value: Any) -> str:
    return "null" if value is None else in_line(json.dumps(value, ensure_ascii=False), _VALUE)


def _right(error: ValidationError) -> str:
    """What the schema asks for, in words."""
    asked: Any = error.validator_value
    if error.validator == "type":
        types = [asked] if isinstance(asked, str) else asked
        if "integer" in types and type(error.instance) is int:
            return "less than 2^53"
        return " or ".join(_TYPES[name] for name in types)
    if error.validator == "enum":
        return _one_of(error.instance, [str(_shown(item)).strip('"') for item in asked])
    words = {
        "minimum": f"at least {asked}",
        "maximum": f"at most {asked}",
        "exclusiveMinimum": f"more than {asked}",
        "exclusiveMaximum": f"less than {asked}",
        "pattern": _in_words(error.schema),
        "maxProperties": "without keys",
        "minItems": f"a list of at least {asked}",
    }
    return words[str(error.validator)]


def _in_words(schema: Any) -> str:
    """What a key's documentation says of it."""
    text = str(schema.get("description", "as its documentation says")).rstrip(".")
    return text[0].lower() + text[1:]


def _one_of(value: Any, known: list[str]) -> str:
    close = _closest(str(value), known)
    listed = f"one of {', '.join(known)}"
    return f"{listed}; did you mean {close}?" if close else listed


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
    for key, schema in _read_schema()["properties"][place]["properties"][name].get("properties", {}).items():
        if schema.get("needed") and name in choice and choice[name].get(key) is None:
            yield f"{place}.{name}.{key}: is null; {place}.name {name} needs {_in_words(schema)}"


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


_CROSS_CHECKS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "compute": _check_compute,
    "ingest": lambda ingest: _check_source(ingest["source"]),
    "split": _check_split,
    "encoders": _check_encoders,
    "model": lambda model: _check_chosen("model", model),
    "train": _check_train,
}
"""What one key of a section says against another, or against the files that are there."""

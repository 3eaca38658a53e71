"""The JSON schema of params.yaml, made from the sections and from every plug-in and torch class they can name."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer, lr_scheduler

from plumbline import losses, params, plugins
from plumbline.files import write_json

SCHEMA = Path(__file__).with_name("schema.json")
Schema = dict[str, Any]

_SUPPLIED = {"params", "optimizer", "lr", "self", "reduction", "size_average", "reduce", "verbose"}
_NOT_YAML = {"LambdaLR", "MultiplicativeLR", "SequentialLR", "ChainedScheduler", "LRScheduler"}
_NOT_DENSE = {"SparseAdam"}


def make_schema() -> Schema:
    """The whole schema; every reference resolved, every choice listing its variants."""
    schema = params.Params.model_json_schema()
    definitions = schema.pop("$defs")
    _fill_choices(definitions)
    resolved: Schema = _simplify(_resolve(schema, definitions))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | resolved


def write_schema() -> None:
    """Write the schema beside this module, where `check` reads it."""
    write_json(SCHEMA, make_schema())


def _fill_choices(definitions: dict[str, Schema]) -> None:
    kinds = plugins.names("columns")
    for section, folder in (("Split", "splits"), ("Model", "models")):
        _add_variants(definitions[section], {name: _knobs(folder, name) for name in plugins.names(folder)})
    augmented = plugins.names("augmentations")
    definitions["Augment"]["properties"] = {kind: _knobs("augmentations", kind) for kind in augmented}
    definitions["Columns"]["properties"] |= {kind: _knobs("columns", kind) for kind in kinds}
    definitions["Encoders"] |= {"properties": {kind: _encoder(kind) for kind in kinds}, "required": kinds}
    definitions["Ingest"]["properties"] |= {name: _knobs("sources", name) for name in plugins.names("sources")}
    definitions["Ingest"]["properties"]["columns"]["additionalProperties"] = {"enum": kinds}
    definitions["Evaluate"]["properties"]["gates"] |= _gates()
    definitions["Task"]["properties"]["name"]["enum"] = ["auto", *plugins.names("tasks")]
    _add_variants(definitions["Loss"], {"auto": {"type": "object", "maxProperties": 0}, **_losses()})
    _add_variants(definitions["Optimizer"], _torch_classes(torch.optim, Optimizer, _NOT_DENSE))
    schedulers = _torch_classes(lr_scheduler, lr_scheduler.LRScheduler, _NOT_YAML)
    _add_variants(definitions["Scheduler"], schedulers)
    definitions["Scheduler"]["properties"]["name"]["enum"].append(None)
    for section in ("Augment", "Columns", "Encoders", "Ingest"):
        definitions[section]["additionalProperties"] = False


def _add_variants(section: Schema, variants: dict[str, Schema]) -> None:
    """Name the variants, give each its knobs, and allow no other key."""
    section["properties"]["name"] = {"enum": list(variants)} | _described(section["properties"]["name"])
    section["properties"] |= variants
    section["additionalProperties"] = False


def _gates() -> Schema:
    """Bounds on any metric of any task; with several targets a target's name stands where a metric's is here."""
    known = dict.fromkeys(metric for task in plugins.load_all("tasks").values() for metric in task.METRICS)
    bound = {"type": "object", "properties": {end: {"type": "number"} for end in ("min", "max")}}
    part = {"type": "object", "properties": dict.fromkeys(known, bound)}
    return {"properties": {"test": part, "val": part}, "additionalProperties": False}


def _described(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key == "description"}


def _knobs(folder: str, name: str) -> Schema:
    module = plugins.load(folder, name)
    knobs: Schema = module.Params.model_json_schema()
    return knobs


def _encoder(kind: str) -> Schema:
    fitting = [name for name in plugins.names("encoders") if kind in plugins.load("encoders", name).TYPES]
    schema = params.Encoder.model_json_schema()
    _add_variants(schema, {name: _knobs("encoders", name) for name in fitting})
    return schema


def _losses() -> dict[str, Schema]:
    names = sorted({name for fitting in losses.FITTING.values() for name in fitting})
    return {name: _arguments(getattr(nn, name)) for name in names}


def _torch_classes(namespace: Any, base: type, excluded: set[str]) -> dict[str, Schema]:
    """Every public subclass of `base` in a namespace of torch, with its arguments."""
    classes = {name: make for name, make in vars(namespace).items() if inspect.isclass(make) and name[0] != "_"}
    fitting = {name for name, make in classes.items() if issubclass(make, base) and make is not base}
    return {name: _arguments(classes[name]) for name in sorted(fitting - excluded)}


def _arguments(make: Any) -> Schema:
    """Names, defaults and, where the default tells, types of a torch class's arguments."""
    parameters = [parameter for name, parameter in inspect.signature(make).parameters.items() if name not in _SUPPLIED]
    properties = {parameter.name: _argument(parameter.default) for parameter in parameters}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _argument(default: Any) -> Schema:
    if isinstance(default, bool):
        return {"type": "boolean", "default": default}
    if isinstance(default, int | float):
        return {"type": "number", "default": default}
    if isinstance(default, str):
        return {"type": "string", "default": default}
    return {}


def _resolve(node: Any, definitions: dict[str, Schema]) -> Any:
    """Put each definition where it is referred to."""
    if isinstance(node, list):
        return [_resolve(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        definition = definitions[node["$ref"].rpartition("/")[2]]
        return _resolve(definition, definitions) | _described(node)
    return {key: _resolve(value, definitions) for key, value in node.items() if key != "title"}


def _simplify(node: Any) -> Any:
    """Write "this or that" as one schema with two types, so that a mistake has one reason."""
    if isinstance(node, list):
        return [_simplify(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {key: _simplify(value) for key, value in node.items()}
    if "const" in node:
        node["enum"] = [node.pop("const")]
    branches = node.pop("anyOf", [])
    for branch in branches:
        node |= branch | ({"enum": [*branch["enum"], None]} if "enum" in branch else {})
    if branches:
        node["type"] = [branch["type"] for branch in branches]
    return node

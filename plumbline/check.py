"""The check of params.yaml: every mistake in one go, a sentence each, without importing torch or a plug-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from plumbline import plugins
from plumbline.cross_checks import find_contradictions
from plumbline.schema_words import hint, in_words, one_of, read_schema, shown
from plumbline.wording import in_line

_UNKNOWN = "additionalProperties"
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
    schema = read_schema()
    if unknown := list(_unknown_plugins(schema["properties"])):
        return unknown
    validator = _Validator(schema)
    errors = sorted(validator.iter_errors(raw), key=lambda error: [str(key) for key in error.absolute_path])
    chosen = {error.json_path for error in errors if error.validator == "enum"}
    told = [error for error in errors if error.validator != "type" or error.json_path not in chosen]
    mistakes = [sentence for error in told for sentence in _sentences(error)]
    # An unknown key leaves the others of its section readable, any other mistake may not.
    broken = {error.absolute_path[0] for error in errors if error.absolute_path and error.validator != _UNKNOWN}
    return [in_line(sentence) for sentence in [*mistakes, *find_contradictions(raw, broken)]]


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
                yield f"{_join(place, key)}: unknown key; {hint(str(key), known)}"
    elif error.validator == "required":
        key = error.message.split("'")[1]
        yield f"{_join(place, key)}: is missing"
    else:
        yield f"{place}: is {shown(error.instance)}, should be {_right(error)}"


def _join(place: str, key: Any) -> str:
    return f"{place}.{key}" if place else str(key)


def _right(error: ValidationError) -> str:
    """What the schema asks for, in words."""
    asked: Any = error.validator_value
    if error.validator == "type":
        types = [asked] if isinstance(asked, str) else asked
        if "integer" in types and type(error.instance) is int:
            return "less than 2^53"
        return " or ".join(_TYPES[name] for name in types)
    if error.validator == "enum":
        return one_of(error.instance, [str(shown(item)).strip('"') for item in asked])
    words = {
        "minimum": f"at least {asked}",
        "maximum": f"at most {asked}",
        "exclusiveMinimum": f"more than {asked}",
        "exclusiveMaximum": f"less than {asked}",
        "pattern": in_words(error.schema),
        "maxProperties": "without keys",
        "minLength": "null or a text that is not empty" if asked == 1 else f"a text of at least {asked} letters",
        "minItems": f"a list of at least {asked}",
    }
    return words[str(error.validator)]

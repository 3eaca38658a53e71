"""YAML read by the rules of version 1.2, as DVC reads it."""

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml

from plumbline.errors import InputError
from plumbline.wording import in_line


class _Yaml12(yaml.SafeLoader):
    """YAML's core schema, version 1.2: 1e-5 is a number, `no` is a word; a key given twice is an error."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.YAMLError(f"line {key.start_mark.line + 1}: key {key.value!r} is given twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _resolve(tag: str, pattern: str, first: str) -> None:
    _Yaml12.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


_resolve("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolve("int", r"[-+]?[0-9]+", "-+0123456789")
_resolve("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789")
_Yaml12.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(node.value))
_Yaml12.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])


def read_yaml(path: Path) -> Any:
    """Read one YAML 1.2 document; InputError where there is no file or it is not YAML."""
    try:
        return parse(path.read_text(encoding="utf-8"), f"{path}:")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run from the project's folder") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text") from None


def read_value(text: str) -> Any:
    """A value as params.yaml would hold it; InputError where it is not YAML."""
    return parse(text, f"{text}: is not a YAML value:")


def parse(text: str, place: str) -> Any:
    """What YAML 1.2 text says; InputError that begins with `place` where it is not YAML."""
    try:
        return yaml.load(text, Loader=_Yaml12)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise InputError(f"{place} {_where(error)}") from None


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    said = f"line {mark.line + 1}: {error.problem}" if mark else str(error).partition("\n")[0]  # type: ignore[attr-defined]
    return in_line(said)

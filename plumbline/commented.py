"""params.yaml changed by a program: comments, order and numbers as they were written stay."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from plumbline.errors import InputError

_COLUMN = 26  # where comments stand


class Document:
    """A YAML document whose keys can be set, each with a comment."""

    def __init__(self, text: str) -> None:
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 10**9  # lines stay whole
        self._yaml.indent(mapping=2, sequence=4, offset=2)
        self._yaml.representer.add_representer(type(None), _write_null)
        self._content: Any = self._yaml.load(text)

    def set(self, key: str, value: Any, comment: str | None = None) -> None:
        """Set a dotted key, and the comment behind it; ValueError where its section is not there."""
        *sections, last = key.split(".")
        place = self._content
        for section in sections:
            if not isinstance(place.get(section), dict):
                raise ValueError(f"key={key!r}: there is no section {section!r}")
            place = place[section]
        place[last] = value
        if comment and isinstance(value, list | dict):
            place.yaml_set_comment_before_after_key(last, before=comment, indent=2 * len(sections))
        elif comment:
            place.yaml_add_eol_comment(comment, last, column=_COLUMN)

    def text(self) -> str:
        """The document as YAML text."""
        written = io.StringIO()
        self._yaml.dump(self._content, written)
        return written.getvalue()


def _write_null(representer: Any, _: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def read_document(path: Path) -> Document:
    """Open a YAML file; InputError where it is none."""
    try:
        return Document(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise InputError(f"{path}: {' '.join(str(error).split())}") from None

"""The words of params.yaml's schema: which known key or value is meant, and what would be right."""

from __future__ import annotations

import difflib
import json
from functools import cache
from pathlib import Path
from typing import Any

from plumbline.wording import in_line

_VALUE = 120  # characters shown of a value


@cache
def read_schema() -> Any:
    """The schema, which `python -m plumbline schema` writes: reading it imports no plug-in."""
    return json.loads(Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))


def hint(word: str, known: list[str]) -> str:
    """The known key that is meant, or all that are known."""
    close = closest(word, known)
    if close or not known:
        return f"did you mean {close}?" if close else "no key is known here"
    return f"known here: {', '.join(known)}"


def closest(word: str, known: list[str]) -> str | None:
    """The known word that `word` is most like, upper case or lower; None where it is like none."""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[close[0]] if close else None


def shown(value: Any) -> str:
    """A value as params.yaml could hold it, in one line, a long one shortened."""
    return "null" if value is None else in_line(json.dumps(value, ensure_ascii=False), _VALUE)


def in_words(schema: Any) -> str:
    """What a key's documentation says of it."""
    text = str(schema.get("description", "as its documentation says")).rstrip(".")
    return text[0].lower() + text[1:]


def one_of(value: Any, known: list[str]) -> str:
    """What a choice can be, and which of it may be meant."""
    close = closest(str(value), known)
    listed = f"one of {', '.join(known)}"
    return f"{listed}; did you mean {close}?" if close else listed

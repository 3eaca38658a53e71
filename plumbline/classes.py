"""Classes: the values of a category in their order."""

from __future__ import annotations

import math
from collections.abc import Iterable

CLASS_TYPES = ("category", "boolean")
"""Column types whose values are classes when they are the target."""


def in_order(words: Iterable[str]) -> list[str]:
    """Words by their numbers where every one reads as a finite number ("9" before "10"), else by the alphabet."""
    listed = sorted(words)
    return sorted(listed, key=float) if all(map(is_number, listed)) else listed


def is_number(word: str) -> bool:
    """Whether a word reads as a finite number."""
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def class_of(value: str | bool | int | float) -> str:
    """A class named in params.yaml as examples hold it: `true` and 1 are words there."""
    return str(value).lower() if isinstance(value, bool) else str(value)

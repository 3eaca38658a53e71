"""Changes of params.yaml between two runs: the keys that were in force and have another value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from plumbline.schema_words import read_schema

MISSING = object()
"""The value of a key that params.yaml does not have."""


@dataclass(frozen=True)
class Change:
    """A dotted key of params.yaml with its value before and after, or MISSING."""

    key: str
    before: Any
    after: Any


def find_changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Keys with another value, in the order of the file; not the knobs of variants that neither run has chosen."""
    schema = read_schema()
    old, new = ({key: value for key, value, _ in _walk(params, schema)} for params in (before, after))
    in_force = {key for params in (before, after) for key, _, chosen in _walk(params, schema) if chosen}
    both = [Change(key, old.get(key, MISSING), new.get(key, MISSING)) for key in dict.fromkeys([*new, *old])]
    return [change for change in both if change.key in in_force and not _are_equal(change.before, change.after)]


def _walk(
    section: dict[Any, Any], schema: Any, place: str = "", chosen: bool = True
) -> Iterator[tuple[str, Any, bool]]:
    """Yield each dotted key, its value, and whether it is in force: no knob of a variant that is not chosen."""
    known = schema.get("properties", {})
    variants = known.get("name", {}).get("enum", [])
    for key, value in section.items():
        if isinstance(value, dict):
            other = "name" in section and key in variants and key != section["name"]
            yield from _walk(value, known.get(key, {}), f"{place}{key}.", chosen and not other)
        else:
            yield f"{place}{key}", value, chosen


def _are_equal(before: Any, after: Any) -> bool:
    """Whether DVC takes two values for the same: 1 and 1.0 are, 1 and true are not."""
    return before == after and isinstance(before, bool) == isinstance(after, bool)

"""Reader of .jsonl files: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source
from plumbline.sources._json import stack_records
from plumbline.sources._rows import chunked, write_chunks


class Params(Section):
    """No knobs: JSON says all that is to be known."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file, objects in objects as columns a.b; InputError that names the first line that is none."""
    chunks = (stack_records(chunk, str(path)) for chunk in chunked(_parse(path)))
    return Source(write_chunks(chunks, scratch, str(path)))


def _parse(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            content = line.removeprefix(b"\xef\xbb\xbf").strip()
            if content:
                yield _parse_line(content, f"{path}: line {number}")


def _parse_line(content: bytes, place: str) -> dict[str, Any]:
    try:
        record = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "not UTF-8 or too deep"
        raise InputError(f"{place} is no JSON ({reason}); write one object a line") from None
    if not isinstance(record, dict):
        raise InputError(f"{place} is no JSON object but a {type(record).__name__}; write one object a line")
    return record

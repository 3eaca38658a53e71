"""Sources to test with: files written into the current folder and opened as `ingest` opens them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plumbline.errors import InputError
from plumbline.source import open_source
from plumbline.sources import Source, suffixes
from tests import project

TAKEN = f"readers take {', '.join(suffixes())} files"


def write(path: str, content: str | bytes) -> str:
    """Write a file, with the folders above it; its path."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def open_file(source: str, **knobs: dict[str, Any]) -> Source:
    """The table in a source and what its reader decided; intermediate files lie in the folder scratch."""
    return open_source(source, project.ingest_section(source, **knobs), Path("scratch"))


def read_error(source: str, **knobs: dict[str, Any]) -> str:
    """The sentence that refuses a source."""
    with pytest.raises(InputError) as caught:
        open_file(source, **knobs).table.collect(engine="streaming")
    return str(caught.value)


def read_columns(source: str, **knobs: dict[str, Any]) -> dict[str, list[Any]]:
    """The columns of a source by name."""
    return open_file(source, **knobs).table.collect(engine="streaming").to_dict(as_series=False)

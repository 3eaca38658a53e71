"""Readers: a file's suffix is the name of the module that turns it into a polars LazyFrame."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from plumbline import plugins

if TYPE_CHECKING:
    import polars as pl


CODE = (".py", ".sql")
"""Suffixes of files that make a table by being run, which nothing does that lies in an archive."""


@dataclass(frozen=True)
class Source:
    """A table, rows in its order, and what its reader decided: a sentence each, the same on every machine."""

    table: pl.LazyFrame
    notes: list[str] = field(default_factory=list)
    root: Path | None = None
    """The folder in which paths of images, sounds and the like are looked up; None where the source is one file."""


def suffixes() -> list[str]:
    """The suffixes that have a reader, sorted."""
    return [f".{name}" for name in plugins.names("sources") if name != "folder"]

"""Form: a way of writing that `clean` cannot read, and the way from there to what it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Form:
    """How the texts of a column are written, how many of them are so, and what makes them plain."""

    kind: str
    """The finding that tells of it: a key of plumbline.findings.finding.KINDS."""
    said: str
    """What the texts are, as "are amounts in $"."""
    n_read: int
    plain: Callable[[pl.Expr], pl.Expr] | None
    """Text -> the text that `clean` reads; None where no one reading fits them all."""

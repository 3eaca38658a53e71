"""The corpus: each odd input ends in the sentence, or the examples, that stand beside it."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plumbline.errors import InputError
from plumbline.examples import Examples
from tests import corpus, corpus_cells, project

FEW = "one or two examples"
"""What is told of nearly every small table, and left out here."""


def said(stage: str) -> tuple[bool, list[str]]:
    """Whether a stage ended well, and the lines that it printed or refused with."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        try:
            project.run(stage)
        except InputError as error:
            return False, str(error).split("\n")
    return True, [line for line in written.getvalue().splitlines() if FEW not in line]


def examples() -> list[tuple[Any, ...]]:
    return pl.read_parquet("data/examples.parquet").drop("#row").rows()


def start(folder: Path, content: str | bytes, file: str, changes: dict[str, Any]) -> None:
    (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    project.write_params(project.quick_params(**{"ingest.source": file, **changes}), folder)


def outcome(case: corpus.Case) -> tuple[list[str], list[tuple[Any, ...]] | None]:
    start(Path(), case.content, case.file, case.changes)
    ended_well, lines = said("ingest")
    return lines, examples() if ended_well else None


def column_of(case: corpus.Cells) -> tuple[str, list[Any], list[str]]:
    text = io.StringIO(newline="")
    rows = [(cell, number * 37 % 101 + 0.5, ["no", "yes"][number % 2]) for number, cell in enumerate(case.cells)]
    csv.writer(text).writerows([("x", "n", "y"), *rows])
    start(Path(), text.getvalue(), "table.csv", case.changes)
    ended_well, lines = said("ingest")
    if not ended_well:
        return "", [], lines
    kinds = {column.name: column.type for column in Examples.open(Path("data/examples.parquet")).columns}
    values = pl.read_parquet("data/examples.parquet").to_dict(as_series=False)
    return kinds.get("x", "dropped"), values.get("x", []), lines[1:]


@pytest.mark.parametrize("case", corpus.FILES.values(), ids=list(corpus.FILES))
def test_a_file_is_read_or_refused_as_it_stands_here(
    case: corpus.Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert outcome(case) == (case.said, case.rows)


@pytest.mark.parametrize("case", corpus_cells.CELLS.values(), ids=list(corpus_cells.CELLS))
def test_cells_become_what_stands_here(case: corpus.Cells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert column_of(case) == (case.kind, case.values, case.said)


@pytest.mark.parametrize("case", corpus_cells.TARGETS.values(), ids=list(corpus_cells.TARGETS))
def test_a_target_is_taken_or_refused_as_it_stands_here(
    case: corpus.Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert outcome(case) == (case.said, case.rows)

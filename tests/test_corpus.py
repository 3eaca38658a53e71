"""The corpus: each odd input ends in the sentence, or the examples, that stand beside it."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from plumbline.check import find_mistakes
from plumbline.errors import InputError
from plumbline.examples import Examples
from plumbline.files import read_json
from tests import corpus, corpus_cells, corpus_runs, project

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


def keys_outcome(case: corpus_runs.Keys) -> list[str]:
    Path("table.csv").write_text(corpus.AB)
    return find_mistakes(project.quick_params(**{"ingest.source": "table.csv", **case.changes}))


def division_outcome(case: corpus_runs.Division) -> list[str]:
    pl.DataFrame(case.columns).write_parquet("table.parquet")
    project.write_params(project.quick_params(**case.changes))
    ended_well, lines = said("ingest")
    return said("split")[1] if ended_well else lines


def run_outcome(case: corpus_runs.Run) -> dict[str, Any]:
    """Sizes of the splits, what the model learns from, how much it predicts, and what is exported."""
    pl.DataFrame(case.columns).write_parquet("table.parquet")
    Path("models/start").mkdir(parents=True)
    project.write_params(project.quick_params(**case.changes))
    with contextlib.redirect_stdout(io.StringIO()):
        project.run(*project.STAGES)
    predicted = pl.read_parquet("data/predictions.parquet")
    return {
        "sizes": list(read_json(Path("reports/split.json"))["sizes"].values()),
        "learned": {column["name"]: column["type"] for column in read_json(Path("data/columns.json"))["features"]},
        "predicted": predicted.height,
        "not finite": sum((~numbers.is_finite()).sum() for numbers in predicted.select(pl.selectors.float())),
        "exported": sorted(path.name for path in Path("models/export").iterdir()),
    }


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


@pytest.mark.parametrize("case", corpus_runs.KEYS.values(), ids=list(corpus_runs.KEYS))
def test_the_check_says_this_of_keys(case: corpus_runs.Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert keys_outcome(case) == case.said


@pytest.mark.parametrize("case", corpus_runs.SPLITS.values(), ids=list(corpus_runs.SPLITS))
def test_examples_are_split_or_refused_as_it_stands_here(
    case: corpus_runs.Division, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert division_outcome(case) == case.said


@pytest.mark.slow
@pytest.mark.parametrize("case", corpus_runs.RUNS.values(), ids=list(corpus_runs.RUNS))
def test_an_odd_table_goes_through_all_stages(
    case: corpus_runs.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_outcome(case) == case.said

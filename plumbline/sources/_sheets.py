"""A sheet of a workbook -> a table; titles above the header, empty rows and empty columns are left out."""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source, _text
from plumbline.sources._names import name_columns
from plumbline.sources._values import narrow_floats

if TYPE_CHECKING:
    import fastexcel
    import polars as pl

_SAMPLE = 200  # rows in which the header is looked for
_FIRST_DAY = datetime(1900, 1, 1)
_FULL = 0.75  # share of the fullest row's cells that a header has


class Params(Section):
    """Knobs of the reader."""

    sheet: str | None = None
    """Name of the sheet; null: the only one that holds a table."""
    missing: list[str] = Field([""])
    """Cells read as missing in every column; `ingest.missing` is about what else stands for a missing value."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a sheet: numbers, booleans, dates as they are, columns of several kinds as text.

    InputError where the file is no workbook, or params leave open which of several sheets is meant.
    """
    import fastexcel
    import polars as pl

    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it tells of columns without values
    try:
        book = fastexcel.read_excel(path)
        sheet, notes = _choose(book, params.sheet, path)
        first, cells = _find_header(book, sheet)
        table = _load(book, sheet, header_row=None, skip_rows=first + 1, schema_sample_rows=None)
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0].removeprefix("calamine error: ")
        kind = path.suffix[1:].lower()
        raise InputError(f"{path}: is no {kind} workbook ({reason}); export it again, or as .csv") from None
    if first > 0:
        notes.append(f"{path}: the header of sheet {sheet!r} is row {first + 1} of its cells; those above are left out")
    table, cells = _drop_empty(table, cells)
    names, renamed = name_columns(cells, f"{path}: sheet {sheet!r}")
    lazy = table.lazy().select(pl.nth(i).alias(name) for i, name in enumerate(names))
    return Source(narrow_floats(_text.blank_missing(_find_times(lazy), params.missing)), notes + renamed)


def _find_times(table: pl.LazyFrame) -> pl.LazyFrame:
    """The table with times of day where a column's moments are all of the day before Excel's first."""
    import polars as pl

    moments = [name for name, dtype in table.collect_schema().items() if dtype == pl.Datetime]
    if not moments:
        return table
    columns = pl.selectors.by_name(*moments)
    found = table.select(columns.max() < _FIRST_DAY).collect().row(0)
    times = [name for name, is_time in zip(moments, found, strict=True) if is_time]
    return table.with_columns(pl.selectors.by_name(*times).dt.time()) if times else table


def _load(book: fastexcel.ExcelReader, sheet: str, **options: Any) -> pl.DataFrame:
    return book.load_sheet(sheet, **options).to_polars()


def _choose(book: fastexcel.ExcelReader, name: str | None, path: Path) -> tuple[str, list[str]]:
    """The sheet named, or the only one that holds a table; a note on other sheets."""
    knob = f"{_text.find_knobs(path)}.sheet"
    listed = ", ".join(repr(sheet) for sheet in book.sheet_names)
    if name is not None and name not in book.sheet_names:
        raise InputError(f"params.yaml: {knob}: {path} has no sheet {name!r}; it has {listed}")
    sheets = book.sheet_names if name is None else [name]
    widths = {sheet: _measure(book, sheet) for sheet in sheets}
    tables = [sheet for sheet, width in widths.items() if width > 1] or [sheet for sheet in widths if widths[sheet]]
    if not tables:
        raise InputError(
            f"{path}: holds no table in {', '.join(map(repr, sheets))}; a table has a header and at least one row"
        )
    if len(tables) > 1:
        raise InputError(f"{path}: holds tables in sheets {', '.join(map(repr, tables))}; name one in {knob}")
    return tables[0], [f"{path}: sheet {tables[0]!r} is read, of {listed}"] if len(sheets) > 1 else []


def _measure(book: fastexcel.ExcelReader, sheet: str) -> int:
    """Columns of the header of a sheet's table; 0 where it holds none."""
    grid = _load_top(book, sheet)
    first, cells = _find_header(book, sheet)
    return sum(cell is not None for cell in cells) if grid.height > first + 1 else 0


def _load_top(book: fastexcel.ExcelReader, sheet: str) -> pl.DataFrame:
    return _load(book, sheet, header_row=None, skip_rows=0, n_rows=_SAMPLE, dtypes="string")


def _find_header(book: fastexcel.ExcelReader, sheet: str) -> tuple[int, list[str | None]]:
    """Index and cells of the first row that is nearly as full as the fullest: titles above it fill a cell or two."""
    rows = [tuple((cell and cell.strip()) or None for cell in row) for row in _load_top(book, sheet).rows()]
    counts = [sum(cell is not None for cell in row) for row in rows]
    if not any(counts):
        return 0, []
    first = next(i for i, count in enumerate(counts) if count >= _FULL * max(counts))
    return first, list(rows[first])


def _drop_empty(table: pl.DataFrame, cells: list[str | None]) -> tuple[pl.DataFrame, list[str | None]]:
    """The table without rows that have no value, and without columns that have neither a value nor a name."""
    import polars as pl

    kept = [i for i, cell in enumerate(cells) if cell is not None or table[:, i].null_count() < table.height]
    rows = table.select(pl.nth(kept)) if kept else table.clear()
    return rows.filter(~pl.all_horizontal(pl.all().is_null())), [cells[i] for i in kept]

"""Whether a table's first row is its header, and what the columns are called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from plumbline.errors import InputError
from plumbline.sources._names import name_columns

_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")
Row = list[str]


@dataclass(frozen=True)
class Header:
    """The names of the columns, the line from 1 that they stand in (0: in none), and notes on what was decided."""

    names: list[str]
    line: int
    notes: list[str] = field(default_factory=list)


def choose_header(rows: list[tuple[int, Row]], given: Row | None, missing: Row, place: str, knob: str) -> Header:
    """The names given, or those in the first of some rows with their lines, or column_1 … where it is one of data.

    `missing` are the cells without a value. InputError where there is no row, or a given name is empty or given twice.
    """
    if not given:
        rows = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    if not rows:
        raise InputError(f"{place}: is empty; a table has a header and at least one row")
    if given:
        return Header(_check_names([name.strip() for name in given], knob), 0)
    line, first = rows[0]
    cells = ["" if cell.strip() in missing else cell.strip() for cell in first]
    seen = _find_seen(cells, [row for _, row in rows[1:]])
    if _is_data(cells, seen):
        return _number_columns(len(cells), f"{place}: line {line}", knob)
    names, notes = name_columns(first, f"{place}: line {line}")
    if seen and not any(map(_is_number, cells)):
        doubt = f"though {seen[0]!r} stands below too; name the columns in {knob} if it is data"
        notes.append(f"{place}: line {line} is taken for the header, {doubt}")
    return Header(names, line, notes)


def _number_columns(n_columns: int, place: str, knob: str) -> Header:
    names = [f"column_{i + 1}" for i in range(n_columns)]
    called = f"columns are called column_1 to {names[-1]}" if n_columns > 1 else f"its column is called {names[-1]}"
    return Header(names, 0, [f"{place} is taken for data, not for a header, and {called}; name them in {knob}"])


def is_blank(row: Row) -> bool:
    """Whether a line holds white space only, which is as empty as an empty line."""
    return len(row) == 1 and not row[0].strip()


def _check_names(names: list[str], knob: str) -> list[str]:
    if "" in names:
        raise InputError(f"params.yaml: {knob}: has no name for column {names.index('') + 1}; name it")
    if len(set(names)) < len(names):
        double = next(name for i, name in enumerate(names) if name in names[:i])
        raise InputError(f"params.yaml: {knob}: has two columns named {double!r}; rename one")
    return names


def _find_seen(cells: Row, rows: list[Row]) -> Row:
    """Words of the first row that stand below in the same column, but for rows that repeat all of the first one."""
    others = [stripped for row in rows if (stripped := [cell.strip() for cell in row]) != cells]
    columns = zip(*(row for row in others if len(row) == len(cells)), strict=True)
    below = [set(column) for column in columns] or [set()] * len(cells)
    return [cell for cell, known in zip(cells, below, strict=True) if cell and not _is_number(cell) and cell in known]


def _is_data(cells: Row, seen: Row) -> bool:
    """Whether the first row holds numbers, and with them only words that stand below too or fewer than decimals.

    Numbers that count up by one, as the years 2019, 2020, 2021, are names.
    """
    numbers = [cell for cell in cells if _is_number(cell)]
    n_words = sum(map(bool, cells)) - len(numbers)
    if n_words:
        return bool(numbers and seen) or sum("." in cell for cell in numbers) > n_words
    whole = [int(cell) for cell in numbers if cell.isdecimal()]
    return len(whole) < 3 or whole != [whole[0] + i for i in range(len(numbers))]


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None

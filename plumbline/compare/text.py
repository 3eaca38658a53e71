"""A comparison of two runs as text: aligned for the terminal, or Markdown for a pull request."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from plumbline import wording
from plumbline.compare.changes import MISSING
from plumbline.compare.judge import TEST, Comparison, Row, Verdict

_NONE = "–"
_SIGNS: dict[Verdict, str] = {
    "better": "▲ better",
    "worse": "▼ worse",
    "same": "= same",
    "gone": "▬ gone",
    "new": "▬ new",
    "unjudged": "",
}
_MARK = "*"
_EXAMPLES = (
    "the test examples are not known to be the same: each run was tested on its own (data/split/test in dvc.lock)"
)


def conclude(comparison: Comparison) -> str:
    """The verdict in a sentence: of the metrics that decide, then of the other test metrics that are worse."""
    said = [f"{word} in {', '.join(keys)}" for word in ("worse", "better") if (keys := comparison.find(word))]
    if unjudged := comparison.find("unjudged"):
        said.append(f"no task says which way {', '.join(unjudged)} is better")
    others = comparison.find("worse", decides=False)
    aside = f"; worse, but not deciding: {', '.join(others)}" if others else ""
    return ("; ".join(said) or f"the same within tolerance in {', '.join(comparison.find('same'))}") + aside


def as_text(comparison: Comparison) -> str:
    """Tables with aligned columns, the verdict last."""
    names = [comparison.before, comparison.after]
    tables = [_align([_header(part, names), *map(_cells, rows)]) for part, rows in _by_part(comparison)]
    if comparison.changed:
        tables.append(_align([["params.yaml", *names], *_changes(comparison)], left=3))
    notes = [_EXAMPLES] if not comparison.same_examples else []
    return "\n".join([*"\n\n".join(tables).splitlines(), "", *notes, f"{conclude(comparison)} ({_MARK} decides)"])


def as_markdown(comparison: Comparison) -> str:
    """The same for a pull request: the test metrics and the parameters open, other parts to be unfolded."""
    names = [_escape(name) for name in (comparison.before, comparison.after)]
    lines = [f"### {names[0]} → {names[1]}: {_escape(conclude(comparison))}", ""]
    if not comparison.same_examples:
        lines += [f"> {_EXAMPLES}", ""]
    for part, rows in _by_part(comparison):
        table = _pipes([_header(part, names), *map(_cells, rows)], right=range(2, 6))
        folded = [f"<details><summary>{part}</summary>", "", *table, "", "</details>", ""]
        lines += [*table, ""] if part == TEST else folded
    lines += _pipes([["params.yaml", *names], *_changes(comparison)], right=()) if comparison.changed else []
    return "\n".join(lines).rstrip()


def _by_part(comparison: Comparison) -> list[tuple[str, list[Row]]]:
    return [(part, list(rows)) for part, rows in groupby(comparison.rows, key=lambda row: row.part)]


def _header(part: str, names: list[str]) -> list[str]:
    return [part, "better", *names, "difference", "tolerance", "verdict"]


def _cells(row: Row) -> list[str]:
    """A line of the table of metrics."""
    better = {True: "higher", False: "lower", None: _NONE}[row.greater_is_better]
    change = _NONE if row.difference is None else f"{'+' if row.difference > 0 else ''}{wording.number(row.difference)}"
    name = row.key.partition(".")[2] + (_MARK if row.decides else "")
    return [name, better, _number(row.before), _number(row.after), change, _number(row.tolerance), _SIGNS[row.verdict]]


def _number(value: float | None) -> str:
    return _NONE if value is None else wording.number(value)


def _changes(comparison: Comparison) -> list[list[str]]:
    return [[change.key, _value(change.before), _value(change.after)] for change in comparison.changed]


def _value(value: Any) -> str:
    if value is MISSING:
        return _NONE
    return wording.in_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 60)


def _align(rows: list[list[str]], left: int = 2) -> str:
    """Rows below each other; the first `left` columns and the last one flush left, numbers flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    last = len(widths) - 1
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < left or place == last else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _pipes(rows: list[list[str]], right: range | tuple[()]) -> list[str]:
    """Rows as a Markdown table; the columns `right` are flush right."""
    rule = ["---:" if place in right else "---" for place in range(len(rows[0]))]
    lines = [rows[0], rule, *([_escape(cell) for cell in row] for row in rows[1:])]
    return [f"| {' | '.join(line)} |" for line in lines]


def _escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    for sign in "\\|*_~`<":
        text = text.replace(sign, f"\\{sign}")
    return text

"""The names of columns: what a header leaves empty or gives twice gets a name of its own, and that is told."""

from __future__ import annotations

from collections.abc import Sequence

_UNNAMED = "unnamed"
_TOLD = 5  # columns named in a note, at most


def name_columns(cells: Sequence[str | None], place: str) -> tuple[list[str], list[str]]:
    """Distinct names for columns with these header cells, and notes on those that the header does not give.

    An empty cell is named `unnamed`, as pandas' index in a CSV is; a second `a` is named `a_2`.
    """
    wanted = [(cell or "").strip() for cell in cells]
    taken, names, told = set(wanted), list[str](), list[str]()
    for i, name in enumerate(wanted):
        own = name if name and name not in names else _find_free(name or _UNNAMED, taken)
        taken.add(own)
        names.append(own)
        if own != name:
            told.append(f"column {i + 1} {f'is another {name!r}' if name else 'has no name'} and is called {own!r}")
    more = [f"{len(told) - _TOLD:,} more columns are named likewise"] if len(told) > _TOLD else []
    return names, [f"{place}: {', '.join([*told[:_TOLD], *more])}"] if told else []


def _find_free(name: str, taken: set[str]) -> str:
    if name == _UNNAMED and name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"

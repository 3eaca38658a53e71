"""Composition of sequences: which letters stand where in each group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from plumbline import figures
from plumbline.columns import _alphabet
from plumbline.columns._colored import BASES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_COLORS, _MOST_BARS = 8, 24  # the rest is drawn as one
_OTHER = "other"

Shares = list[tuple[str, npt.NDArray[np.float64]]]
"""For each letter its share at every place (length,), or in all places (1,)."""


def draw_letters(figure: Figure, values: dict[str, list[str]]) -> None:
    """Draw the shares of letters in each group, at each place where all values are of one length."""
    groups, bases = _as_read({name: group for name, group in values.items() if group})
    by_place = len({len(value) for group in groups.values() for value in group}) == 1
    letters = list(bases) or _most_frequent(groups, _MOST_COLORS if by_place else _MOST_BARS)
    axes = figure.subplots(len(groups), 1, squeeze=False, sharex=True, sharey=True)[:, 0]
    for panel, (name, group) in zip(axes, groups.items(), strict=True):
        (_draw_places if by_place else _draw_bars)(panel, _shares(group, letters, by_place))
        panel.set_ylabel(f"{figures.printable(name, 13)} ({len(group):,})", rotation=0, ha="right", va="center")
    axes[-1].set_xlabel("place of the letter" if by_place else "share of each letter")
    if by_place:
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper")


def _as_read(groups: dict[str, list[str]]) -> tuple[dict[str, list[str]], str]:
    """Values with each letter as its alphabet has it, lower-case bases as upper-case ones; the bases, if they are."""
    found = _alphabet.find(_count(groups))
    table = str.maketrans(found.spellings) if found else {}
    read = {name: [value.translate(table) for value in group] for name, group in groups.items()}
    return read, found.letters if found and found.complement else ""


def _count(groups: dict[str, list[str]]) -> _alphabet.Counts:
    return _alphabet.count(pl.Series([value for group in groups.values() for value in group], dtype=pl.String))


def _most_frequent(groups: dict[str, list[str]], most: int) -> list[str]:
    """The letters to draw one by one, sorted."""
    counts = _count(groups)
    return sorted(sorted(counts, key=lambda letter: (-counts[letter], letter))[:most])


def _shares(group: list[str], letters: list[str], by_place: bool) -> Shares:
    joined = np.array(list("".join(group)))
    places = joined.reshape(len(group), -1) if by_place else joined[:, None]
    shares: Shares = [(letter, (places == letter).mean(axis=0)) for letter in letters]
    rest = 1 - np.sum([share for _, share in shares], axis=0)
    return [*shares, (_OTHER, rest)]


def _draw_places(axes: Axes, shares: Shares) -> None:
    """One stacked column for each place."""
    letters = [letter for letter, _ in shares[:-1]]
    colors = [BASES[letter] for letter in letters] if set(letters) <= set(BASES) else list(figures.PALETTE)
    bottom: Any = np.zeros_like(shares[0][1])
    edges = np.arange(len(bottom) + 1) + 0.5
    for (letter, heights), color in zip(shares, [*colors[: len(letters)], figures.PALE], strict=True):
        axes.stairs(bottom + heights, edges, baseline=bottom, fill=True, color=color, label=letter)
        bottom = bottom + heights
    axes.margins(x=0)
    axes.grid(visible=False)
    axes.set(yticks=[], ylim=(0, 1))


def _draw_bars(axes: Axes, shares: Shares) -> None:
    """One bar for each letter, wherever it stands."""
    axes.bar([figures.printable(letter) for letter, _ in shares], [share[0] for _, share in shares], color=figures.BLUE)
    axes.grid(axis="x", visible=False)
    figures.percent(axes.yaxis)

"""Composition of sequences: which letters stand where in each group, and letters in colour."""

from __future__ import annotations

import html
from itertools import groupby
from typing import TYPE_CHECKING, Any

from plumbline.columns import _alphabet

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SHOWN = 120  # letters of a value in the report
_BASES = {"A": "#009e73", "C": "#0072b2", "G": "#b58900", "T": "#d55e00", "U": "#d55e00"}
_MOST_LETTERS = 8  # the rest is drawn as one
_OTHER = "other"

Shares = list[tuple[str, "npt.NDArray[np.float64]"]]
"""For each letter its share at every place (length,), or in all places (1,)."""


def show(value: str) -> str:
    """The first 120 letters as HTML, bases in colour."""
    runs = groupby(value[:_SHOWN], key=lambda letter: _BASES.get(letter.upper(), ""))
    parts = [_colored(html.escape("".join(letters)), color) for color, letters in runs]
    rest = f"… ({len(value):,} letters)" if len(value) > _SHOWN else ""
    return f'<code style="word-break:break-all">{"".join(parts)}{rest}</code>'


def _colored(text: str, color: str) -> str:
    return f'<span style="color:{color}">{text}</span>' if color else text


def draw(figure: Figure, values: dict[str, list[str]]) -> None:
    """Draw the shares of letters in each group, at each place where all values are of one length."""
    groups = _as_read({name: group for name, group in values.items() if group})
    letters = _most_frequent(groups)
    lengths = {len(value) for group in groups.values() for value in group}
    axes = figure.subplots(len(groups), 1, squeeze=False, sharex=True)[:, 0]
    for panel, (name, group) in zip(axes, groups.items(), strict=True):
        _draw_group(panel, _shares(group, letters, by_place=len(lengths) == 1), f"{name} ({len(group):,})")
    axes[-1].set_xlabel("place of the letter" if len(lengths) == 1 else "share of all letters")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper")


def _as_read(groups: dict[str, list[str]]) -> dict[str, list[str]]:
    """Values with each letter as its alphabet has it: lower-case bases as upper-case ones."""
    import polars as pl

    found = _alphabet.find(_alphabet.count(pl.Series([value for group in groups.values() for value in group])))
    table = str.maketrans(found.spellings) if found else {}
    return {name: [value.translate(table) for value in group] for name, group in groups.items()}


def _most_frequent(groups: dict[str, list[str]]) -> list[str]:
    """The letters to draw one by one, sorted."""
    import polars as pl

    counts = _alphabet.count(pl.Series([value for group in groups.values() for value in group]))
    return sorted(sorted(counts, key=lambda letter: (-counts[letter], letter))[:_MOST_LETTERS])


def _shares(group: list[str], letters: list[str], by_place: bool) -> Shares:
    import numpy as np

    joined = np.array(list("".join(group)))
    places = joined.reshape(len(group), -1) if by_place else joined[:, None]
    shares: Shares = [(letter, (places == letter).mean(axis=0)) for letter in letters]
    rest = 1 - np.sum([share for _, share in shares], axis=0)
    return [*shares, (_OTHER, rest)] if rest.max() > 1e-9 else shares


def _draw_group(axes: Axes, shares: Shares, name: str) -> None:
    """Stacked columns, one for each place; or one stacked bar where places do not matter."""
    import numpy as np

    bottom: Any = np.zeros_like(shares[0][1])
    for (letter, heights), color in zip(shares, _colors([letter for letter, _ in shares]), strict=True):
        if len(heights) > 1:
            axes.bar(np.arange(1, len(heights) + 1), heights, 1.0, bottom, color=color, label=letter)
        else:
            axes.barh([0], heights, 0.8, bottom, color=color, label=letter)
        bottom = bottom + heights
    axes.margins(x=0)
    axes.grid(visible=False)
    axes.set(yticks=[])
    axes.set_ylabel(name, rotation=0, ha="right", va="center")


def _colors(letters: list[str]) -> list[str]:
    """Bases have their own colours where all letters are bases; others take those of the palette."""
    from plumbline.figures import PALE, PALETTE

    if all(letter in (*_BASES, "N", _OTHER) for letter in letters):
        return [_BASES.get(letter, PALE) for letter in letters]
    return [PALE if letter == _OTHER else color for letter, color in zip(letters, PALETTE, strict=False)]

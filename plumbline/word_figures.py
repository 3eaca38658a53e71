"""Words drawn: those that set each group's texts apart from the others'."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from plumbline import figures, panels
from plumbline.columns import _words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 6  # words of a group
_PRIOR = 10  # texts as all are on average, added to each side, so that a rare word tells little


def draw_words(figure: Figure, values: dict[str, list[str]]) -> None:
    """Draw a panel for each group: the words that tell its texts from the others', and the shares that hold each."""
    counts = {label: _count(texts) for label, texts in values.items()}
    n_columns = min(2, len(values))
    axes = figure.subplots(-(-len(values) // n_columns), n_columns, squeeze=False).flatten()
    for unused in axes[len(values) :]:
        unused.remove()
    for panel, (label, texts) in zip(axes, values.items(), strict=False):
        others = [(counts[other], len(values[other])) for other in values if other != label]
        _draw_group(panel, counts[label], len(texts), others)
        panel.set_title(figures.printable(label))


def _count(texts: list[str]) -> Counter[str]:
    """In how many texts each word occurs; single letters, digits and signs are no words here."""
    cut = _words.cutter(_words.WORDS, lower=True)
    return Counter(word for text in texts for word in dict.fromkeys(cut(text)) if _says_something(word))


def _says_something(word: str) -> bool:
    return word[0].isalpha() and (len(word) > 1 or not word.isascii())


def rank(counts: Counter[str], n_texts: int, others: list[tuple[Counter[str], int]]) -> list[str]:
    """The words that are more frequent in a group than in the others, by the z-score of the log-odds ratio.

    With an informative prior (Monroe et al. 2008, "Fightin' Words", eq. 22); of a single group the most frequent.
    """
    rest, n_rest = sum((count for count, _ in others), Counter[str]()), sum(n for _, n in others)

    def score(word: str) -> float:
        if not n_rest:
            return counts[word]
        prior = _PRIOR * (counts[word] + rest[word]) / (n_texts + n_rest)
        inside, outside = counts[word] + prior, rest[word] + prior
        odds = inside / (n_texts + _PRIOR + 1 - inside), outside / (n_rest + _PRIOR + 1 - outside)
        return (math.log(odds[0]) - math.log(odds[1])) / math.sqrt(1 / inside + 1 / outside)

    scores = {word: score(word) for word in counts}
    telling = [word for word in scores if scores[word] > 0]
    return sorted(telling, key=lambda word: (-scores[word], word))[:_MOST]


def _draw_group(axes: Axes, counts: Counter[str], n_texts: int, others: list[tuple[Counter[str], int]]) -> None:
    words = rank(counts, n_texts, others)
    if not words:
        panels.empty(axes, "no word is more frequent here")
        return
    inside = np.array([counts[word] / n_texts for word in words])
    panels.grouped_bars(axes, inside, 0, 1 + bool(others), figures.BLUE, "here")
    if n_others := sum(n for _, n in others):
        outside = np.array([sum(count[word] for count, _ in others) / n_others for word in words])
        panels.grouped_bars(axes, outside, 1, 2, figures.PALE, "in the others")
    panels.label_rows(axes, words)
    figures.percent(axes.xaxis)
    axes.set_xlabel("texts that hold it (grey: in the others)" if n_others else "texts that hold it")

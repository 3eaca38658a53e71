"""Looks of a sequence: texts without blanks that bases or amino acids make up, long enough to be no words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.columns import _alphabet

if TYPE_CHECKING:
    import polars as pl

    from plumbline.columns._alphabet import Alphabet

_SURE = 0.92
_SHORTEST = {"dna": 8, "rna": 8, "protein": 20}  # shorter ones may be names, words, codes
_NEARLY_ALL = 0.98  # of the values
_FEWEST_VALUES, _DISTINCT = 3, 0.5
_PEEK = 50


def recognise(values: pl.Series) -> tuple[float, str]:
    """How sure it is (0 to 1) that (N,) are DNA, RNA or protein sequences, and what was found."""
    import polars as pl

    if values.dtype != pl.String:
        return 0.0, f"stored as {values.dtype}"
    present = values.drop_nulls().str.strip_chars()
    for alphabet in _alphabet.KNOWN.values():
        if _fits(present.head(_PEEK), alphabet) and _fits(present, alphabet):  # most columns show it at once
            return _judge(present)
    return 0.0, "its letters are no bases and no amino acids"


def _fits(texts: pl.Series, alphabet: Alphabet) -> bool:
    """Whether nearly all texts are long enough and hold nothing but letters of the alphabet, in one case."""
    letters = "".join(sorted(alphabet.spellings.keys() - {"-"}))
    upper = "".join(letter for letter in letters if not letter.islower())
    lower = "".join(letter for letter in letters if not letter.isupper())
    cases = [letters] if alphabet.name != "protein" else [upper, lower]
    long = f"{{{_SHORTEST[alphabet.name]},}}"
    return any(texts.str.contains(f"^[{case}-]{long}$").sum() >= _NEARLY_ALL * max(1, len(texts)) for case in cases)


def _judge(texts: pl.Series) -> tuple[float, str]:
    n_distinct = texts.n_unique()
    if n_distinct < max(_FEWEST_VALUES, _DISTINCT * len(texts)):
        return 0.0, f"{len(texts):,} texts share {n_distinct:,} values"
    found = _alphabet.find(_alphabet.count(texts))
    if found is None:
        return 0.0, "its letters are no bases and no amino acids"
    lengths = texts.str.len_chars().to_list()
    shortest, longest = min(lengths), max(lengths)
    size = f"{longest:,}" if shortest == longest else f"{shortest:,} to {longest:,}"
    return _SURE, f"{len(texts):,} {found.said} sequences of {size} letters"

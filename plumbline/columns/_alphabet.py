"""Alphabets of sequences: their letters, what a code for several letters stands for, and the complement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

Counts = dict[str, int]
"""How often each letter occurs."""

_MOSTLY = 0.95
_FEWEST_BASES, _FEWEST_ACIDS = 3, 15
_ANY = "ACDEFGHIKLMNPQRSTVWY"


@dataclass(frozen=True)
class Alphabet:
    """Letters that stand for themselves, and codes, each for one, several or none of these."""

    name: str
    said: str
    """In words, as "DNA"."""
    letters: str
    codes: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    """Other ways to write a letter."""
    folds_case: bool = True
    pairs: dict[str, str] = field(default_factory=dict)
    """Each letter's partner on the other strand."""

    @property
    def ids(self) -> str:
        """Letters and codes in the order of their ids."""
        return self.letters + "".join(self.codes)

    @property
    def spellings(self) -> dict[str, str]:
        """Every character that is read -> its letter or code."""
        own = {letter: letter for letter in self.ids} | self.aliases
        return own | {letter.lower(): meant for letter, meant in own.items()} if self.folds_case else own

    @property
    def complement(self) -> str | None:
        """For each letter and code what stands across from it, in the order of ids; None where nothing does."""
        if not self.pairs:
            return None
        meanings = {frozenset(self.codes.get(letter, letter)): letter for letter in reversed(self.ids)}
        across = [frozenset(self.pairs[base] for base in self.codes.get(letter, letter)) for letter in self.ids]
        return "".join(meanings[bases] for bases in across)


_TWO_OR_MORE = {"R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC"}
_TWO_OR_MORE |= {"B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG", "N": "ACGT", "-": ""}  # Cornish-Bowden 1985; a gap

DNA = Alphabet("dna", "DNA", "ACGT", _TWO_OR_MORE, aliases={"U": "T"}, pairs={"A": "T", "C": "G", "G": "C", "T": "A"})
RNA = Alphabet(
    "rna",
    "RNA",
    "ACGU",
    {code: bases.replace("T", "U") for code, bases in _TWO_OR_MORE.items()},
    aliases={"T": "U"},
    pairs={"A": "U", "C": "G", "G": "C", "U": "A"},
)
# Selenocysteine and pyrrolysine count as what they replace; a stop and a gap are none of the twenty
_CODES = {"B": "DN", "Z": "EQ", "J": "IL", "U": "C", "O": "K", "X": _ANY, "*": "", "-": ""}
PROTEIN = Alphabet("protein", "protein", _ANY, _CODES)

KNOWN = {alphabet.name: alphabet for alphabet in (DNA, RNA, PROTEIN)}


def code_points(values: pl.Series) -> npt.NDArray[np.uint32]:
    """Unicode code points of all texts in a row."""
    import numpy as np

    return np.frombuffer("".join(values.drop_nulls()).encode("utf-32-le"), dtype="<u4")


def count(values: pl.Series) -> Counts:
    """How often each letter occurs in (N,) String."""
    import numpy as np

    codes, times = np.unique(code_points(values), return_counts=True)
    return dict(zip(map(chr, codes.tolist()), times.tolist(), strict=True))


def of_symbols(symbols: Iterable[str]) -> Alphabet:
    """An alphabet of letters that stand for themselves only."""
    return Alphabet("symbols", "sequence", "".join(dict.fromkeys(symbols)), folds_case=False)


def find(counts: Counts) -> Alphabet | None:
    """The known alphabet that letters make up: at least 95 % of them bases, or amino acids; None where none does."""
    folded: Counts = {}
    for letter, count in counts.items():
        folded[letter.upper()] = folded.get(letter.upper(), 0) + count
    bases = RNA if folded.get("U", 0) > folded.get("T", 0) else DNA
    if _is_of(folded, bases, "N", _FEWEST_BASES):
        return bases
    return PROTEIN if _is_of(folded, PROTEIN, "", _FEWEST_ACIDS) else None


def _is_of(counts: Counts, alphabet: Alphabet, besides: str, fewest: int) -> bool:
    """Whether nearly all letters are the alphabet's own, several of which occur, and all are known to it."""
    total = sum(counts.values())
    own = sum(counts.get(letter, 0) for letter in alphabet.letters + besides + "".join(alphabet.aliases))
    occurring = sum(letter in counts for letter in alphabet.letters)
    known = sum(counts.get(letter, 0) for letter in alphabet.spellings)
    return total > 0 and known >= 0.999 * total and own >= _MOSTLY * total and occurring >= fewest

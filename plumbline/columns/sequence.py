"""Sequence: letters of an alphabet in a row, as DNA, RNA, protein or SMILES; each letter becomes an id."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from plumbline.columns import _alphabet
from plumbline.errors import InputError
from plumbline.params import Section

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.figure import Figure

    from plumbline.columns._alphabet import Alphabet, Counts
    from plumbline.graph import Graph

CONTENT = True
DTYPE = "int32"
RAW_DTYPE = "string"
RAW_MEANING = 'the letters as a text, white space among them counts for nothing; "" for a missing value'
MISSING, UNKNOWN, FIRST = 0, 1, 2
ODD_VALUES = (None, "A", "acgtnACGTN", "ACGU" * 700, "MKV-X*", "C1=CC=CC=C1", "é東🎈")
MEASURES = ("length", "gc", "entropy")
GALLERY_VALUES = 500
GALLERY_ROW = 0.9

_WHITE_SPACE = r"[ \t\n\r\f\v]"
_ONE_LETTER = r"[^ \t\n\r\f\v]"
_PAD = "\x02PAD"  # no letter, since it is longer than one
_LONGEST = 1024


class Params(Section):
    """Knobs of sequence columns."""

    alphabet: str | None = Field(default=None, pattern=".")
    """dna, rna, protein, or the letters themselves as CNOcno1=(); null: found, else all letters of train examples."""
    length: int | None = Field(default=None, ge=1)
    """Letters kept of each sequence, from its first; null: as many as the longest of train has, at most 1,024."""
    unknown: Literal["refuse", "keep"] = "refuse"
    """Whether letters outside an alphabet that is named here end the run, or share one id for unknown letters."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are DNA, RNA or proteins, and why; other alphabets must be named."""
    from plumbline.columns import _looks

    return (0.0, "is a target") if is_target else _looks.recognise(values)


def clean(column: pl.Expr) -> pl.Expr:
    """Anything -> String without white space; an empty one is missing."""
    import polars as pl

    text = column.cast(pl.String).str.replace_all(_WHITE_SPACE, "")
    return pl.when(text != "").then(text)


def measure(value: str) -> dict[str, float]:
    """Letters; share of G, C and S (G or C) among them; entropy of the letters in bits (Shannon 1948)."""
    letters = value.upper()
    counts = [letters.count(letter) for letter in sorted(set(letters))]
    gc = sum(letters.count(letter) for letter in "GCS")
    shares = [count / len(letters) for count in counts]
    entropy = abs(math.fsum(share * math.log2(share) for share in shares))
    return {"length": float(len(value)), "gc": gc / len(letters), "entropy": entropy}


def fit(chunks: Iterable[pl.Series], measures: pl.DataFrame, params: Params) -> dict[str, Any]:
    """Fit on train values (N,) String: alphabet and length; how many values are longer, and letters outside."""
    named = _given(params.alphabet)
    counts, foreign = _count(chunks, named if params.unknown == "refuse" else None)
    if named and foreign:
        raise InputError(_refusal(named, foreign))
    alphabet = named or _alphabet.find(counts) or _alphabet.of_symbols(sorted(counts))
    lengths = measures["length"]
    length = params.length or int(min(max(lengths.drop_nulls(), default=1), _LONGEST))
    return {
        "missing": lengths.null_count(),
        "n_ids": FIRST + len(alphabet.ids),
        "length": length,
        "alphabet": alphabet.name,
        "letters": alphabet.ids,
        "codes": alphabet.codes,
        "spellings": alphabet.spellings,
        "complement": alphabet.complement,
        "cropped": int((lengths > length).sum()),
        "unknown": sum(count for letter, count in counts.items() if letter not in alphabet.spellings),
    }


def _given(name: str | None) -> Alphabet | None:
    return None if name is None else _alphabet.KNOWN.get(name) or _alphabet.of_symbols(name)


def _count(chunks: Iterable[pl.Series], alphabet: Alphabet | None) -> tuple[Counts, list[str]]:
    """How often each letter occurs, and the values that hold letters outside the alphabet."""
    counts: Counts = {}
    foreign: list[str] = []
    for chunk in chunks:
        found = _alphabet.count(chunk)
        counts = {letter: counts.get(letter, 0) + found.get(letter, 0) for letter in sorted(counts | found)}
        if alphabet and (outside := found.keys() - alphabet.spellings.keys()):
            foreign += [value for value in chunk.drop_nulls() if not outside.isdisjoint(value)]
    return counts, foreign


def _refusal(alphabet: Alphabet, foreign: list[str]) -> str:
    letter = next(letter for letter in foreign[0] if letter not in alphabet.spellings)
    name = alphabet.letters if alphabet.name == "symbols" else alphabet.name
    shown = foreign[0] if len(foreign[0]) <= 40 else f"{foreign[0][:40]}…"
    return (
        f"params.yaml: columns.sequence.alphabet: is {name!r}, and {len(foreign):,} train values hold other letters "
        f"(the first is {shown!r} with {letter!r}); columns.sequence.unknown: keep takes them as unknown"
    )


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: an id for each of `length` letters."""
    return (int(state["length"]),)


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.int32]:
    """(N,) String -> (N, length) int32 ids: 0 behind the last letter, 1 unknown, 2 … the letters."""
    import numpy as np

    kept = values.fill_null("").str.slice(0, state["length"])
    filled = np.arange(state["length"]) < kept.str.len_chars().to_numpy()[:, None]
    encoded = np.zeros(filled.shape, dtype=np.int32)
    encoded[filled] = _id_table(state)[_alphabet.code_points(kept)]
    return encoded


def _id_table(state: dict[str, Any]) -> npt.NDArray[np.int32]:
    """The id of every Unicode code point."""
    import numpy as np

    table = np.full(0x110000, UNKNOWN, dtype=np.int32)
    words, ids = _words(state)
    table[list(map(ord, words))] = ids
    return table


def _words(state: dict[str, Any]) -> tuple[list[str], list[int]]:
    """Characters that are read, and the id of each."""
    order = {letter: FIRST + index for index, letter in enumerate(state["letters"])}
    return list(state["spellings"]), [order[letter] for letter in state["spellings"].values()]


def raw_shape(state: dict[str, Any]) -> list[str | int]:
    """Shape of one value of the exported model's input: a text."""
    return [1]


def raw(values: pl.Series, state: dict[str, Any]) -> list[npt.NDArray[np.object_]]:
    """(N,) String -> N arrays (1,) of str, as the exported model takes them."""
    import numpy as np

    return [np.array([value], dtype=object) for value in values.fill_null("")]


def front(graph: Graph, value: ir.Value, state: dict[str, Any]) -> ir.Value:
    """Nodes from raw strings (B, 1) to what `encode` gives, (B, length) int32."""
    letters = graph.tokenizer(graph.op("Squeeze", value, graph.int64([1])), pattern=_ONE_LETTER, pad=_PAD)
    words, ids = _words(state)
    found = graph.label_encoder(letters, [_PAD, *words], [MISSING, *ids], default=UNKNOWN)
    return graph.of_length(found, state["length"])


def draw_gallery(figure: Figure, values: dict[str, list[str]]) -> None:
    """Draw which letters stand at each place in each group, or, of unequal lengths, how often each occurs at all."""
    from plumbline.columns import _composition

    _composition.draw_letters(figure, values)


def show(value: str) -> str:
    """The first letters as HTML, bases in colour."""
    from plumbline.columns import _colored

    return _colored.show(value)

"""Text: sentences cut into words, characters or pieces, each with an id; a text is its first ids, padded with 0."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from plumbline.columns import _pieces, _words
from plumbline.errors import InputError
from plumbline.params import Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    import numpy.typing as npt
    import onnx_ir as ir
    import polars as pl
    from matplotlib.figure import Figure

    from plumbline.graph import Graph

CONTENT = True
DTYPE = "int32"
RAW_DTYPE = "string"
RAW_MEANING = 'a text; "" for a missing one'
PADDING, UNKNOWN, FIRST = 0, 1, 2
ODD_VALUES = (
    None,
    "a text",
    "Wörter, that no training EXAMPLE has: 東京 🎈 £5.00",
    "so many words " * 100,
    "\t\r\n \u00a0\u3000",
    "nul \x00 and \u200d, e\u0301, \U0010ffff",
)
MEASURES = ("words", "characters", "capitals", "digits")
GALLERY_ROW = 1.1
GALLERY_VALUES = 500

_MOST_TOKENS = {"words": 256, "characters": 1024, "pieces": 256}
_SHARE_WHOLE = 0.99  # of the train texts that are not cut at the end
_WORD = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]{3}|\S*\p{L}{2}\S*"  # as `recognise` counts them
_FEWEST_WORDS, _FEWEST_DISTINCT = 4, 0.5  # words of a sentence, and the share of texts that differ
_SHOWN = 300  # characters shown of a text


class Params(Section):
    """Knobs of text columns."""

    tokens: Literal["words", "characters", "pieces"] = "words"
    """What a text is cut into; pieces of words are learned, by the package tokenizers, and cannot go into onnx."""
    lower: bool = True
    """Whether A-Z count as a-z; other capitals stay, because the exported model has no means for them."""
    pattern: str | None = None
    """What a word is, as a regular expression of explicit classes; null: a run of letters, or one digit or sign."""
    vocabulary: int = Field(default=20_000, ge=1)
    """Tokens that get an id, at most: the most frequent."""
    min_count: int = Field(default=2, ge=1)
    """Times a token must occur in training texts for an id of its own; a rarer one counts as unknown."""
    length: int | None = Field(default=None, ge=1)
    """Tokens read of a text; null: as many as 99 % of the training texts have, at most 256, or 1,024 characters."""


def recognise(values: pl.Series, is_target: bool) -> tuple[float, str]:
    """How sure it is (0 to 1) that `values` are sentences, and why."""
    import polars as pl

    texts = values.drop_nulls()
    if values.dtype != pl.String or is_target or not len(texts):
        return 0.0, "not text"
    n_distinct = texts.n_unique()
    mean = texts.str.count_matches(_WORD).sum() / len(texts)
    if mean < _FEWEST_WORDS or n_distinct < _FEWEST_DISTINCT * len(texts):
        return 0.0, f"{n_distinct:,} distinct texts of {mean:.0f} words on average"
    return 0.55, f"{len(texts):,} texts of {mean:.0f} words on average"


def clean(column: pl.Expr) -> pl.Expr:
    """Anything -> String without surrounding white space; an empty one is missing."""
    import polars as pl

    text = column.cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def measure(value: str) -> dict[str, float]:
    """Words and characters of a text, the share of capitals among its letters, of digits among its characters."""
    letters = [sign for sign in value if sign.isalpha()]
    return {
        "words": float(len(value.split())),
        "characters": float(len(value)),
        "capitals": sum(sign.isupper() for sign in letters) / max(1, len(letters)),
        "digits": sum(sign.isdigit() for sign in value) / max(1, len(value)),
    }


def fit(chunks: Iterable[pl.Series], measures: pl.DataFrame, params: Params) -> dict[str, Any]:
    """Fit on train texts (N,) String, chunk by chunk: the vocabulary by falling count, and the length of a text."""
    pattern, pieces = _choose_pattern(params), None
    if params.tokens == "pieces":
        chunks = list(chunks)  # read twice, and so held in memory
        pieces = _pieces.train(_texts(chunks, params.lower), params.vocabulary, params.min_count)
    state = {"missing": measures[MEASURES[0]].null_count(), "pattern": pattern, "pieces": pieces, "lower": params.lower}
    cut, counts, lengths = _cutter(state), Counter[str](), Counter[int]()
    for text in _texts(chunks):
        tokens = cut(text)
        counts.update(tokens)
        lengths[len(tokens)] += 1
    vocabulary = _pieces.vocabulary_of(pieces) if pieces else _most_frequent(counts, params)
    length = params.length or min(_longest(lengths), _MOST_TOKENS[params.tokens])
    return state | {"length": length, "n_ids": FIRST + len(vocabulary), "vocabulary": vocabulary}


def _texts(chunks: Iterable[pl.Series], lower: bool = False) -> Iterator[str]:
    for chunk in chunks:
        yield from map(_words.lower_ascii, chunk.drop_nulls()) if lower else chunk.drop_nulls()


def _cutter(state: dict[str, Any]) -> _words.Cut:
    """What cuts a text into tokens."""
    if state["pieces"]:
        cut = _pieces.cutter(state["pieces"])
        return (lambda text: cut(_words.lower_ascii(text))) if state["lower"] else cut
    return _words.cutter(state["pattern"], state["lower"])


def _most_frequent(counts: Counter[str], params: Params) -> list[str]:
    frequent = [(token, count) for token, count in counts.items() if count >= params.min_count]
    frequent.sort(key=lambda pair: (-pair[1], pair[0]))
    return [token for token, _ in frequent[: params.vocabulary]]


def _choose_pattern(params: Params) -> str | None:
    """The pattern of a token, None for pieces; InputError for one that the exported graph would read differently."""
    if params.pattern is None:
        return {"words": _words.WORDS, "characters": _words.CHARACTERS}.get(params.tokens)
    if params.tokens != "words":
        raise InputError(
            f"params.yaml: columns.text.pattern: is for words, and tokens is {params.tokens}; set it to null"
        )
    try:
        _words.cutter(params.pattern, params.lower)
    except ValueError as error:
        raise InputError(f"params.yaml: columns.text.pattern: {error}") from None
    return params.pattern


def _longest(lengths: Counter[int]) -> int:
    """The least length that 99 % of the texts keep, at least 1."""
    needed, seen = _SHARE_WHOLE * lengths.total(), 0
    for length in sorted(lengths):
        seen += lengths[length]
        if seen >= needed:
            return max(1, length)
    return 1


def shape(state: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one encoded value: an id for each place."""
    return (int(state["length"]),)


def encode(values: pl.Series, state: dict[str, Any]) -> npt.NDArray[np.int32]:
    """(N,) String -> (N, length) int32 ids: 0 behind the text's end, 1 unknown, 2 … the vocabulary.

    A missing text, and one without any token, is all padding.
    """
    import numpy as np

    cut, length = _cutter(state), state["length"]
    id_of = {token: number for number, token in enumerate(state["vocabulary"], FIRST)}.get
    encoded = np.zeros((len(values), length), np.int32)
    for row, text in enumerate(values):
        if text:
            ids = [id_of(token, UNKNOWN) for token in cut(text)[:length]]
            encoded[row, : len(ids)] = ids
    return encoded


def raw_shape(state: dict[str, Any]) -> list[str | int]:
    """Shape of one raw value: a single text."""
    return [1]


def raw(values: pl.Series, state: dict[str, Any]) -> list[npt.NDArray[np.object_]]:
    """(N,) String -> N arrays (1,) of str, as the exported model takes them."""
    import numpy as np

    return [np.array([text or ""], dtype=object) for text in values]


def front(graph: Graph, value: ir.Value, state: dict[str, Any]) -> ir.Value:
    """Nodes from raw texts (B, 1) to what `encode` gives, (B, length) int32."""
    if state["pieces"]:
        _pieces.refuse_onnx()
    text = graph.op("Squeeze", value, graph.int64([1]))
    tokens = _words.front(graph, text, state["pattern"], state["lower"])
    words, ids = ["", *state["vocabulary"]], [PADDING, *range(FIRST, state["n_ids"])]
    encoded = graph.label_encoder(tokens, words, ids, default=UNKNOWN)
    return graph.of_length(encoded, state["length"])


def show(value: str) -> str:
    """The text as HTML, a long one cut in its middle."""
    import html

    from plumbline import wording

    return f"<span>{html.escape(wording.in_line(value, _SHOWN))}</span>"


def draw_gallery(figure: Figure, values: dict[str, list[str]]) -> None:
    """Draw the words that set each group's texts apart, with the share of its texts that hold them."""
    from plumbline import word_figures

    word_figures.draw_words(figure, values)

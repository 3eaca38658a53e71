"""Text: where words end, what is told apart from a category, and that the exported model reads the same ids."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import polars as pl
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline import plugins, word_figures
from plumbline.columns import _pattern, _words, text
from plumbline.errors import InputError
from plumbline.files import read_json
from tests import project
from tests.test_contents import measures, open_front, run_front

NASTY = [
    *("a", "B", "é", "É", "İ", "ı", "ß", "\n", "\r\n", "\0", "0", "9", "'", "’", "-", "£", "😀", "\u200d", "\u0301"),
    *(
        "東",
        "か",
        "ก",
        "م",
        "\u3000",
        "\u00a0",
        "\ufeff",
        "\ufe0f",
        " ",
        "\U0010ffff",
        "\ue000",
        "\x85",
        "word",
        "\x02PAD",
    ),
]
PATTERNS = [
    _words.WORDS,
    r"[a-z]+(?:'[a-z]+)*|[0-9]{1,3}|[^ a-z0-9]",
    r"(?:[A-Za-z]\.?)+|[0-9]+(?:,[0-9]{3})*",
    r"\x{1F600}{2,}|[\u4e00-\u9fff]|-?[0-9]",
    r"[^\n]{2,4}",
]


def fit(texts: list[str | None], **knobs: Any) -> dict[str, Any]:
    values = pl.Series(texts, dtype=pl.String)
    return text.fit([values], measures("text", values), text.Params(**knobs))


def nasty_texts(n: int) -> list[str]:
    generator = random.Random(0)  # noqa: S311 - a test's
    return ["".join(generator.choices(NASTY, k=generator.randint(0, 30))) for _ in range(n)]


# Where words end


@pytest.mark.parametrize(
    ("given", "tokens"),
    [
        ("I'll pay £5.00, o’clock!!", ["i'll", "pay", "£", "5", ".", "0", "0", ",", "o’clock", "!", "!"]),
        ("'quoted' rock'n'roll dogs'", ["'", "quoted", "'", "rock'n'roll", "dogs", "'"]),
        ("ÉCOLE É e\u0301cole", ["École", "É", "e\u0301cole"]),
        ("東京に a1b2", ["東", "京", "に", "a", "1", "b", "2"]),
        ("one\u00a0two\u3000three\u200bfour", ["one", "two", "three", "four"]),
        ("👍🏽 u@x.org", ["👍", "🏽", "u", "@", "x", ".", "org"]),
    ],
)  # fmt: skip
def test_a_text_is_cut_into_words_digits_and_signs(given: str, tokens: list[str]) -> None:
    assert _words.cutter(_words.WORDS, lower=True)(given) == tokens


def test_only_ascii_letters_are_lowered() -> None:
    assert _words.lower_ascii("ABC É İ Ω z") == "abc É İ Ω z"


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"\w+", r"holds \w, which the two engines read differently; write a class as [a-z0-9]"),
        (r"(a)", r"holds '(', which is not read; write \( or a class as [a-z]"),
        (r"a$", r"holds '$', which is not read; write \$ or a class as [a-z]"),
        (r"a+?", "holds +?; a count is greedy and stands alone"),
        (r"a|ab", "leaves two ways to read a character; let no two of its classes that meet share one"),
        (r"a?ab?", "leaves two ways to read a character; let no two of its classes that meet share one"),
        (r"[a-z]{1,3}[a-z]", "leaves two ways to read a character; let no two of its classes that meet share one"),
        (r"a*", "matches nothing at all"),
        (r"a*|b", "has an alternative that matches nothing at all"),
        (r"(?:a*)+", "counts a group that may match nothing at all"),
        (r"a||b", "has an empty alternative"),
        (r"", "has an empty alternative"),
        (r"(?:a", "opens a group that it does not close"),
        (r"a)", "closes a group that it does not open"),
        (r"[a", "opens a class that it does not close"),
        (r"[]", "holds a class of no character"),
        (r"[z-a]", "holds a range from 'z' to 'a', which is none"),
        (r"a{3,2}", "holds {3,2}, which counts nothing"),
        (r"a{600}", "counts to more than 500"),
    ],
)
def test_a_pattern_that_two_engines_may_read_differently_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(_pattern.PatternError) as raised:
        _pattern.parse(pattern)
    assert str(raised.value) == why
    with pytest.raises(InputError) as refused:
        fit(["a"], pattern=pattern)
    assert str(refused.value) == f"params.yaml: columns.text.pattern: {why}"


def test_a_pattern_is_for_words() -> None:
    with pytest.raises(InputError) as raised:
        fit(["a"], pattern="[a-z]+", tokens="characters")
    assert str(raised.value) == (
        "params.yaml: columns.text.pattern: is for words, and tokens is characters; set it to null"
    )


# Ids


def test_tokens_have_ids_by_falling_count_and_rare_ones_share_one() -> None:
    state = fit(["b a b", "a b c", None])
    assert state["vocabulary"] == ["b", "a"]
    assert (state["n_ids"], state["length"], state["missing"]) == (4, 3, 1)
    assert text.encode(pl.Series(["a b c d", "", None, "B"]), state).tolist() == [
        [3, 2, 1],
        [0, 0, 0],
        [0, 0, 0],
        [2, 0, 0],
    ]


def test_a_vocabulary_holds_the_most_frequent_and_of_equals_the_first_in_the_alphabet() -> None:
    assert fit(["z z y y x x w"], vocabulary=2, min_count=1)["vocabulary"] == ["x", "y"]


def test_a_text_is_as_long_as_99_of_100_are_and_never_longer_than_256() -> None:
    assert fit(["a b"] * 99 + ["a " * 50])["length"] == 2
    assert fit(["a b"] * 98 + ["a " * 50] * 2)["length"] == 50
    assert fit(["a " * 1000])["length"] == 256
    assert fit(["a" * 5000], tokens="characters")["length"] == 1024
    assert fit(["a b c"], length=2)["length"] == 2
    assert fit([None])["length"] == 1


# The exported model


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_exported_model_cuts_thousands_of_nasty_texts_alike(pattern: str) -> None:
    texts = nasty_texts(3000)
    state = fit(texts, pattern=pattern, length=40)
    session = open_front("text", state)
    for values in (pl.Series([*texts, ""]), pl.Series(["x" * 20_000])):
        found = run_front(session, "text", state, values)
        np.testing.assert_array_equal(found, text.encode(values, state))


SESSIONS: dict[str, tuple[dict[str, Any], onnxruntime.InferenceSession]] = {}


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.text() | st.text(alphabet="aZ'9 !\n\0é😀"), min_size=1, max_size=5),
    st.sampled_from(["words", "characters"]),
)
def test_the_exported_model_cuts_any_text_alike(texts: list[str], tokens: str) -> None:
    if tokens not in SESSIONS:
        state = fit(nasty_texts(200), tokens=tokens, min_count=1, length=20)
        SESSIONS[tokens] = state, open_front("text", state)
    state, session = SESSIONS[tokens]
    values = pl.Series(texts, dtype=pl.String)
    np.testing.assert_array_equal(run_front(session, "text", state, values), text.encode(values, state))


# Pieces of words


def test_pieces_without_their_package_are_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(InputError) as raised:
        fit(["a text"], tokens="pieces")
    assert str(raised.value) == (
        "params.yaml: columns.text.tokens: pieces need the package tokenizers; pip install tokenizers"
    )


def test_pieces_are_learned_alike_and_cover_every_text() -> None:
    pytest.importorskip("tokenizers")
    texts = ["the lower the lowest", "the newer the newest", None, "Newest LOWEST"] * 5
    state = fit(texts, tokens="pieces", vocabulary=300)
    assert state == fit(texts, tokens="pieces", vocabulary=300)
    assert {"Ġthe", "Ġlowest"} <= set(state["vocabulary"])
    assert state["n_ids"] == 2 + len(state["vocabulary"])
    encoded = text.encode(pl.Series([*NASTY, "the LOWEST", None]), state)
    assert (encoded != text.UNKNOWN).all()
    assert encoded[-2].tolist() == text.encode(pl.Series(["the lowest"]), state)[0].tolist()
    assert not encoded[-1].any()


def test_pieces_cannot_go_into_an_onnx_model() -> None:
    state = fit(["a"]) | {"pieces": "{}"}
    with pytest.raises(InputError) as raised:
        open_front("text", state)
    assert str(raised.value) == (
        "params.yaml: columns.text.tokens: onnxruntime cannot cut a text into pieces without a library of its own; "
        "leave onnx out of export.formats, or set tokens to words"
    )


# Recognition


@pytest.mark.parametrize(
    ("values", "is_text"),
    [
        (["the cat sat down", "a dog ran off again", "no bird flew by today"], True),
        (["東京は日本の首都です。人が多いです。", "今日はとても良い天気ですね、散歩に行きましょう。"], True),
        (["Ada Lovelace", "Alan Turing", "Grace Hopper"], False),
        (["A 12 B 7 C", "X 9 Y 8 Z", "Q 1 R 2 S"], False),
        (["images/of/cats/one.png", "images/of/dogs/two.png"], False),
        (["not applicable for this person"] * 9 + ["applies to all others here"], False),
        (["ACGTACGTACGT", "GGGTTTACCCAT"], False),
        ([None, None], False),
    ],
)
def test_sentences_are_texts_and_names_codes_and_phrases_that_repeat_are_categories(
    values: list[str | None], is_text: bool
) -> None:
    series = pl.Series(values, dtype=pl.String)
    scores = {kind: module.recognise(series, False)[0] for kind, module in plugins.load_all("columns").items()}
    assert (max(scores, key=lambda kind: scores[kind]) == "text") == is_text


def test_the_reason_tells_how_many_texts_of_how_many_words() -> None:
    values = pl.Series([f"this is sentence number {word}" for word in ("one", "two", "three")])
    assert text.recognise(values, False) == (0.55, "3 texts of 5 words on average")
    assert text.recognise(values, True)[0] == 0.0


# What is shown


def test_a_shown_text_is_escaped_and_cut() -> None:
    assert text.show("<b>\n&") == "<span>&lt;b&gt;\\n&amp;</span>"
    assert len(text.show("x" * 1000)) == 300 + len("<span></span>")


def test_the_words_that_tell_a_group_come_first() -> None:
    spam, ham = ["win a free prize now", "free entry to win now"], ["see you at home now", "i am at home"]
    counts = [word_figures._count(texts) for texts in (spam, ham)]
    assert word_figures.rank(counts[0], 2, [(counts[1], 2)])[:2] == ["free", "win"]
    assert word_figures.rank(counts[1], 2, [(counts[0], 2)])[:2] == ["at", "home"]
    assert word_figures.rank(counts[1], 2, [])[:2] == ["at", "home"]


# Encoders and augmentation


@pytest.mark.parametrize("name", ["bag", "convolutions"])
def test_padding_changes_no_feature(name: str) -> None:
    module = plugins.load("encoders", name)
    torch.manual_seed(0)
    encoder = module.build(module.Params(), [{"n_ids": 20}], (6,)).eval()
    ids = torch.tensor([[[3, 4, 5, 6, 7, 8]], [[3, 4, 0, 0, 0, 0]], [[0, 0, 0, 0, 0, 0]]], dtype=torch.int32)
    wider = torch.cat([ids, torch.zeros(3, 1, 9, dtype=torch.int32)], dim=2)
    torch.testing.assert_close(encoder(wider), encoder(ids))
    torch.testing.assert_close(encoder(ids[1:2, :, :2]), encoder(ids)[1:2])


@pytest.mark.parametrize("name", ["bag", "convolutions", "transformer"])
def test_a_text_without_tokens_is_all_zeros(name: str) -> None:
    module = plugins.load("encoders", name)
    encoder = module.build(module.Params(), [{"n_ids": 20}], (6,)).eval()
    assert encoder(torch.zeros(2, 1, 6, dtype=torch.int32)).abs().max() == 0


@pytest.mark.parametrize("name", ["bag", "convolutions", "transformer"])
def test_an_encoder_of_texts_sees_the_order_of_words(name: str) -> None:
    module = plugins.load("encoders", name)
    encoder = module.build(module.Params(), [{"n_ids": 20}], (4,)).eval()
    one, other = encoder(torch.tensor([[[2, 3, 4, 5]], [[5, 4, 3, 2]]], dtype=torch.int32))
    assert (one - other).abs().max() > 1e-4


def test_heads_that_cannot_share_a_width_are_one_sentence() -> None:
    module = plugins.load("encoders", "transformer")
    with pytest.raises(InputError) as raised:
        module.build(module.Params(width=30, heads=4), [{"n_ids": 5}], (4,))
    assert str(raised.value) == (
        "params.yaml: encoders: transformer.width: is 30, which 4 heads cannot share; make it a multiple of heads"
    )


def test_hidden_tokens_are_unknown_and_padding_stays() -> None:
    module = plugins.load("augmentations", "text")
    ids = torch.full((40, 1, 50), 7, dtype=torch.int32)
    ids[:, :, 30:] = 0
    hidden = module.augment(ids, module.Params(hide=0.25), {}, torch.Generator().manual_seed(0))
    assert hidden.dtype == torch.int32
    assert (hidden[:, :, 30:] == 0).all()
    assert set(hidden[:, :, :30].unique().tolist()) == {1, 7}
    assert abs((hidden[:, :, :30] == 1).float().mean() - 0.25) < 0.05
    assert torch.equal(module.augment(ids, module.Params(), {}, torch.Generator()), ids)


# The pipeline


def text_table(n_rows: int = 90) -> pl.DataFrame:
    """Sentences whose words tell the class, some missing, beside a number that does not."""
    generator = np.random.default_rng(0)
    words = {"spam": ["win", "cash", "free", "call", "now"], "ham": ["home", "see", "you", "later", "ok"]}
    common = ["the", "a", "and", "to", "of", "it"]
    labels = ["spam" if index % 3 == 0 else "ham" for index in range(n_rows)]
    texts = [
        None if index % 20 == 19 else " ".join(generator.choice(words[label] + common, generator.integers(5, 12)))
        for index, label in enumerate(labels)
    ]
    return pl.DataFrame({"message": texts, "size": generator.normal(size=n_rows), "y": labels})


@pytest.mark.parametrize("encoder", ["bag", pytest.param("transformer", marks=pytest.mark.slow)])
def test_a_table_with_texts_goes_through_all_stages(tmp_path: Path, encoder: str) -> None:
    knobs = {"name": encoder, "bag": {"width": 8, "buckets": 50}, "transformer": {"width": 8, "depth": 1}}
    project.make_project(tmp_path, text_table(), **{"encoders.text": knobs, "train.augment": {"text": {"hide": 0.1}}})
    with project.inside(tmp_path):
        project.run(*project.STAGES)
        columns = read_json(Path("reports/ingest.json"))["columns"]
        assert [(one["name"], one["type"], one["role"]) for one in columns[:3]] == [
            ("message", "text", "feature"),
            ("size", "number", "feature"),
            ("y", "category", "target"),
        ]
        assert {one["name"] for one in columns if one["role"] == "measure"} == {
            f"message: {name}" for name in text.MEASURES
        }
        session = onnxruntime.InferenceSession("models/export/model.onnx", providers=["CPUExecutionProvider"])
        raw = {"message": np.array([["call now to WIN!"], [""]], dtype=object), "size": np.zeros((2, 1))}
        labels, probabilities = session.run(None, raw)
        assert labels.shape == (2, 1)
        assert np.isfinite(probabilities).all()
        assert Path("reports/data/contents_0.png").exists()

"""Texts: sentences, gaps, every script, what has no word in it."""

import polars as pl

from plumbline.columns.text import Params

_SENTENCES = [
    "The cat sat on the mat, and the dog did not.",
    "Call 0800 123 456 NOW to claim your £500 prize!!!",
    "I'll see you at five o'clock, won't I? <script>alert(1)</script>",
    "Das Café in Köln öffnet um neun, sagt man dort.",
    "мама мыла раму вчера вечером дома",
]
CASES = {
    "plain": pl.Series(_SENTENCES),
    "with gaps": pl.Series([*_SENTENCES[:2], None, "", " \t\n ", None]),
    "all missing": pl.Series([None, None], dtype=pl.String),
    "one row": pl.Series(["a sentence of five words"]),
    "scripts": pl.Series(
        ["東京は日本の首都です。", "ราชอาณาจักรไทย", "مرحبا بالعالم", "한국어 문장입니다", "नमस्ते दुनिया"]
    ),
    "marks": pl.Series(
        ["e\u0301 \u00c9 \u0130 \u1e9e", "👩‍👩‍👧 🇩🇪 🏴‍☠️", "\u00a0\u3000\ufeff", "a\u00adb\u200dc", "\U0010ffff\ue000"]
    ),
    "signs": pl.Series(["a\r\nb\tc", "x\x00y", "\x00", "'' ’' '’a’'", "…— – “q”", "1,234.56 $5", "\\ \x7f \x85"]),
    "long": pl.Series(["word " * 5000, "x" * 100_000, "!" * 1000, "ab" * 300]),
}
KNOBS = [
    Params(lower=False, min_count=1),
    Params(tokens="characters"),
    Params(tokens="characters", length=7, vocabulary=5),
    Params(pattern=r"[a-z0-9]+(?:-[a-z0-9]+)*|[^a-z0-9\x00-\x20]{1,2}", length=3),
]
BROKEN: dict[str, tuple[str, str]] = {}

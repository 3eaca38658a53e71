"""Words: where a text is cut into tokens, in Python and in the exported graph alike."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from plumbline.columns import _pattern

if TYPE_CHECKING:
    import onnx_ir as ir

    from plumbline.graph import Graph

LETTERS = r"a-zA-Z\xaa\xb5\xba\xc0-\xd6\xd8-\xf6\xf8-\u0dff\u10a0-\u167f\u1681-\u177f\u1800-\u1fff\uac00-\ud7a3"
"""Letters of scripts with spaces between words, and the marks upon them: Latin to Devanagari, Hangul."""
BLANKS = r"\x00-\x20\x7f-\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufe00-\ufe0f\ufeff"
"""White space, control characters and what is not seen."""
WORDS = rf"[{LETTERS}]+(?:['\u2019][{LETTERS}]+)*|[0-9]|[^{LETTERS}{BLANKS}0-9]"
"""Words, apostrophes inside them too; each digit, sign, emoji and letter of a script without spaces by itself."""
CHARACTERS = r"[\x00-\U0010ffff]"

Cut = Callable[[str], list[str]]
"""A text -> its tokens, in order."""


def cutter(pattern: str, lower: bool) -> Cut:
    """What cuts a text into a pattern's matches; `lower`: after A-Z are written small."""
    find = re.compile(_pattern.parse(pattern).python).findall
    return (lambda text: find(lower_ascii(text))) if lower else find


def lower_ascii(text: str) -> str:
    """A text with A-Z written small, and no other letter: all that the exported graph can do on every machine."""
    return text.encode().lower().decode()


def front(graph: Graph, value: ir.Value, pattern: str, lower: bool) -> ir.Value:
    """Nodes from texts (B,) to their tokens (B, most tokens), padded with ""."""
    if lower:
        value = graph.op("StringNormalizer", value, case_change_action="LOWER", is_case_sensitive=1, locale="C")
    return graph.tokenizer(value, pattern=_pattern.parse(pattern).re2, pad="")

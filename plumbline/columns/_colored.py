"""Letters of a sequence in colour, as HTML."""

import html
from itertools import groupby

_SHOWN = 120  # letters of a value in the report
BASES = {"A": "#009e73", "C": "#0072b2", "G": "#b58900", "T": "#d55e00", "U": "#d55e00"}


def show(value: str) -> str:
    """The first 120 letters as HTML, bases in colour."""
    runs = groupby(value[:_SHOWN], key=lambda letter: BASES.get(letter.upper(), ""))
    parts = [_colored(html.escape("".join(letters)), color) for color, letters in runs]
    rest = f"… ({len(value):,} letters)" if len(value) > _SHOWN else ""
    return f'<code style="word-break:break-all">{"".join(parts)}{rest}</code>'


def _colored(text: str, color: str) -> str:
    return f'<span style="color:{color}">{text}</span>' if color else text

"""Wording: numbers, shares, sizes and names as people read them."""

import math


def number(value: float) -> str:
    """Four significant digits, never fewer than all before the point: 0.01234, 12.35, 12,346, 1.235e-07."""
    if value and not 1e-4 <= abs(value) < 1e9:
        return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")
    digits = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:,.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "\N{MINUS SIGN}")


def share(value: float) -> str:
    """A share in [0, 1] as per cent: 100 %, 37 %, 3.7 %, 0.04 %."""
    percent = 100 * value
    if 99.5 <= percent < 100:
        return "> 99 %"
    return f"{percent:.0f} %" if percent >= 9.95 or percent == 0 else f"{percent:.2g} %"


def size(n_bytes: int) -> str:
    """A file's size: 312 bytes, 4.1 kB, 1.2 MB."""
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if n_bytes >= limit:
            return f"{n_bytes / limit:.1f} {unit}"
    return f"{n_bytes} bytes"


def quoted(text: object, limit: int = 60) -> str:
    """A name or a value in quotes and in one line, a long one shortened in its middle: 'the first wo…rds'."""
    return repr(_shorten(str(text), limit))


def in_line(text: str, limit: int | None = None) -> str:
    """A text that breaks no line: what cannot be printed is escaped, a long text shortened as `quoted` does."""
    short = text if limit is None else _shorten(text, limit)
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in short)


def _shorten(word: str, limit: int) -> str:
    return word if len(word) <= limit else f"{word[: limit - limit // 3 - 1]}…{word[-(limit // 3) :]}"


def listed(words: list[str], most: int) -> str:
    """The first words of a list, and how many more there are: a, b, c and 4 more."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more:,} more" if more > 0 else "")


def free_name(name: str, taken: set[str]) -> str:
    """The name, with underscores behind it while it is taken; it is taken from now on."""
    while name in taken:
        name = f"{name}_"
    taken.add(name)
    return name


def counted(n: int, thing: str) -> str:
    """How many of a thing: 1 row, 2,000 rows, 2 series."""
    return f"{n:,} {thing}" + ("" if n == 1 or thing.endswith("s") else "s")

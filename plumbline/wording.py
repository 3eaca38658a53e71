"""Wording: numbers, shares and sizes as people read them."""

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

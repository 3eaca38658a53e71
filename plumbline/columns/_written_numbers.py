"""Numbers written as 1,234, $3.50, 12 %, 5 kg or (7) -> 1234, 3.50, 12, 5, -7."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plumbline.columns._form import Form

if TYPE_CHECKING:
    import polars as pl

_GAP = "[ '\u2019\u00a0\u202f]"
_MINUS = "\u2212"
_GROUPED = rf"[1-9]\d{{0,2}}(?:(?:,\d{{3}})+|(?:{_GAP}\d{{3}})+)(?:\.\d+)?"
_PLAIN = r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?"
_MONEY = r"(?:US|C|A|HK)?\$|[€£¥₹₽₩]|USD|EUR|GBP|CHF|JPY"
_UNIT = rf"%|{_MONEY}|[A-Za-zµμ°Ω][A-Za-zµμ°Ω/²³]{{0,9}}"
_WRITTEN = (
    rf"^(?<open>\()?\s*(?<minus>[+\u2212-])?\s*(?<money>{_MONEY})?\s*(?<sign>[+\u2212-])?"
    rf"(?<number>{_GROUPED}|{_PLAIN})\s*(?<unit>{_UNIT})?\s*(?<close>\))?$"
)


def find_form(values: pl.Series) -> Form | None:
    """How the numbers in (N,) String are written, where some are not plain and one unit, or none, goes with all."""
    present = values.drop_nulls()
    parts = present.str.strip_chars().str.extract_groups(_WRITTEN).struct.unnest()
    parts = parts.filter(parts["number"].is_not_null())
    if not len(parts) or parts["money"].drop_nulls().n_unique() > 1 or parts["unit"].n_unique() > 1:
        return None
    traits = _traits(parts)
    if not traits or not (parts["open"].is_null() == parts["close"].is_null()).all():
        return None
    return Form("number text", f"are numbers with {' and '.join(traits)}", len(parts), _plain)


def _traits(parts: pl.DataFrame) -> list[str]:
    """What makes the texts more than plain numbers."""
    found = []
    if (money := parts["money"].drop_nulls()).len():
        found.append(f"{money[0]!r} before them")
    if (unit := parts["unit"].drop_nulls()).len():
        found.append(f"{unit[0]!r} behind them")
    if parts["number"].str.contains(_GROUPED.replace(r"(?:\.\d+)?", "")).any():
        found.append("thousands separators")
    if (parts["minus"].eq(_MINUS) | parts["sign"].eq(_MINUS)).any():
        found.append(f"{_MINUS!r} for a minus")
    if parts["open"].is_not_null().any():
        found.append("parentheses for a minus")
    return found


def _plain(column: pl.Expr) -> pl.Expr:
    import polars as pl

    parts = column.str.strip_chars().str.extract_groups(_WRITTEN)
    field = parts.struct.field
    signs = pl.concat_str([field("minus"), field("sign")], ignore_nulls=True)
    negative = field("open").is_not_null() | signs.str.contains("[\u2212-]")
    number = field("number").str.replace_all(rf",|{_GAP}", "")
    return pl.coalesce(pl.when(negative).then(pl.concat_str([pl.lit("-"), number])).otherwise(number), column)

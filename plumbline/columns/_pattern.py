"""Patterns of words: regular expressions in which Python's engine and the exported graph's find the same matches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

Ranges = tuple[tuple[int, int], ...]
"""Code points of a class of characters: (first, last) of each run, sorted and disjoint."""

_LAST = 0x10FFFF
_MOST_PLACES = 500
_SPECIAL = ".^$*+?()[]{}|\\"
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_CODE = re.compile(r"x\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})")
_COUNT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}")


class PatternError(ValueError):
    """What is wrong with a pattern, as a predicate: "holds …"."""


@dataclass
class Places:
    """The places of a pattern (its Glushkov automaton): what each takes, and which may come first, last and next."""

    takes: list[Ranges] = field(default_factory=list)
    follow: list[set[int]] = field(default_factory=list)

    def add(self, ranges: Ranges) -> int:
        """A new place that takes one character of these; its number."""
        if len(self.takes) == _MOST_PLACES:
            raise PatternError(f"counts to more than {_MOST_PLACES}")
        self.takes.append(ranges)
        self.follow.append(set())
        return len(self.takes) - 1


@dataclass(frozen=True)
class Part:
    """A piece of a pattern: its text for each engine, and how it adds its places: (first, last, may be empty)."""

    python: str
    re2: str
    place: Callable[[Places], tuple[set[int], set[int], bool]]


def parse(text: str) -> Part:
    """A pattern in explicit classes, groups (?:…), | and greedy counts; PatternError says what else it holds.

    It must be deterministic: of two ways to go on, only one can take the next character (Brüggemann-Klein 1993). Then
    the first match that Python's backtracking finds is the longest, which is what the exported graph's RE2 looks for.
    """
    parser = _Parser(text)
    part = parser.either()
    if parser.at < len(text):
        raise PatternError("closes a group that it does not open")
    places = Places()
    first, _, may_be_empty = part.place(places)
    if may_be_empty:
        raise PatternError("matches nothing at all")
    for group in (first, *places.follow):
        for one, other in combinations(sorted(group), 2):
            if _overlap(places.takes[one], places.takes[other]):
                raise PatternError("leaves two ways to read a character; let no two of its classes that meet share one")
    return part


def _overlap(one: Ranges, other: Ranges) -> bool:
    return any(low <= last and first <= high for low, high in one for first, last in other)


class _Parser:
    """Reads a pattern from the left; `at` is the next character's place."""

    def __init__(self, text: str) -> None:
        self._text, self.at = text, 0

    def _next(self) -> str:
        return self._text[self.at : self.at + 1]

    def _take(self, sign: str) -> bool:
        found = self._text.startswith(sign, self.at)
        self.at += len(sign) * found
        return found

    def either(self) -> Part:
        """One alternative or several."""
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else _either(parts)

    def _sequence(self) -> Part:
        parts = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._counted(self._atom()))
        if not parts:
            raise PatternError("has an empty alternative")
        return parts[0] if len(parts) == 1 else _sequence(parts)

    def _atom(self) -> Part:
        if self._take("(?:"):
            part = self.either()
            if not self._take(")"):
                raise PatternError("opens a group that it does not close")
            return Part(f"(?:{part.python})", f"(?:{part.re2})", part.place)
        if self._take("["):
            return _class(self._class())
        if self._next() in _SPECIAL and self._next() != "\\":
            raise PatternError(f"holds {self._next()!r}, which is not read; write \\{self._next()} or a class as [a-z]")
        code = self._character()
        return _class(((code, code),))

    def _character(self) -> int:
        """A character's code point, written as itself or with a backslash."""
        if not self._take("\\"):
            self.at += 1
            return ord(self._text[self.at - 1])
        if found := _CODE.match(self._text, self.at):
            self.at = found.end()
            return min(int(next(filter(None, found.groups())), 16), _LAST)
        sign = self._next()
        if sign in _NAMED or (sign and not sign.isalnum()):
            self.at += 1
            return ord(_NAMED.get(sign, sign))
        raise PatternError(f"holds \\{sign}, which the two engines read differently; write a class as [a-z0-9]")

    def _class(self) -> Ranges:
        """What stands between brackets."""
        negated, ranges = self._take("^"), []
        while not self._take("]"):
            if not self._next():
                raise PatternError("opens a class that it does not close")
            low = self._character()
            high = low
            if self._next() == "-" and self._text[self.at + 1 : self.at + 2] != "]":
                self.at += 1
                high = self._character()
            if low > high:
                raise PatternError(f"holds a range from {chr(low)!r} to {chr(high)!r}, which is none")
            ranges.append((low, high))
        return _merge(ranges, negated)

    def _counted(self, part: Part) -> Part:
        low, high, sign = 1, 1, ""
        if self._next() and self._next() in "?*+":
            sign = self._next()
            low, high = {"?": (0, 1), "*": (0, 0), "+": (1, 0)}[sign]
            self.at += 1
        elif found := _COUNT.match(self._text, self.at):
            sign, self.at = found[0], found.end()
            low = int(found[1])
            high = low if found[2] is None else int(found[3] or 0)
            if (high and high < low) or (not high and not found[2]):
                raise PatternError(f"holds {sign}, which counts nothing")
        if sign and self._next() and self._next() in "?+*{":
            raise PatternError(f"holds {sign}{self._next()}; a count is greedy and stands alone")
        return _repeat(part, low, high, sign) if sign else part


def _merge(ranges: list[tuple[int, int]], negated: bool) -> Ranges:
    """Sorted disjoint ranges of those given, or of all other characters."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    if negated:
        lows = [0, *(high + 1 for _, high in merged)]
        highs = [*(low - 1 for low, _ in merged), _LAST]
        merged = [(low, high) for low, high in zip(lows, highs, strict=True) if low <= high]
    if not merged:
        raise PatternError("holds a class of no character")
    return tuple(merged)


def _class(ranges: Ranges) -> Part:
    def place(places: Places) -> tuple[set[int], set[int], bool]:
        number = places.add(ranges)
        return {number}, {number}, False

    python, re2 = ("".join(_write(ranges, form)) for form in ("\\U{:08x}", "\\x{{{:x}}}"))
    return Part(f"[{python}]", f"[{re2}]", place)


def _write(ranges: Ranges, form: str) -> Iterator[str]:
    for low, high in ranges:
        yield form.format(low) if low == high else f"{form.format(low)}-{form.format(high)}"


def _either(parts: list[Part]) -> Part:
    def place(places: Places) -> tuple[set[int], set[int], bool]:
        firsts, lasts, empties = zip(*(part.place(places) for part in parts), strict=True)
        if any(empties):
            raise PatternError("has an alternative that matches nothing at all")
        return set().union(*firsts), set().union(*lasts), False

    return Part("|".join(part.python for part in parts), "|".join(part.re2 for part in parts), place)


def _sequence(parts: list[Part]) -> Part:
    def place(places: Places) -> tuple[set[int], set[int], bool]:
        first, last, empty = parts[0].place(places)
        for part in parts[1:]:
            next_first, next_last, next_empty = part.place(places)
            for number in last:
                places.follow[number] |= next_first
            first = first | next_first if empty else first
            last = last | next_last if next_empty else next_last
            empty = empty and next_empty
        return first, last, empty

    return Part("".join(part.python for part in parts), "".join(part.re2 for part in parts), place)


def _repeat(part: Part, low: int, high: int, sign: str) -> Part:
    """At least `low` copies one after the other, at most `high` (0: without end)."""

    def place(places: Places) -> tuple[set[int], set[int], bool]:
        starts, ends = [], []
        for _ in range(max(low, high, 1)):
            first, last, empty = part.place(places)
            if empty:
                raise PatternError("counts a group that may match nothing at all")
            starts.append(first)
            ends.append(last)
        for last, first in [*zip(ends, starts[1:], strict=False), *([] if high else [(ends[-1], starts[-1])])]:
            for number in last:
                places.follow[number] |= first
        return starts[0], set().union(*ends[max(low, 1) - 1 :]), low == 0

    return Part(part.python + sign, part.re2 + sign, place)

"""Gates: bounds that the metrics of a trained model must keep, lest the stage that measures it fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Gates = dict[str, Any]
"""The section evaluate.gates of params.yaml, nested like metrics.json: {part: {metric: {"min": …, "max": …}}}."""


@dataclass(frozen=True)
class Gate:
    """One bound on one metric by its dotted key; a value of None says that there is no such metric."""

    key: str
    value: float | None
    is_min: bool
    bound: float

    @property
    def passed(self) -> bool:
        """Whether the metric keeps the bound; its very value does."""
        return self.value is not None and self._keeps(self.value)

    @property
    def asked(self) -> str:
        """The bound in words."""
        return f"{'at least' if self.is_min else 'at most'} {self.bound}"

    def __str__(self) -> str:
        """The gate in a sentence, with as many digits as tell the value from its bound."""
        if self.value is None:
            return f"{self.key}: there is no such metric, evaluate.gates asks for {self.asked}; take that out"
        short = f"{self.value:.4g}"
        shown = short if self._keeps(float(short)) == self.passed else self.value
        return f"{self.key} is {shown}, evaluate.gates asks for {self.asked}"

    def _keeps(self, value: float) -> bool:
        return value >= self.bound if self.is_min else value <= self.bound


def judge(metrics: dict[str, Any], gates: Gates) -> list[Gate]:
    """Every bound of `gates` beside its metric, in the order of params.yaml."""
    return [
        Gate(".".join(place), _value_at(metrics, place), end == "min", bound) for place, end, bound in _bounds(gates)
    ]


def missed(metrics: dict[str, Any], gates: Gates) -> list[str]:
    """A sentence for each gate that the metrics miss."""
    return [str(gate) for gate in judge(metrics, gates) if not gate.passed]


def _bounds(below: dict[str, Any], place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str, float]]:
    """Yield the keys above each bound, its end (min or max) and its number."""
    for key, value in below.items():
        if isinstance(value, dict):
            yield from _bounds(value, (*place, key))
        else:
            yield place, key, value


def _value_at(metrics: Any, place: tuple[str, ...]) -> float | None:
    for key in place:
        metrics = metrics.get(key) if isinstance(metrics, dict) else None
    return None if isinstance(metrics, dict) else metrics

"""The content of reports/metrics.json: parts of metrics, with several targets one level deeper."""

from __future__ import annotations

from typing import Any

Metrics = dict[str, Any]
"""{part: {metric: value}}, or {part: {target: {metric: value}}}."""


def targets_of(metrics: Metrics) -> list[str | None]:
    """Names of the targets; None stands for the only one, whose name the file does not have."""
    test = metrics["test"]
    return list(test) if any(isinstance(value, dict) for value in test.values()) else [None]


def part_of(metrics: Metrics, part: str, target: str | None) -> dict[str, Any]:
    """What a part (test, val, interval …) holds of one of `targets_of`; nothing where it lacks it."""
    found: dict[str, Any] = metrics.get(part, {})
    return found if target is None else found.get(target, {})


def key_of(part: str, target: str | None, metric: str) -> str:
    """A metric's dotted key: test.rmse, or test.price.rmse where there are several targets."""
    return ".".join(word for word in (part, target, metric) if word is not None)

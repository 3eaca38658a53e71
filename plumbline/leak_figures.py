"""Leak figures: what the splits share, and whether a small model can tell them apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from plumbline import figures, panels, wording
from plumbline.figures import BLUE, INK, PALE, RED, SOFT, SPLIT_COLORS, Drawing, Row

_TITLES = {
    "duplicates": "equal in every feature",
    "near_duplicates": "nearly equal",
    "group": "of a shared group",
    "time": "later than a test row",
}


def draw_leaks(report: dict[str, Any]) -> Drawing:
    """The checks in reports/split.json: the share of rows each has found, and the adversarial ROC AUC."""
    figure, (left, right) = figures.new(3.2, columns=2, width_ratios=(1.5, 1))
    rows = _count(report["checks"], report["sizes"])
    _draw_shares(left, rows)
    told = report["checks"]["adversarial"]
    rows += _draw_adversarial(right, told) if told else panels.empty(right, "too few rows or groups to tell")
    right.set_title("Can a model tell test from train?")
    return figure, rows


def _count(checks: dict[str, Any], sizes: dict[str, int]) -> list[Row]:
    """For each check and split how many rows it has found, of how many; None for a check without a column."""
    rows: list[Row] = []
    for name in _TITLES:
        found = checks[name] or {}
        for split in ("train",) if name == "time" else ("val", "test"):
            n_rows = checks["near_looked_at"][split] if name == "near_duplicates" else sizes[split]
            rows.append({"check": name, "split": split, "value": found.get(split), "of": n_rows})
    return rows


def _draw_shares(axes: Axes, rows: list[Row]) -> None:
    """One bar for each row, as a share of the rows looked at, with its count at the end."""
    rows = [row for row in rows if row["of"]]
    shares = np.array([(row["value"] or 0) / row["of"] for row in rows])
    axes.barh(range(len(rows)), shares, height=0.72, color=[SPLIT_COLORS[row["split"]] for row in rows])
    widest = max(0.01, float(shares.max(initial=0)))
    for place, (row, share) in enumerate(zip(rows, shares.tolist(), strict=True)):
        axes.text(share + 0.02 * widest, place, _end(row, share), va="center", fontsize=8, color=SOFT)
    panels.label_rows(axes, [f"{row['split']}: {_TITLES[row['check']]}" for row in rows], limit=40)
    axes.set_xlim(0, 1.5 * widest)
    axes.locator_params(axis="x", nbins=4)
    figures.percent(axes.xaxis)
    axes.set_title("Rows that another split gives away")
    axes.set_xlabel("share of the split's rows")


def _end(row: Row, share: float) -> str:
    if row["value"] is None:
        return "no column named"
    if row["value"] == 0:
        return f"none of {row['of']:,}"
    return f"{row['value']:,} of {row['of']:,} ({wording.share(share)})"


def _draw_adversarial(axes: Axes, told: dict[str, Any]) -> list[Row]:
    """The ROC AUC as a point, and the interval in which it lies by chance as a band."""
    axes.axvspan(told["low"], told["high"], color=PALE, alpha=0.5, linewidth=0)
    axes.axvline(0.5, ymin=0.17, color=SOFT, linewidth=1, linestyle=figures.DASHED)
    is_told = told["auc"] > told["high"]
    axes.plot([told["auc"]], [0], marker="o", markersize=9, color=RED if is_told else BLUE)
    axes.text(told["auc"], 0.16, f"{told['auc']:.2f}", ha="center", fontsize=10, color=INK, weight="bold")
    axes.text(0.5, -0.9, "by chance", ha="center", va="bottom", fontsize=8, color=SOFT)
    names = [figures.printable(name, 30) for name in told["columns"]]
    said = "\n".join(["yes, by", *names]) if names else "yes" if is_told else "no better than by chance"
    axes.text(0.98, 0.96, said, transform=axes.transAxes, ha="right", va="top", fontsize=9, color=INK)
    axes.set(ylim=(-1, 1), yticks=[], xlabel="ROC AUC of a small forest, cross-validated")
    axes.set_xlim(min(0.3, told["auc"] - 0.05, told["low"] - 0.05), 1.03)
    axes.spines["left"].set_visible(False)
    return [
        {"check": f"adversarial {name}", "split": "test", "value": told[name], "of": None}
        for name in ("auc", "low", "high")
    ]

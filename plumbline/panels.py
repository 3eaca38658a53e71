"""Panels: what is drawn inside one pair of axes: bars, histograms, boxes, shares, a trend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from plumbline import figures, groups, wording
from plumbline.figures import BLUE, PALE, RED, SOFT, Floats, Row
from plumbline.groups import Groups, Positions

if TYPE_CHECKING:
    import polars as pl


def note(axes: Axes, text: str) -> None:
    """A small remark in the upper right corner of a panel, which grows to make room for it."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.14 * (high - low))
    axes.text(0.99, 0.98, text, transform=axes.transAxes, ha="right", va="top", fontsize=8, color=SOFT)


def empty(axes: Axes, text: str) -> list[Row]:
    """A panel that says why there is nothing in it; no rows."""
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", fontsize=8.5, color=SOFT)
    axes.set(xticks=[], yticks=[])
    return []


def bars(axes: Axes, labels: Sequence[str], counts: Sequence[int], colors: Sequence[str] | str = BLUE) -> None:
    """Horizontal bars from the top down, each with its count and share at the end."""
    total = max(1, sum(counts))
    drawn = axes.barh(range(len(counts)), counts, color=colors, height=0.72)
    ends = [f"{count:,} ({wording.share(count / total)})" for count in counts]
    axes.bar_label(drawn, ends, padding=4, fontsize=8, color=SOFT)
    axes.set_xlim(0, 1.55 * max(*counts, 1))
    axes.locator_params(axis="x", nbins=4)
    figures.shorten(axes.xaxis)
    label_rows(axes, labels)


def label_rows(axes: Axes, labels: Sequence[str], limit: int = 22) -> None:
    """Name what is drawn at y = 0, 1, 2 … from the top down."""
    axes.set_yticks(range(len(labels)), [figures.printable(label, limit) for label in labels])
    axes.set_ylim(max(len(labels), 2) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def grouped_bars(axes: Axes, lengths: Floats, step: int, n_steps: int, color: str, label: str) -> None:
    """Horizontal bars at y = 0, 1, 2 …, each the `step`-th of `n_steps` that share its place."""
    height = 0.8 / n_steps
    axes.barh(np.arange(len(lengths)) + (step + 0.5) * height - 0.4, lengths, 0.92 * height, color=color, label=label)


def value_bars(axes: Axes, values: pl.Series, limit: int = 8) -> list[Row]:
    """Draw how often each of the most frequent values occurs; return rows value, count."""
    found = groups.by_value(values, limit)
    counts = found.counts()
    order = sorted(range(found.n_values), key=lambda code: -counts[code])
    order += range(found.n_values, len(found.labels))
    rows: list[Row] = [{"value": found.labels[code], "count": counts[code]} for code in order]
    colors = [BLUE if code < found.n_values else PALE for code in order]
    bars(axes, [found.labels[code] for code in order], [counts[code] for code in order], colors)
    return rows


def histogram(axes: Axes, positions: Positions) -> list[Row]:
    """Draw how positions are distributed; return rows value (lower edge), count.

    Shown is the range of the middle 99 %; how many lie outside is written into the panel.
    """
    ordered = np.sort(positions[~np.isnan(positions)])
    edges = bin_edges(ordered)
    counts = count_between(ordered, edges)
    axes.stairs(counts, figures.place(axes.xaxis, edges), fill=True, color=BLUE)
    _tidy(axes, edges)
    figures.shorten(axes.yaxis)
    if outside := len(ordered) - int(counts.sum()):
        note(axes, f"{outside:,} outside")
    pairs = zip(figures.plain(edges[:-1]), counts.tolist(), strict=True)
    return [{"value": low, "count": count} for low, count in pairs]


def _tidy(axes: Axes, edges: Positions) -> None:
    """Few lines behind a histogram, and no half numbers below bins of whole ones."""
    axes.grid(axis="x", visible=False)
    axes.locator_params(axis="y", nbins=4)
    if edges.dtype.kind == "f" and len(edges) > 2 and edges[1] - edges[0] == 1 and edges[0] % 1 == 0.5:
        axes.locator_params(axis="x", integer=True)


def bin_edges(ordered: Positions) -> Positions:
    """Edges of 8 to 40 bins (Rice's rule) over the middle 99 % of sorted values; few whole numbers get one each."""
    low, high = middle(ordered)
    if ordered.dtype.kind == "f" and abs(low) < 1e9 and high - low <= 20 and (np.mod(ordered, 1) == 0).all():
        return np.arange(low - 0.5, high + 1.0)
    if low == high:
        half = np.timedelta64(12, "h") if ordered.dtype.kind == "M" else max(abs(low), 1.0) / 2
        low, high = low - half, high + half
    n_bins = int(np.clip(np.ceil(2 * len(ordered) ** (1 / 3)), 8, 40))
    edges: Positions = low + (high - low) * np.arange(n_bins + 1) / n_bins
    edges[-1] = high
    return edges


def middle(ordered: Positions) -> tuple[Any, Any]:
    """Lowest and highest of the middle 99 % of sorted values; of all of them where those two are equal."""
    last = len(ordered) - 1
    low, high = ordered[round(0.005 * last)], ordered[round(0.995 * last)]
    return (ordered[0], ordered[-1]) if low == high else (low, high)


def count_between(ordered: Positions, edges: Positions) -> npt.NDArray[np.int64]:
    """Number of sorted values in each bin; the last bin holds its upper edge."""
    below = np.searchsorted(ordered, edges)
    below[-1] = np.searchsorted(ordered, edges[-1], side="right")
    return np.diff(below)


def histograms_by_class(axes: Axes, positions: Positions, classes: Groups) -> list[Row]:
    """Draw how positions are distributed within each class; return rows x (lower edge), y (share), group."""
    known = ~np.isnan(positions)
    edges = bin_edges(np.sort(positions[known]))
    places, rows = figures.place(axes.xaxis, edges), list[Row]()
    for code, (label, color) in enumerate(zip(classes.labels, figures.colors(classes), strict=True)):
        ordered = np.sort(positions[known & (classes.codes == code)])
        shares = count_between(ordered, edges) / max(1, len(ordered))
        axes.stairs(shares, places, fill=True, color=color, alpha=0.22)
        axes.stairs(shares, places, color=color, linewidth=1.4)
        ends = zip(figures.plain(edges[:-1]), shares.tolist(), strict=True)
        rows += [{"x": low, "y": height, "group": label} for low, height in ends]
    _tidy(axes, edges)
    figures.percent(axes.yaxis)
    return rows


def boxes(axes: Axes, positions: Positions, found: Groups, colors: Sequence[str] | None = None) -> list[Row]:
    """Draw quartiles in each group, whiskers over the middle 90 %; return rows x (value), y, group (quantile)."""
    places = figures.place(axes.xaxis, positions)
    quantiles, names, rows = (0.05, 0.25, 0.5, 0.75, 0.95), list[str](), list[Row]()
    for code, label in enumerate(found.labels):
        inside = places[(found.codes == code) & ~np.isnan(places)]
        if len(inside):
            cuts = np.quantile(inside, quantiles).tolist()
            _box(axes, len(names), cuts, colors[code] if colors else BLUE)
            names.append(f"{figures.printable(label, 13)} ({len(inside):,})")
            pairs = zip(quantiles, cuts, strict=True)
            rows += [{"x": label, "y": cut, "group": f"q{share:.2f}"} for share, cut in pairs]
    label_rows(axes, names)
    return rows


def _box(axes: Axes, y: int, cuts: list[float], color: str) -> None:
    low, lower, median, upper, high = cuts
    axes.hlines(y, low, high, color=SOFT, linewidth=1.2)
    axes.barh(y, upper - lower, left=lower, height=0.6, color=color, alpha=0.35)
    axes.vlines(median, y - 0.3, y + 0.3, color=color, linewidth=2.2)


def stacked_shares(axes: Axes, found: Groups, classes: Groups) -> list[Row]:
    """Draw each class's share in every group; return rows x (value), y (share), group (class)."""
    sizes, n_classes = found.counts(), len(classes.labels)
    joint = np.bincount(found.codes * n_classes + classes.codes, minlength=len(sizes) * n_classes)
    shares = joint.reshape(len(sizes), n_classes) / np.maximum(sizes, 1)[:, None]
    starts = np.cumsum(shares, axis=1) - shares
    for code, color in enumerate(figures.colors(classes)):
        axes.barh(range(len(sizes)), shares[:, code], left=starts[:, code], height=0.72, color=color)
    axes.set(xlim=(0, 1), xticks=(0, 0.5, 1))
    axes.grid(visible=False)
    figures.percent(axes.xaxis)
    pairs = zip(found.labels, sizes, strict=True)
    label_rows(axes, [f"{figures.printable(label, 13)} ({size:,})" for label, size in pairs])
    return [
        {"x": label, "y": float(shares[row, code]), "group": name}
        for row, label in enumerate(found.labels)
        for code, name in enumerate(classes.labels)
    ]


def scatter_with_trend(axes: Axes, x: Positions, y: Floats, most: int) -> list[Row]:
    """Draw at most `most` points and the mean of y in up to 20 equally full bins of x; return rows x, y, group."""
    known = ~np.isnan(x) & ~np.isnan(y)
    x, y = x[known], y[known]
    shown = figures.evenly(len(x), most)
    places = figures.place(axes.xaxis, x[shown]), figures.place(axes.yaxis, y[shown])
    axes.scatter(*places, s=9, color=BLUE, alpha=0.35, linewidths=0)
    ordered = np.sort(x)
    centres, means = _trend(x, ordered, y)
    axes.plot(figures.place(axes.xaxis, centres), means, color=RED, linewidth=1.8)
    _leave_out(axes, ordered)
    pairs = zip(figures.plain(centres), means.tolist(), strict=True)
    return [{"x": at, "y": mean, "group": "mean"} for at, mean in pairs]


def _trend(x: Positions, ordered: Positions, y: Floats) -> tuple[Positions, Floats]:
    """Median of x and mean of y in each bin that holds an example; `ordered` is x (N,) sorted."""
    codes = groups.by_quantile(x, int(np.clip(len(x) // 30, 4, 20))).codes
    counts = np.bincount(codes)
    sums = np.bincount(codes, weights=y)[counts > 0]
    counts = counts[counts > 0]
    return ordered[np.cumsum(counts) - (counts + 1) // 2], sums / counts


def _leave_out(axes: Axes, ordered: Positions) -> None:
    """Show the middle 99 % of sorted values, and say how many lie outside."""
    low, high = middle(ordered)
    if outside := int(((ordered < low) | (ordered > high)).sum()):
        left, right = figures.place(axes.xaxis, np.array([low, high]))
        axes.set_xlim(left - 0.04 * (right - left), right + 0.04 * (right - left))
        note(axes, f"{outside:,} outside")

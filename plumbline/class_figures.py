"""Class figures: predicted classes and their probabilities against the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from plumbline import figures, panels, wording
from plumbline.figures import INK, PALETTE, SEQUENTIAL, Floats, Row
from plumbline.groups import Groups

Codes = npt.NDArray[np.int64]


def probabilities_before_and_after(
    truth: Codes, untrained: Floats, trained: Floats, classes: Sequence[str], positive: int | None = None
) -> Figure:
    """How the probabilities (N, K) are distributed for each true class (N,), before and after training.

    Two classes: of the positive one (None: the last); more: the probability given to the true class.
    """
    shown = most_frequent(truth, len(classes), 20)
    figure, axes = figures.new(3.4 if len(classes) == 2 else max(2.6, 0.3 * len(shown) + 1.2), columns=2, sharey=True)
    kept = np.isin(truth, shown)
    found = Groups(np.searchsorted(shown, truth[kept]), tuple(classes[code] for code in shown), len(shown))
    for pane, probability, title in zip(axes, (untrained, trained), ("Before training", "After training"), strict=True):
        if len(classes) == 2:
            of = positive_class(classes, positive)
            _draw_probabilities(pane, probability[kept, of], found)
            pane.set_xlabel(f"probability of {figures.printable(classes[of])}")
        else:
            panels.boxes(pane, probability[kept, truth[kept]], found)
            pane.set_xlabel("probability given to the true class")
        pane.set(title=title, xlim=(-0.02, 1.02))
    if len(classes) == 2:
        figures.legend(figure, found)
    return figure


def _draw_probabilities(axes: Axes, probability: Floats, found: Groups) -> None:
    edges = np.linspace(0, 1, 26)
    for code, color in enumerate(figures.colors(found)):
        inside = np.sort(probability[found.codes == code])
        shares = panels.count_between(inside, edges) / max(1, len(inside))
        axes.stairs(shares, edges, fill=True, color=color, alpha=0.3)
        axes.stairs(shares, edges, color=color, linewidth=1.4)
    axes.set_ylabel("share of the true class")
    axes.label_outer()
    figures.percent(axes.yaxis)


def positive_class(classes: Sequence[str], positive: int | None) -> int:
    """Code of the positive class: `positive`, or the last."""
    return len(classes) - 1 if positive is None else positive


def most_frequent(truth: Codes, n_classes: int, most: int) -> list[int]:
    """Codes of the `most` most frequent classes, in order."""
    counts = np.bincount(truth, minlength=n_classes)
    return sorted(np.argsort(-counts, kind="stable")[:most].tolist())


def confusion_matrix(truth: Codes, prediction: Codes, classes: Sequence[str], most: int = 30) -> Figure:
    """How often each true class (N,) was predicted as which: counts, coloured by their share of the true class.

    Beyond `most` classes the rarest are one.
    """
    shown, names = most_frequent(truth, len(classes), most), list(classes)
    if len(classes) > most:
        short = np.full(len(classes), most)
        short[shown] = range(most)
        truth, prediction = short[truth], short[prediction]
        names = [*(classes[code] for code in shown), f"({len(classes) - most} others)"]
    n = len(names)
    counts = np.bincount(truth * n + prediction, minlength=n * n).reshape(n, n)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(4.8, min(9.0, 0.62 * n + 2.0))
    figure, (axes,) = figures.new(size, width=size + 0.4)
    axes.imshow(shares, cmap=SEQUENTIAL, vmin=0, vmax=1)
    figures.matrix(axes, names, slanted=n > 3)
    axes.set(title="Confusion matrix", xlabel="predicted", ylabel="truth")
    _write_cells(axes, counts, shares)
    return figure


def _write_cells(axes: Axes, counts: Codes, shares: Floats) -> None:
    with_shares, fontsize = len(counts) <= 12, 9 if len(counts) <= 6 else 8 if len(counts) <= 12 else 6.5
    for y, x in np.argwhere(counts > 0):
        text = f"{counts[y, x]:,}" + (f"\n{wording.share(shares[y, x])}" if with_shares else "")
        color = "white" if shares[y, x] > 0.55 else INK
        axes.text(x, y, text, ha="center", va="center", fontsize=fontsize, color=color)


def confusion_rows(truth: Codes, prediction: Codes, classes: Sequence[str], most: int = 10_000) -> list[Row]:
    """Rows actual, predicted of at most `most` examples, evenly spaced."""
    shown = figures.evenly(len(truth), most)
    pairs = zip(truth[shown].tolist(), prediction[shown].tolist(), strict=True)
    return [{"actual": classes[true], "predicted": classes[guess]} for true, guess in pairs]


def plane_before_and_after(
    grid_x: Floats, grid_y: Floats, untrained: Floats, trained: Floats,
    points: Floats, truth: Codes, names: tuple[str, str], classes: Sequence[str],
) -> Figure:  # fmt: skip
    """Two number features: what is answered everywhere (H, W, K on a grid), and points (N, 2) by true class (N,)."""
    figure, axes = figures.new(5.2, columns=2, sharex=True, sharey=True)
    colors = np.array([to_rgb(PALETTE[code % len(PALETTE)]) for code in range(len(classes))])
    extent = (grid_x[0], grid_x[-1], grid_y[0], grid_y[-1])
    shown = figures.evenly(len(points), 2_000)
    for pane, probability, title in zip(axes, (untrained, trained), ("Before training", "After training"), strict=True):
        mixed = 1 - 0.55 * (1 - probability @ colors)  # probabilities mix the classes' colours, paler than the points
        pane.imshow(np.clip(mixed, 0, 1), extent=extent, origin="lower", aspect="auto", interpolation="bilinear")
        x, y = points[shown].T
        pane.scatter(x, y, s=13, c=colors[truth[shown]], edgecolors="white", linewidths=0.4)
        pane.set(title=title, xlabel=figures.printable(names[0]))
        pane.grid(visible=False)
    axes[0].set_ylabel(figures.printable(names[1]))
    figures.legend(figure, Groups(truth, tuple(classes), len(classes)))
    return figure

"""Gallery: images, texts and the like of the training examples as themselves, group by group of the target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from plumbline import figures, plugins
from plumbline.figures import Drawing

if TYPE_CHECKING:
    from plumbline.examples import Column
    from plumbline.variables import Data

_GROUPS = 10


def draw_all(data: Data) -> Iterator[tuple[str, Drawing]]:
    """A figure of each content column, by its name."""
    for place, column in enumerate(data.examples.contents):
        yield f"contents_{place}", draw(data, column)


def draw(data: Data, column: Column) -> Drawing:
    """Some training examples of each class, or of each range of a number target; rows group, row (its position)."""
    kind, train = plugins.load("columns", column.type), data.splits["train"]
    key = data.examples.read(data.examples.key(column)).gather(train)
    known = np.flatnonzero(key.is_not_null().to_numpy())
    found = data.target("train").groups(_GROUPS)
    shown = {}
    for code, label in enumerate(found.labels):
        inside = known[found.codes[known] == code]
        if len(inside):
            shown[label] = train[inside[figures.evenly(len(inside), kind.GALLERY_VALUES)]]
    values = data.examples.take([column.name], pl.Series(np.concatenate(list(shown.values()))))[column.name]
    ends = np.cumsum([len(rows) for rows in shown.values()]).tolist()
    parts = {label: values[start:end].to_list() for label, start, end in zip(shown, [0, *ends], ends, strict=False)}
    figure = Figure(figsize=(figures.WIDTH, kind.GALLERY_ROW * len(parts) + 0.6), layout="constrained")
    kind.draw_gallery(figure, parts)
    figure.suptitle(f"{figures.printable(column.name)} (training examples)", x=0.01, ha="left")
    return figure, [{"group": label, "row": int(row)} for label, rows in shown.items() for row in rows]

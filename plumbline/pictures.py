"""Pictures: the figures of a run as the report shows them."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_CAPTIONS = {
    "target": "How the target is distributed.",
    "splits": "Sizes of the splits, and the target in each: they should look alike.",
    "leaks": "What the splits have in common that they should not, and whether a small model tells train from test.",
    "strongest": "Mutual information of each column with the target; what columns say only together is not seen here.",
    "contents": "Training examples as themselves, evenly drawn from each class or range of the target.",
    "distributions": "The strongest columns one by one. A number's panel shows the middle 99 % of its values.",
    "against": "The target against the strongest columns, in the training examples.",
    "line": "The target over the only column; colours are the splits.",
    "plane": "The examples in the plane of the two columns.",
    "correlations": "Which columns rise and fall together, and with the target.",
    "missing": "Where values are missing.",
    "learning_curves": "Loss and main metric by epoch; dashed: the epoch whose weights are kept.",
    "before_and_after": "What the network answers for the test examples with its first and with its trained weights.",
    "surface": "What the network answers all over its input, and the examples.",
    "importance": "How much worse the model predicts when one column's values are shuffled among the test examples. "
    "Lines: intervals over examples and shuffles; blue: above 0. Columns that say the same stand in for each other, so "
    "that each may look useless.",
    "dependence": "The mean prediction when every test example is given the same value of one column. Grey: single "
    "examples, or the middle 80 % of them; ticks: values that occur. Values that never go together are tried too.",
    "slices": "The main metric on test examples that share a value, or a range of values, of one column (how many: in "
    "brackets). Lines: intervals; red: worse than chance explains, however many slices were looked at.",
    "residuals": "What the predictions miss; a good model leaves no pattern.",
    "confusion": "Rows are the truth, columns the prediction.",
    "roc": "How many of a class are found for how many false alarms.",
    "precision_recall": "How many alarms are right for how many of a class that are found.",
    "calibration": "Whether 80 % sure means right in 80 of 100. Bars: 95 % intervals.",
}


_SECTIONS = {
    "learning_curves": "curves",
    "before_and_after": "before",
    "surface": "before",
    "importance": "matters",
    "dependence": "matters",
    "slices": "slices",
}


@dataclass(frozen=True)
class Picture:
    """A PNG for the page, read when it is shown."""

    path: Path

    @cached_property
    def _content(self) -> bytes:
        return self.path.read_bytes()

    @property
    def name(self) -> str:
        """The figure's name: that of its file."""
        return self.path.stem

    @property
    def data(self) -> str:
        """The PNG as base64 text."""
        return base64.b64encode(self._content).decode()

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int.from_bytes(self._content[16:20], "big")  # where a PNG's header says it

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int.from_bytes(self._content[20:24], "big")

    @property
    def caption(self) -> str:
        """What is to be seen; the file's name for a figure that this module does not know."""
        return _CAPTIONS.get(_kind(self.name), self.name.replace("_", " "))

    @property
    def section(self) -> str:
        """Where a figure of the evaluation stands: curves, before (and after training), matters, slices, evaluation."""
        return _SECTIONS.get(self.name, "evaluation")


def _kind(name: str) -> str:
    """A figure's name without the number of the column that it shows: contents for contents_0."""
    return re.sub(r"_\d+$", "", name)


def read_pictures(folder: Path) -> list[Picture]:
    """The PNGs in a folder, known ones in the order of their captions; none where it is not made yet."""
    order = {name: place for place, name in enumerate(_CAPTIONS)}
    files = sorted(folder.glob("*.png"), key=lambda file: (order.get(_kind(file.stem), len(order)), file.name))
    return [Picture(file) for file in files]

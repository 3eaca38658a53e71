"""How training goes, live: a bar on a terminal or a line per epoch in a log, and the curves so far in a CSV file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from plumbline.files import naming, write_text

Row = dict[str, float]
_SPARKS = "▁▂▃▄▅▆▇█"
_BAR = "{n_fmt}/{total_fmt} epochs {bar:16} {remaining} left{postfix}"


@contextmanager
def shown(epochs: int, live: Path, earlier: Sequence[Row] = ()) -> Iterator[Callable[[Row], None]]:
    """Yield a function to call with each epoch's row; it shows the row and appends it to the CSV file `live`.

    `earlier` are the epochs before those, of a training that goes on.
    """
    curves, n_earlier, off = list(earlier), len(earlier), not sys.stderr.isatty()
    with tqdm(total=epochs, initial=n_earlier, bar_format=_BAR, disable=off, dynamic_ncols=True) as bar:

        def show(row: Row) -> None:
            curves.append(row)
            if len(curves) == n_earlier + 1:
                write_text(live, as_csv(curves))
            else:
                with naming(live), live.open("a", encoding="utf-8") as file:
                    file.write(_line(row))
            if bar.disable:
                print(f"epoch {int(row['epoch'])}/{epochs}: {_values(row)}", flush=True)
            bar.set_postfix_str(f"{_values(row)} {_sparkline(curves)}", refresh=False)
            bar.update()

        yield show


def as_csv(curves: list[Row]) -> str:
    """Rows as CSV text, floats so that they read back exactly."""
    return ",".join(curves[0]) + "\n" + "".join(_line(row) for row in curves)


def _line(row: Row) -> str:
    return ",".join(_text(value) for value in row.values()) + "\n"


def _text(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(float(value))


def _values(row: Row) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in row.items() if name != "epoch")


def _sparkline(curves: list[Row]) -> str:
    """The last thirty losses (validation where there is one) as a line of bars."""
    name = "val_loss" if "val_loss" in curves[0] else "train_loss"
    losses = [row[name] for row in curves[-30:]]
    low, span = min(losses), max(losses) - min(losses) or 1.0
    return "".join(_SPARKS[int((loss - low) / span * 7)] for loss in losses)

"""Parallel: one function over many pieces, on all cores, results in order, with a progress bar."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from tqdm import tqdm

Result = TypeVar("Result")

_BAR = "{desc} {percentage:3.0f} % {bar:16} {remaining} left"


def cores() -> int:
    """CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    function: Callable[..., Result], pieces: Sequence[tuple[Any, ...]], what: str, n_cores: int | None = None
) -> Iterator[Result]:
    """Yield `function(*piece)` for each piece, in order: in processes of its own where there are several pieces.

    What a piece gives must not depend on the process: then neither do bytes on the number of cores. A few results are
    held at a time. `what` stands before the progress bar, which a terminal shows.
    """
    n_cores = min(n_cores or cores(), len(pieces))
    bar = tqdm(total=len(pieces), desc=what, bar_format=_BAR, disable=not sys.stderr.isatty(), dynamic_ncols=True)
    with bar:
        for result in _results(function, pieces, n_cores):
            yield result
            bar.update()


def _results(function: Callable[..., Result], pieces: Sequence[tuple[Any, ...]], n_cores: int) -> Iterator[Result]:
    if n_cores < 2:
        return (function(*piece) for piece in pieces)
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=n_cores, return_as="generator", pre_dispatch=2 * n_cores, batch_size=1, max_nbytes=None)
    results: Iterator[Result] = pool(delayed(function)(*piece) for piece in pieces)
    return results

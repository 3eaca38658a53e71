"""Reader of .py files: any code that makes a table, in a function `load() -> polars.DataFrame`."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source


class Params(Section):
    """No knobs: what the code needs stands in the code."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table that the file's `load()` returns; InputError where it has none, raises, or returns no rows."""
    import polars as pl

    module = _load_module(path)
    if not callable(getattr(module, "load", None)):
        raise InputError(f"{path}: defines no load(); define load() -> polars.DataFrame")
    with _blame(path):
        table = _as_polars(module.load(), scratch / f"{path.name}.parquet")
    if not isinstance(table, pl.LazyFrame):
        raise InputError(f"{path}: load() returned a {type(table).__name__}; return a polars DataFrame")
    if table.select(pl.len()).collect().item() == 0:
        raise InputError(f"{path}: load() returned no rows; a table has at least one")
    return Source(table)


def _load_module(path: Path) -> ModuleType:
    module = ModuleType("plumbline_source")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # where dataclasses look for their module
    with _blame(path):
        # Not through importlib: its bytecode cache misses a change of equal length within a second.
        exec(compile(path.read_bytes(), str(path), "exec"), module.__dict__)  # noqa: S102
    return module


@contextmanager
def _blame(path: Path) -> Iterator[None]:
    """Turn whatever the file's code raises into one sentence."""
    try:
        yield
    except Exception as error:  # it is the user's code, which may raise anything
        name, reason = type(error).__name__, next(iter(str(error).splitlines()), "")
        line = _find_line(path, error)
        place = f"{path}: line {line}" if line else f"{path}"
        raise InputError(f"{place} raised {name}{reason and ': '}{reason}; mend the file") from None


def _find_line(path: Path, error: Exception) -> int | None:
    """The file's line that was running."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return error.lineno
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return lines[-1] if lines else None


def _as_polars(table: Any, file: Path) -> Any:
    """A LazyFrame of a polars or pandas DataFrame; anything else as it is."""
    import polars as pl

    if isinstance(table, pl.LazyFrame):  # run once: a plan that draws would draw anew at each use
        table.sink_parquet(file)
        return pl.scan_parquet(file, glob=False)
    kind = type(table)
    if kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] == "pandas":
        return pl.from_pandas(table).lazy()
    return table.lazy() if isinstance(table, pl.DataFrame) else table

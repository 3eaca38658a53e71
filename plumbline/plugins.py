"""Plug-ins: the word in params.yaml is the name of a file in one of the plug-in folders."""

import functools
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDERS = ("sources", "columns", "splits", "encoders", "augmentations", "models", "tasks")


def names(folder: str) -> list[str]:
    """Names of the plug-ins in a folder, sorted."""
    files = Path(__file__).with_name(folder).glob("[!_]*.py")
    return sorted(file.stem for file in files)


@functools.cache  # asked for every column of a table
def load(folder: str, name: str) -> Any:
    """Import the plug-in `name` of `folder`; ValueError where there is no such file."""
    if name not in names(folder):
        raise ValueError(f"{folder}={name!r}: no such plug-in; there are {', '.join(names(folder))}")
    return importlib.import_module(f"plumbline.{folder}.{name}")


def load_all(folder: str) -> dict[str, ModuleType]:
    """Every plug-in of a folder by its name."""
    return {name: load(folder, name) for name in names(folder)}

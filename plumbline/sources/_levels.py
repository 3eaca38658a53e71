"""What the folders above a file say of it: its class, its split, values of key=value."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from plumbline.errors import InputError
from plumbline.examples import SPLIT
from plumbline.split_words import find_split
from plumbline.wording import listed

LABEL = "label"
"""Name of the column that holds a file's class."""

NAMED = 10
"""Files or columns that a sentence names, at most."""

_MISSING = "__HIVE_DEFAULT_PARTITION__"
_Level = tuple[str, ...]  # at one depth, the folder that each file lies in


def find_keys(path: Path, files: list[PurePosixPath]) -> list[dict[str, str | None]]:
    """For each file the values that folders named key=value give; InputError where only some files lie in them."""
    found = []
    for file in files:
        pairs = [part.split("=", 1) for part in file.parts[:-1] if "=" in part]
        found.append({unquote(key): None if value == _MISSING else unquote(value) for key, value in pairs})
    if any(keys.keys() != found[0].keys() for keys in found):
        wrong = next(file for file, keys in zip(files, found, strict=True) if keys.keys() != found[0].keys())
        first = path / files[0]
        raise InputError(f"{path / wrong}: lies in other key=value folders than {first}; give all files the same keys")
    return found


def find_labels(path: Path, files: list[PurePosixPath]) -> tuple[dict[str, list[str]], list[str]]:
    """Columns `label` and `split` that the files' folders give, one value a file, and notes on a choice.

    The deepest folder that differs is the class; a folder is a split where all at its depth are named after one.
    Neither is there where nothing differs. InputError where files lie at several depths.
    """
    split, classes = _tell_apart(_list_levels(path, files))
    columns = {}
    if classes:
        _check_above(path, classes[:-1])
        columns[LABEL] = list(classes[-1])
    if split:
        columns[SPLIT] = [str(find_split(folder)) for folder in split]
    notes = []
    if len(classes) > 1:
        example = f"{classes[-2][0]}/{classes[-1][0]}"
        notes.append(
            f"{path}: the last folder of {example} is taken for the class; ingest.folder.pattern can say otherwise"
        )
    return columns, notes


def has_classes(files: list[PurePosixPath]) -> bool:
    """Whether the files lie, equally deep, in folders that can be classes."""
    depths = {len(file.parts) for file in files}
    return len(depths) == 1 and bool(_tell_apart(_differing(files))[1])


def _list_levels(path: Path, files: list[PurePosixPath]) -> list[_Level]:
    """Depths at which folders differ; InputError where files lie at several."""
    other = next((file for file in files if len(file.parts) != len(files[0].parts)), None)
    if other is not None:
        raise InputError(
            f"{path}: {files[0]} and {other} do not lie equally deep; "
            "keep one folder for each class, or set ingest.folder.pattern in params.yaml"
        )
    return _differing(files)


def _differing(files: list[PurePosixPath]) -> list[_Level]:
    levels = zip(*(file.parts[:-1] for file in files), strict=True)
    return [level for level in levels if len(set(level)) > 1 and not all("=" in name for name in level)]


def _tell_apart(levels: list[_Level]) -> tuple[_Level | None, list[_Level]]:
    """The depth whose folders are splits, and those that can be classes."""
    said = {level: {name: find_split(name) for name in set(level)} for level in levels}
    split = next((level for level in levels if None not in said[level].values() and _differ(said[level])), None)
    return split, [level for level in levels if level != split]


def _differ(said: dict[str, str | None]) -> bool:
    return len(set(said.values())) > 1


def _check_above(path: Path, levels: list[_Level]) -> None:
    """InputError where only some folders above the classes say a split."""
    for level in levels:
        silent = sorted({name for name in level if find_split(name) is None})
        if 0 < len(silent) < len(set(level)):
            some = "some folders are named after train, val or test"
            raise InputError(f"{path}: {some}, but not {listed(silent, NAMED)}; let all be, or none")

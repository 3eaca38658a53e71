"""Files written under a temporary name and renamed last, so that a crash never leaves half a result."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    _remove(temporary)
    try:
        yield temporary
        if path.is_dir():
            shutil.rmtree(path)
        temporary.replace(path)
    finally:
        _remove(temporary)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Like `replacing`, for a folder: the temporary one exists when the block begins."""
    with replacing(path) as temporary:
        temporary.mkdir()
        yield temporary


def folders_of(parent: Path, names: list[str]) -> list[Path]:
    """`parent` itself for a single name; for several names a folder below it each, named as file systems allow."""
    if len(names) == 1:
        return [parent]
    found: list[str] = []
    for name in names:
        word = re.sub(r"[^\w-]+", "_", name)[:60].strip("_") or "_"
        taken = sum(other.casefold() == word.casefold() for other in found)
        found.append(f"{word}.{taken + 1}" if taken else word)
    return [parent / word for word in found]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def read_json(path: Path) -> Any:
    """Read one JSON document."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write one JSON document in the order given; a NaN in it is a ValueError."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")

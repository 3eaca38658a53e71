"""Run one stage and note the project's modules it imports, the files it opens and the parameters it reads.

python -m tests.watched STAGE LOG, from the folder of a project; LOG is a JSON file outside of it.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Read = set[str]
"""Dotted keys of params.yaml."""


class Seen:
    """What was seen so far; paths are relative to the folder in which the process began."""

    def __init__(self) -> None:
        self.folder = f"{Path.cwd().resolve()}/"
        self.modules: set[str] = set()
        self.read: set[str] = set()
        self.written: set[str] = set()
        self.params: Read = set()

    def find_spec(self, name: str, *_: Any) -> None:
        """As a finder of modules: note the name and leave the finding to others."""
        if name.partition(".")[0] in ("plumbline", "stages"):
            self.modules.add(name)

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note a file opened by Python and a folder listed; what native code opens is not seen here."""
        if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], str | os.PathLike):
            if event == "open" and arguments[1] is None and not Path(arguments[0]).is_absolute():
                return  # os.open, perhaps relative to another folder than the current one
            path = os.path.abspath(os.fspath(arguments[0]))  # noqa: PTH100 - a link is not followed
            if path.startswith(self.folder) and not path.endswith(".pyc"):
                flags = arguments[2] if event == "open" else 0
                into = self.written if flags & (os.O_WRONLY | os.O_RDWR) else self.read
                into.add(path.removeprefix(self.folder))

    def save(self, log: Path) -> None:
        found = {name: sorted(values) for name, values in vars(self).items() if isinstance(values, set)}
        log.write_text(json.dumps(found), encoding="utf-8")


class Noted(dict[str, Any]):
    """The knobs below a key of params.yaml, which note each one that is read."""

    def __init__(self, values: dict[str, Any], key: str, read: Read) -> None:
        super().__init__({name: _noted(value, f"{key}.{name}", read) for name, value in values.items()})
        self.key, self.seen = key, read

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if not isinstance(value, Noted):
            self.seen.add(f"{self.key}.{name}")
        return value

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 - it is the get that is meant

    def __len__(self) -> int:
        if not super().__len__():  # nothing to read but that nothing is there
            self.seen.add(self.key)
        return super().__len__()

    def __iter__(self) -> Iterator[str]:  # defined here, lest dict(knobs) and **knobs pass by __getitem__
        return super().__iter__()

    def keys(self) -> Any:
        return list(self)

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]


def _noted(value: Any, key: str, read: Read) -> Any:
    return Noted(value, key, read) if isinstance(value, dict) else value


class Watch:
    """Sections of params.yaml that note each field that is read, under its dotted key; dumped whole, all fields."""

    def __init__(self, read: Read) -> None:
        from plumbline import params, sections

        self.seen, self.keys = read, dict[int, str]()
        self.kept: list[Any] = []  # lest an id be used again
        self.plain = sections.Section.__getattribute__
        plain_read, watch = params.read_params, self

        def read_params(*path: Path) -> Any:
            watch.begin(found := plain_read(*path), "")
            return found

        def get(section: sections.Section, name: str) -> Any:
            return watch.get(section, name)

        params.read_params = read_params  # type: ignore[assignment]
        sections.Section.__getattribute__ = get  # type: ignore[method-assign]

    def begin(self, section: Any, key: str) -> None:
        """Note what is read of a section, and of those in it, from now on."""
        self.kept.append(section)
        for name in type(section).model_fields:
            if hasattr(type(value := self.plain(section, name)), "model_fields"):
                self.begin(value, self.join(key, name))
        extra = self.plain(section, "model_extra") or {}
        extra.update({name: _noted(value, self.join(key, name), self.seen) for name, value in extra.items()})
        self.keys[id(section)] = key

    def get(self, section: Any, name: str) -> Any:
        """An attribute of a section."""
        value, key = self.plain(section, name), self.keys.get(id(section))
        if key is not None and name == "__dict__":  # it is dumped, copied or compared
            for field in value:
                inner = getattr(section, field)
                _ = inner.__dict__ if hasattr(type(inner), "model_fields") else None
        elif key is not None and name in type(section).model_fields and not hasattr(type(value), "model_fields"):
            self.seen.add(self.join(key, name))
        return value

    @staticmethod
    def join(key: str, name: str) -> str:
        return f"{key}.{name}" if key else name


def main(stage: str, log: str) -> None:
    seen = Seen()
    atexit.register(seen.save, Path(log))
    sys.meta_path.insert(0, seen)  # type: ignore[arg-type]
    Watch(seen.params)
    sys.addaudithook(seen.audit)
    sys.argv = [stage]
    runpy.run_module(f"stages.{stage}", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

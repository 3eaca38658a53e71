"""One process at a time: a lock on a file, which the operating system frees when its holder dies."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class BusyError(Exception):
    """Another process holds the lock; `holder` is what it wrote into the file."""

    def __init__(self, holder: str) -> None:
        super().__init__(holder)
        self.holder = holder


@contextmanager
def held(path: Path, holder: str) -> Iterator[None]:
    """Hold the lock on the file `path`, which then reads `holder`; BusyError if another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _lock(path) as file:
        file.truncate(0)
        file.write(holder)
        file.flush()
        yield


def _lock(path: Path) -> IO[str]:
    """The file, opened and locked; opened again where its last holder has just removed it."""
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with file:
                file.seek(0)
                raise BusyError(file.read()) from None
        if path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino:
            return file
        file.close()
        path.parent.mkdir(parents=True, exist_ok=True)


def mend_dvc_lock(path: Path) -> bool:
    """Remove DVC's own lock file where a killed dvc has left it half written: dvc refuses to run ever after.

    True if it was so. A dvc that is just writing it has a tenth of a second to end.
    """
    for seconds in (0.1, 0):
        try:
            json.loads(path.read_bytes())
        except FileNotFoundError:
            return False
        except ValueError:
            time.sleep(seconds)
        else:
            return False
    path.unlink(missing_ok=True)
    return True

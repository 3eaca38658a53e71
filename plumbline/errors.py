"""Wrong input ends in one sentence and exit status 2, never in a traceback."""

import difflib
import sys
from collections.abc import Callable

from plumbline.wording import in_line, listed


class InputError(Exception):
    """Wrong input. The text is what the user reads: *place: what is wrong; what would be right*."""


def run(main: Callable[[], None]) -> None:
    """Call `main`; turn wrong input and a refusing disk into one sentence and exit status 2."""
    try:
        main()
    except InputError as error:
        sys.exit(_print(str(error)))
    except FileNotFoundError as error:
        path = error.filename or str(error).rpartition(": ")[2]  # polars names the file in its text only
        sys.exit(_print(f"{path}: no such file; `dvc repro` makes what a stage reads"))
    except OSError as error:
        if error.filename is None:
            raise
        sys.exit(_print(f"{error.filename}: {error.strerror}"))


def hint(word: str, known: list[str]) -> str:
    """What may be meant by the name of a column that a table does not have: the one most like it, or all it has."""
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"it has {listed([in_line(name, 60) for name in known], 12)}"


def _print(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2

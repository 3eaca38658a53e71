"""Reader of .json files: a list of objects, columns of values, or a document with one list of objects in it."""

from __future__ import annotations

import json
from pathlib import Path

from plumbline.errors import InputError
from plumbline.params import Section
from plumbline.sources import Source, jsonl
from plumbline.sources._json import find_records, stack_records
from plumbline.sources._rows import chunked, write_chunks


class Params(Section):
    """No knobs: JSON says all that is to be known."""


def read(path: Path, params: Params, scratch: Path) -> Source:
    """The table in a file, objects in objects as columns a.b; InputError where it is no JSON or no table."""
    content = path.read_bytes()
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":  # one object a line, under the name of a document
            return jsonl.read(path, jsonl.Params(), scratch)
        raise InputError(f"{path}: line {error.lineno} is no JSON ({error.msg}); mend it") from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path}: is no JSON ({type(error).__name__}); write it again as UTF-8") from None
    chunks = (stack_records(chunk, str(path)) for chunk in chunked(find_records(document, str(path))))
    return Source(write_chunks(chunks, scratch, str(path)))

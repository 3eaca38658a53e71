"""Columns that a regular expression with named groups finds in the paths of files."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from plumbline.errors import InputError
from plumbline.examples import SPLIT
from plumbline.sources._levels import NAMED
from plumbline.split_words import NAMES, SPELLINGS
from plumbline.wording import listed

_KEY = "params.yaml: ingest.folder.pattern"
Values = dict[str, str | None]


def find_columns(path: Path, files: list[PurePosixPath], pattern: str | None) -> list[Values]:
    """For each file what the groups match in the end of its path, or in all of it; InputError where one does not match.

    A group named train, val or test is no column: where it takes part, it says the file's `split`.
    """
    if pattern is None:
        return [{} for _ in files]
    expression = _compile(pattern)
    found = [_match(expression, file) for file in files]
    if odd := [str(file) for file, match in zip(files, found, strict=True) if match is None]:
        raise InputError(f"{_KEY}: does not match {listed(odd, NAMED)} in {path}; mend it or move them out")
    return [_read_groups(path / file, match) for file, match in zip(files, found, strict=True) if match is not None]


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        expression = re.compile(pattern)
    except re.error as error:
        raise InputError(f"{_KEY}: is no regular expression ({error}); mend it") from None
    if not expression.groupindex:
        raise InputError(rf"{_KEY}: has no named group (got {pattern!r}); (?P<name>\d+) makes a column")
    return expression


def _match(expression: re.Pattern[str], file: PurePosixPath) -> re.Match[str] | None:
    """The whole path matched, or else its end: without the folders from the first on."""
    ends = ("/".join(file.parts[i:]) for i in range(len(file.parts)))
    return next((match for end in ends if (match := expression.fullmatch(end))), None)


def _read_groups(file: Path, match: re.Match[str]) -> Values:
    groups = match.groupdict()
    marks = {name: NAMES[SPELLINGS[name]] for name in groups if name in SPELLINGS}
    values = {name: value for name, value in groups.items() if name not in marks}
    if not marks:
        return values
    said = {split for name, split in marks.items() if groups[name] is not None}
    if len(said) != 1:
        raise InputError(f"{_KEY}: says {' and '.join(sorted(said)) or 'no split'} of {file}; let one group take part")
    return {**values, SPLIT: said.pop()}

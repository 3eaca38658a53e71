"""The words train, val and test: their order, and the spellings that data may use."""

import re

NAMES = ("train", "val", "test")
"""The splits; a label is an index in here, a label below 0 means in no split."""

SPELLINGS = {"train": 0, "val": 1, "valid": 1, "validation": 1, "test": 2}
"""Labels by the words, in lower case, that say them in a column or in a file's name."""


def find_split(name: str) -> str | None:
    """The split that one word of a name says, as in GunPoint_TRAIN or d/test/a; None where none or several do."""
    words = re.split("[^a-z]+", name.lower())
    found = {NAMES[SPELLINGS[word]] for word in words if word in SPELLINGS}
    return found.pop() if len(found) == 1 else None

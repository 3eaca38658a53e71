"""The words train, val and test: their order, and the spellings that data may use."""

NAMES = ("train", "val", "test")
"""The splits; a label is an index in here, a label below 0 means in no split."""

SPELLINGS = {"train": 0, "val": 1, "valid": 1, "validation": 1, "test": 2}
"""Labels by the words, in lower case, that say them in a column or in a file's name."""

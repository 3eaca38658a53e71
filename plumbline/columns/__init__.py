"""Column types: what a raw value is, how it is fitted, encoded, drawn and built into the exported graph."""

from plumbline import plugins


def is_content(kind: str) -> bool:
    """Whether a column type's values are images, texts or the like, which are not looked at as a table's."""
    return bool(kind) and bool(getattr(plugins.load("columns", kind), "CONTENT", False))

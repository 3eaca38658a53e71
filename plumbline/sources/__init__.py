"""Readers: a file's suffix is the name of the module that turns it into a polars LazyFrame."""

from plumbline import plugins


def suffixes() -> list[str]:
    """The suffixes that have a reader, sorted."""
    return [f".{name}" for name in plugins.names("sources") if name != "folder"]

"""Reader of .db files: another name of .sqlite."""

from plumbline.sources.sqlite import Params, read

__all__ = ["Params", "read"]

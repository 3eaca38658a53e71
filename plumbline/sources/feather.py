"""Reader of .feather files: another name of .arrow (Feather version 2)."""

from plumbline.sources._ipc import Params, read

__all__ = ["Params", "read"]

"""Reader of .arrow files: Arrow IPC files and streams, columns with their own types."""

from plumbline.sources._ipc import Params, read

__all__ = ["Params", "read"]

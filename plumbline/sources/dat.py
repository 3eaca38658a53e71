"""Reader of .dat files: another name of .txt."""

from plumbline.sources.txt import Params, read

__all__ = ["Params", "read"]

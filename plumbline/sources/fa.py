"""Reader of .fa files: another name of .fasta."""

from plumbline.sources._fasta import Params, read

__all__ = ["Params", "read"]

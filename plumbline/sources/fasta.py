"""Reader of .fasta files: named sequences of letters; in a folder of them each file's name is its class."""

from plumbline.sources._fasta import Params, read

__all__ = ["Params", "read"]

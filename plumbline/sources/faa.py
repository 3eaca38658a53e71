"""Reader of .faa files: another name of .fasta, for amino acids."""

from plumbline.sources._fasta import Params, read

__all__ = ["Params", "read"]

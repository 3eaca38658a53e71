"""Reader of .fna files: another name of .fasta, for nucleic acids."""

from plumbline.sources._fasta import Params, read

__all__ = ["Params", "read"]

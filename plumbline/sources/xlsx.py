"""Reader of .xlsx files: a sheet of an Excel workbook; its header is found below titles."""

from plumbline.sources._sheets import Params, read

__all__ = ["Params", "read"]

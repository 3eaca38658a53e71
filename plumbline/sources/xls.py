"""Reader of .xls files: a sheet of an old Excel workbook, like .xlsx."""

from plumbline.sources._sheets import Params, read

__all__ = ["Params", "read"]

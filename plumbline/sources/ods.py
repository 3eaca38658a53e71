"""Reader of .ods files: a sheet of an OpenDocument workbook, like .xlsx."""

from plumbline.sources._sheets import Params, read

__all__ = ["Params", "read"]

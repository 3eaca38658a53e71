"""Any source -> a table: the suffix of `ingest.source` is the name of its reader in plumbline/sources."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from types import ModuleType

from plumbline import plugins
from plumbline.errors import InputError
from plumbline.examples import ROW
from plumbline.gather import gather_columns
from plumbline.params import Ingest, Section
from plumbline.sources import CODE, Source, _idx, _plain, folder, suffixes
from plumbline.sources._listing import IDX, MEDIA, kind_of


def open_source(source: str, ingest: Ingest, scratch: Path) -> Source:
    """The table in a file or folder and what its readers decided; InputError where it cannot be read.

    `scratch` is a folder for intermediate files, needed as long as the table is.
    """
    path = Path(source)
    if not path.exists():
        raise InputError(f"{source}: no such file or folder; set ingest.source in params.yaml")
    found = gather_columns(_plain.simplify(_read(path, ingest, scratch), source), ingest)
    if ROW in found.table.collect_schema():
        raise InputError(f"{source}: has a column named {ROW!r}, which Plumbline adds itself; rename it")
    return found


def _read(path: Path, ingest: Ingest, scratch: Path) -> Source:
    own = Path(tempfile.mkdtemp(dir=scratch))  # files of one name in several folders must not meet
    if path.is_dir():
        return folder.read(path, folder.Params(**ingest.knobs("folder")), own, partial(_read, ingest=ingest))
    _refuse_parts(path)
    suffix = path.suffix.lower()
    if suffix not in suffixes():
        what = suffix or "files without a suffix"
        raise InputError(f"{path}: no reader takes {what}; readers take {', '.join(suffixes())} files")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: is empty; a table has a header and at least one row")
    reader = plugins.load("sources", suffix[1:])
    params = reader.Params(**ingest.knobs(suffix[1:]))
    if hasattr(reader, "unpack"):
        return _read_packed(path, reader, params, ingest, own)
    found: Source = reader.read(path, params, own)
    return found


def _refuse_parts(path: Path) -> None:
    """InputError where a file is an example, or half of it, so that only a folder of such files is a table."""
    kind = kind_of(path)
    if kind in MEDIA:
        raise InputError(
            f"{path}: is one {kind} file; set ingest.source to a folder of them, or to a table of paths in it"
        )
    if kind == IDX:
        raise _idx.refuse(path)


def _read_packed(path: Path, reader: ModuleType, params: Section, ingest: Ingest, own: Path) -> Source:
    """What a packed file holds, named by the packed file instead of by its place in `own`."""
    inner, notes = reader.unpack(path, params, own)
    if inner.suffix.lower() in CODE:
        raise InputError(f"{path}: holds code ({inner.name}), which is not run out of an archive; unpack it yourself")
    try:
        found = _read(inner, ingest, own)
    except InputError as error:
        raise InputError(_rename(str(error), own, path)) from None
    return Source(found.table, [*notes, *(_rename(note, own, path) for note in found.notes)], found.root)


def _rename(sentence: str, own: Path, path: Path) -> str:
    return sentence.replace(str(own), str(path))

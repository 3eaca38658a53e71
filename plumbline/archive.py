"""Archives of torch rewritten so that equal models give equal bytes, whatever process, folder or build wrote them."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile

_ID = ".data/serialization_id"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_ALIGNMENT = 64  # bytes: where torch puts tensors, so that they can be memory-mapped
_LOCAL_HEADER = 30  # bytes before a record's name in a zip
_FOLDER = "archive"
_BUILD = re.compile(rb'("torch_version": "[^"+]*)\+[^"]*"')


def rewrite(archive: bytes) -> bytes:
    """A file of torch.export.save or torch.jit.save in canonical form: it loads and predicts as before.

    Records stand in sorted order, uncompressed, without times. Left out are TorchScript's debug records (they name
    source files of this machine) and the build of torch (+cpu); the id is made from the content.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as old:
        records = {name.partition("/")[2]: old.read(name) for name in old.namelist() if not name.endswith(".debug_pkl")}
    records = {name: _clean(name, records[name]) for name in sorted(records) if name != _ID}
    records[_ID] = _identify(records)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as new:
        for name, content in records.items():
            new.writestr(_header(name, written.tell()), content)
    return written.getvalue()


def _clean(name: str, content: bytes) -> bytes:
    if name.endswith(".pt"):  # torch.save wrote it: an archive in the archive
        return rewrite(content)
    return _BUILD.sub(rb'\1"', content) if name.endswith(".json") else content


def _identify(records: dict[str, bytes]) -> bytes:
    """40 digits, as torch's ids have, from SHA-256 over every record's name and content."""
    digests = [hashlib.sha256(part).digest() for item in records.items() for part in (item[0].encode(), item[1])]
    return b"%040d" % int.from_bytes(hashlib.sha256(b"".join(digests)).digest()[:16], "big")


def _header(name: str, start: int) -> zipfile.ZipInfo:
    """A record's header whose content begins at a multiple of 64 bytes: padded as torch does, by an extra field FB."""
    header = zipfile.ZipInfo(f"{_FOLDER}/{name}", _EPOCH)
    header.create_system, header.external_attr = 0, 0o600 << 16
    n_padding = -(start + _LOCAL_HEADER + len(header.filename.encode()) + 4) % _ALIGNMENT
    header.extra = b"FB" + n_padding.to_bytes(2, "little") + b"Z" * n_padding
    return header

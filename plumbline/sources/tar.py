"""Reader of .tar files: the table in it, or its files like those of a folder; .tar.gz and .tar.zst too."""

from __future__ import annotations

import tarfile
from pathlib import Path

from plumbline.errors import InputError
from plumbline.sources._archive import Params, unpack_members

__all__ = ["Params", "unpack"]


def unpack(path: Path, params: Params, scratch: Path) -> tuple[Path, list[str]]:
    """The only file to read in `scratch`, or a folder of several, and notes; InputError where it is broken."""
    try:
        with tarfile.open(path, "r:") as archive:
            members = {_name(member): member for member in archive if not member.isdir()}
            _check(path, members)
            _check_end(path)

            def extract(chosen: list[str]) -> None:
                wanted = [members[name].replace(name=name, deep=False) for name in chosen]
                archive.extractall(scratch, wanted, filter="data")

            return unpack_members(path, list(members), params.file, scratch, extract)
    except (tarfile.TarError, EOFError) as error:
        raise InputError(f"{path}: is no tar file, or ends too early ({error}); fetch it again") from None


def _check_end(path: Path) -> None:
    """InputError where no empty block ends the archive: without it, tarfile takes a cut between members for the end."""
    with path.open("rb") as file:
        file.seek(-tarfile.BLOCKSIZE, 2)
        if any(file.read()):
            raise InputError(f"{path}: ends too early; fetch it again")


def _name(member: tarfile.TarInfo) -> str:
    """The member's path without the ./ that `tar .` writes."""
    return member.name.removeprefix("./")


def _check(path: Path, members: dict[str, tarfile.TarInfo]) -> None:
    """InputError where a member is a link, a device or a pipe: its content lies elsewhere."""
    for name, member in members.items():
        if member.issym() or member.islnk():
            raise InputError(
                f"{path}: holds {name!r}, which is a link; `tar -h --hard-dereference` packs files themselves"
            )
        if not member.isreg():
            raise InputError(f"{path}: holds {name!r}, which is no file; pack it again without")

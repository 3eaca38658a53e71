"""Spoken digits: 3,000 wav files of six speakers; recordings 0 to 4 of each speaker and digit are the official test."""

import tarfile
from pathlib import PurePosixPath

import polars as pl


def load() -> pl.DataFrame:
    """`audio` (the files' bytes), `digit`, and `split`; the speaker is left out, for a new one has no name here."""
    rows = []
    with tarfile.open("data/raw/recordings.tar.gz") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            path = PurePosixPath(member.name)
            file = archive.extractfile(member)
            if file is None or path.suffix != ".wav":
                continue
            digit, _, recording = path.stem.split("_")  # as 3_george_12
            rows.append((file.read(), digit, "test" if int(recording) < 5 else "train"))
    return pl.DataFrame(rows, schema={"audio": pl.Binary, "digit": pl.String, "split": pl.String}, orient="row")

"""Init: own data in one command: looked at, tracked by DVC, and named in params.yaml with the reason of each choice."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from plumbline import choices, paths, tracking
from plumbline.choices import Chosen
from plumbline.commented import Document, read_document
from plumbline.errors import InputError
from plumbline.files import read_json, replacing
from plumbline.findings import finding
from plumbline.yaml12 import read_value

RAW = Path("data/raw")
_CODE = (".py", ".sql")  # Git's, not DVC's
_MOST_COLUMNS = 25  # shown one by one


def begin(data: str, targets: list[str], settings: list[str]) -> None:
    """Look at `data`, track it below data/raw, write params.yaml; print what was seen, suspected and chosen.

    `settings` are KEY=VALUE of params.yaml that reading the data needs. InputError where the data cannot be read, or
    there is no such target; then nothing is changed.
    """
    document = read_document(paths.PARAMS)
    before = document.text()
    for key, value in choices.NEUTRAL.items():
        document.set(key, value)
    for setting in settings:
        _apply(setting, document)
    source = _find(data)
    document.set("ingest.target", targets[0] if len(targets) == 1 else targets)
    with _looked_at(document, source.resolve()) as folder:
        report = read_json(folder / paths.INGEST_REPORT)
        chosen = choices.choose(targets, report, folder / paths.EXAMPLES)
    place = _keep(source)
    chosen = [Chosen("ingest.source", place.as_posix(), choices.describe_size(report)), *chosen]
    for choice in chosen:
        document.set(choice.key, choice.value, choice.why)
    with replacing(paths.PARAMS) as temporary:
        temporary.write_text(document.text(), encoding="utf-8")
    print(_summarise(report, chosen, place, changed=document.text() != before))


def _apply(setting: str, document: Document) -> None:
    key, equals, value = setting.partition("=")
    if not equals:
        raise InputError(f"--set {setting}: has no value; write it as KEY=VALUE, as ingest.csv.separator=;")
    try:
        document.set(key, read_value(value))
    except ValueError as error:
        raise InputError(f"--set {setting}: params.yaml has no such section ({error})") from None


def _find(data: str) -> Path:
    """The data's path; those of a URL are imported by DVC first."""
    if "://" in data:
        place = RAW / data.rstrip("/").rpartition("/")[2]
        if not place.exists():
            RAW.mkdir(parents=True, exist_ok=True)
            _dvc("import-url", data, place.as_posix())
        return place
    source = Path(data).expanduser()
    if not source.exists():
        raise InputError(f"{data}: no such file or folder; name a table, a folder, an archive, or a URL")
    return source


@contextlib.contextmanager
def _looked_at(document: Document, source: Path) -> Any:
    """A folder for a while, in which ingest has read the source."""
    from stages import ingest

    with tempfile.TemporaryDirectory() as folder:
        copy = Document(document.text())
        copy.set("ingest.source", str(source))
        (Path(folder) / paths.PARAMS).write_text(copy.text(), encoding="utf-8")
        with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
            ingest.main()
        yield Path(folder)


def _keep(source: Path) -> Path:
    """Where the data lie from now on: below data/raw, tracked by DVC; where they are if Git tracks them."""
    here, resolved = Path.cwd(), source.resolve()
    place = resolved.relative_to(here) if resolved.is_relative_to(here) else None
    if source.suffix in _CODE and place is None:
        raise InputError(f"{source}: is code; put it into the project, say into examples, where Git tracks it")
    if place and (source.suffix in _CODE or tracking.run_git("ls-files", "--", str(place))):
        return place
    if place is None or not place.is_relative_to(RAW):
        place = RAW / resolved.name
        _copy(source, place)
    if not _note(place).exists():
        _dvc("add", "--quiet", place.as_posix())
    return place


def _note(place: Path) -> Path:
    """The file by which DVC tracks what lies at `place`."""
    return place.with_name(f"{place.name}.dvc")


def _copy(source: Path, place: Path) -> None:
    if place.exists():
        raise InputError(f"{place}: is there already; remove it, or run init on it")
    with replacing(place) as temporary:
        if source.is_dir():
            shutil.copytree(source, temporary)
        else:
            shutil.copyfile(source, temporary)


def _dvc(*arguments: str) -> None:
    """Run DVC; InputError with its last line where it refuses."""
    ended = subprocess.run([sys.executable, "-m", "dvc", *arguments], capture_output=True, text=True, check=False)
    if ended.returncode:
        reason = next((line for line in ended.stderr.splitlines() if line.startswith("ERROR")), ended.stderr.strip())
        raise InputError(f"dvc {arguments[0]}: {reason.removeprefix('ERROR: ')}")


def _summarise(report: dict[str, Any], chosen: list[Chosen], place: Path, changed: bool) -> str:
    """What was seen, suspected and chosen, and what comes next, for the terminal."""
    lines = [f"{place}: {choices.describe_size(report)}"]
    columns = report["columns"]
    width = min(40, max(len(column["name"]) for column in columns))
    for column in columns[:_MOST_COLUMNS]:
        what = column["type"] if column["role"] == "feature" else column["role"]
        lines.append(f"  {column['name'][:width]:<{width}}  {what or '':<9} {column['why']}")
    if len(columns) > _MOST_COLUMNS:
        lines.append(f"  … and {len(columns) - _MOST_COLUMNS:,} more, see {paths.INGEST_REPORT} after the run")
    lines += [f"noticed: {sentence}" for sentence in finding.noticed(report)]
    lines += [f"params.yaml: {choice.key}: {choice.value}  # {choice.why}" for choice in chosen]
    lines += [] if changed else ["params.yaml: said all that before"]
    tracked = f" {_note(place)}" if _note(place).exists() else ""
    lines.append(f"next: make repro, then git add params.yaml{tracked}")
    return "\n".join(lines)

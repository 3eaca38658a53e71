"""Tables of README.md, made from the source: the stages, and the words that params.yaml can use."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path

import yaml

from plumbline import plugins
from plumbline.findings.finding import KINDS

README = Path("README.md")


def fill_tables(text: str) -> str:
    """README text with what stands between `<!-- NAME -->` and `<!-- end -->` made anew."""
    for name, make in TABLES.items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        text = f"{before}<!-- {name} -->\n{make()}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
    return text


def stage_table() -> str:
    """Each stage of dvc.yaml: what it does, the params it reads, what it writes."""
    rows = ["| stage | what it does | params | writes |", "| --- | --- | --- | --- |"]
    for name, stage in yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"].items():
        sections = dict.fromkeys(param.split(".")[0] for param in stage["params"])
        entries = [entry for key in ("outs", "metrics", "plots") for entry in stage.get(key, [])]
        paths = [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]
        rows.append(f"| `{name}` | {stage['desc']} | {_code(sections)} | {_code(paths)} |")
    return "\n".join(rows)


def word_table() -> str:
    """Each plug-in: the word in params.yaml, and the first line of its file."""
    rows = ["| folder | word | what it is |", "| --- | --- | --- |"]
    for folder in plugins.FOLDERS:
        for name in plugins.names(folder):
            rows.append(f"| `{folder}` | `{name}` | {_first_line(Path('plumbline') / folder / f'{name}.py')} |")
    return "\n".join(rows)


def finding_table() -> str:
    """Each kind of finding: what it is about, what is done, how to change that."""
    rows = ["| what | done | to change it |", "| --- | --- | --- |"]
    return "\n".join(rows + [f"| {kind.what} | {kind.done} | {kind.change} |" for kind in KINDS.values()])


def _code(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _first_line(path: Path) -> str:
    """What a module's docstring says after its name."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.splitlines()[0].partition(": ")[2].rstrip(".")


TABLES: dict[str, Callable[[], str]] = {"stages": stage_table, "words": word_table, "findings": finding_table}

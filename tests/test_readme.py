"""The README says what is so: its tables are made from the source, its commands and keys exist."""

import re

import pytest

from plumbline import readme
from plumbline.yaml12 import read_yaml
from tests import project

TEXT = (project.ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _at_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.ROOT)


def test_the_tables_are_what_the_source_says() -> None:
    assert readme.fill_tables(TEXT) == TEXT, "run: python -m plumbline readme"


def test_every_make_target_exists() -> None:
    makefile = (project.ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"`(make [^`\n]+)`|^(make .*)$", TEXT, re.MULTILINE)
    targets = {word for pair in commands for word in re.findall(r"^make ([a-z][a-z-]+)", "".join(pair))}
    assert {"repro", "test", "check", "example"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_key_set_on_a_command_line_exists() -> None:
    params = read_yaml(project.ROOT / "params.yaml")
    keys = re.findall(r"-S ([a-z_.]+)=", TEXT)
    assert keys
    for key in keys:
        place = params
        for part in key.split("."):
            assert part in place, key
            place = place[part]


def test_every_path_in_the_tree_exists() -> None:
    tree = TEXT.split("```text")[-1].split("```")[0]
    paths = [
        word for line in tree.splitlines() for word in re.findall(r"(?:^|\s)([a-z_*]+(?:\.py|/))(?=\s|$)", line[:36])
    ]
    assert len(paths) > 20
    for path in paths:
        assert list(project.ROOT.glob(path)) or list(project.ROOT.glob(f"plumbline/{path}")), path


def test_every_example_is_named() -> None:
    for path in (project.ROOT / "examples").glob("*.yaml"):
        if path.stem != "data":
            assert f"`{path.stem}`" in TEXT

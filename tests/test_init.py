"""Init: own data in one command; params.yaml keeps its comments and says why each choice was made."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from plumbline import cli
from plumbline.check import find_mistakes
from plumbline.commented import Document
from plumbline.errors import InputError
from plumbline.init import begin
from plumbline.yaml12 import read_yaml
from tests.project import ROOT, class_table, number_table

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new clone of the template, as far as init needs it, as the current folder."""
    folder = tmp_path / "clone"
    (folder / "data").mkdir(parents=True)
    shutil.copytree(ROOT / "examples", folder / "examples")
    for name in ("params.yaml", ".gitignore", ".dvcignore"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)
    monkeypatch.chdir(folder)
    for command in (["git", "init", "--quiet"], ["dvc", "init", "--quiet"], ["git", "add", "."]):
        subprocess.run(["python", "-m", *command] if command[0] == "dvc" else command, check=True)
    return folder


def written(key: str) -> Any:
    """A key of the params.yaml in the current folder."""
    value = read_yaml(Path("params.yaml"))
    for part in key.split("."):
        value = value[part]
    return value


def test_a_file_from_elsewhere_is_kept_tracked_and_named(template: Path, tmp_path: Path) -> None:
    class_table().write_csv(tmp_path / "my table.csv")
    begin(str(tmp_path / "my table.csv"), ["y"], [])
    assert Path("data/raw/my table.csv").read_bytes() == (tmp_path / "my table.csv").read_bytes()
    assert Path("data/raw/my table.csv.dvc").exists()
    assert written("ingest.source") == "data/raw/my table.csv"
    assert written("ingest.target") == "y"
    assert find_mistakes(read_yaml(Path("params.yaml"))) == []


def test_every_comment_and_number_that_init_does_not_set_stays(template: Path, tmp_path: Path) -> None:
    number_table().write_csv(tmp_path / "t.csv")
    begin(str(tmp_path / "t.csv"), ["y"], [])
    old, new = TEXT.splitlines(), Path("params.yaml").read_text(encoding="utf-8").splitlines()
    changed = [(before, after) for before, after in zip(old, new, strict=True) if before != after]
    assert {after.split(":")[0].strip() for _, after in changed} == {"source", "target", "name"}
    assert all("  # " in after for _, after in changed)


def test_a_choice_stands_beside_its_reason(template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = class_table(120).with_columns(y=pl.Series(["yes" if i % 4 == 0 else "no" for i in range(120)]))
    table.write_csv(tmp_path / "t.csv")
    begin(str(tmp_path / "t.csv"), ["y"], [])
    assert written("task.positive") == "yes"
    assert "params.yaml: task.positive: yes  # the rarer class, 25% of the examples" in capsys.readouterr().out
    lines = Path("params.yaml").read_text(encoding="utf-8").splitlines()
    assert "  positive: yes           # the rarer class, 25% of the examples" in lines


def test_rows_of_one_patient_stay_together(template: Path, tmp_path: Path) -> None:
    patients = np.repeat(np.arange(40), 3)
    class_table(120).with_columns(patient_id=pl.Series([f"p{i}" for i in patients])).write_csv(tmp_path / "t.csv")
    begin(str(tmp_path / "t.csv"), ["y"], [])
    assert (written("split.name"), written("split.stratified_group.by")) == ("stratified_group", "patient_id")


@pytest.mark.parametrize("name", ["patient_age", "client", "impatient", "households"])
def test_a_column_that_only_sounds_like_a_group_is_learned_from(name: str, template: Path, tmp_path: Path) -> None:
    values = np.arange(120) % (10 if name == "client" else 40)
    class_table(120).with_columns(pl.Series(name, values)).write_csv(tmp_path / "t.csv")
    begin(str(tmp_path / "t.csv"), ["y"], [])
    assert written("split.name") == "stratified"


def test_a_split_that_the_data_bring_is_used(template: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name in ("train", "test"):
        class_table(60).write_csv(tmp_path / "mine" / f"{name}.csv")
    begin(str(tmp_path / "mine"), ["y"], [])
    assert (written("split.name"), written("split.given.by")) == ("given", "split")
    assert Path("data/raw/mine.dvc").exists()


def test_several_targets_are_written_as_a_list(template: Path, tmp_path: Path) -> None:
    number_table().write_csv(tmp_path / "t.csv")
    begin(str(tmp_path / "t.csv"), ["y", "b"], [])
    assert written("ingest.target") == ["y", "b"]
    assert find_mistakes(read_yaml(Path("params.yaml"))) == []


def test_keys_that_reading_needs_can_be_set(template: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("".join(f"{i},{i % 2}\n" for i in range(40)))
    begin(str(tmp_path / "t.csv"), ["y"], ["ingest.csv.names=[x, y]", "ingest.columns={y: category, x: number}"])
    assert (written("ingest.csv.names"), written("ingest.columns.y")) == (["x", "y"], "category")


def test_a_second_init_forgets_what_the_first_table_needed(template: Path, tmp_path: Path) -> None:
    class_table().write_csv(tmp_path / "one.csv")
    number_table().write_csv(tmp_path / "two.csv")
    begin(str(tmp_path / "one.csv"), ["y"], ["ingest.drop=[b]", "task.positive=yes"])
    begin(str(tmp_path / "two.csv"), ["y"], [])
    assert (written("ingest.drop"), written("task.positive")) == ([], None)


def test_data_in_data_raw_stay_where_they_are(template: Path) -> None:
    Path("data/raw").mkdir()
    class_table().write_csv("data/raw/t.csv")
    for _ in range(2):
        begin("data/raw/t.csv", ["y"], [])
    assert sorted(path.name for path in Path("data/raw").iterdir()) == ["t.csv", "t.csv.dvc"]


def test_data_that_git_tracks_are_left_to_git(template: Path) -> None:
    begin("examples/breast_cancer.py", ["diagnosis"], [])
    assert written("ingest.source") == "examples/breast_cancer.py"
    assert not Path("data/raw").exists()


REFUSALS = {
    "nowhere.csv: no such file or folder; name a table, a folder, an archive, or a URL": ("nowhere.csv", "y"),
    "params.yaml: ingest.target: {data} has no column 'z'; it has a, b, y": ("{data}", "z"),
    "{code}: is code; put it into the project, say into examples, where Git tracks it": ("{code}", "y"),
}


@pytest.mark.parametrize("sentence", REFUSALS)
def test_what_cannot_be_used_is_one_sentence_and_changes_nothing(sentence: str, template: Path, tmp_path: Path) -> None:
    places = {"data": tmp_path / "t.csv", "code": tmp_path / "t.py"}
    class_table().write_csv(places["data"])
    places["code"].write_text(
        "import polars as pl\ndef load():\n    return pl.DataFrame({'x': [1, 2], 'y': [1.5, 2]})\n"
    )
    data, target = REFUSALS[sentence]
    with pytest.raises(InputError) as raised:
        begin(data.format(**places), [target], [])
    assert str(raised.value) == sentence.format(**places)
    assert Path("params.yaml").read_text(encoding="utf-8") == TEXT
    assert not Path("data/raw").exists()


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("ingest.drop", "--set ingest.drop: has no value; write it as KEY=VALUE, as ingest.csv.separator=;"),
        (
            "read.csv.names=[a]",
            "--set read.csv.names=[a]: params.yaml has no such section "
            "(key='read.csv.names': there is no section 'read')",
        ),
        ("ingest.drop=3", "params.yaml: ingest.drop: is 3, should be a list"),
        ("ingest.drop=[a", "[a: is not a YAML value: line 1: expected ',' or ']', but got '<stream end>'"),
    ],
)
def test_a_wrong_setting_is_one_sentence(setting: str, sentence: str, template: Path, tmp_path: Path) -> None:
    class_table().write_csv(tmp_path / "t.csv")
    with pytest.raises(InputError) as raised:
        begin(str(tmp_path / "t.csv"), ["y"], [setting])
    assert str(raised.value) == sentence
    assert Path("params.yaml").read_text(encoding="utf-8") == TEXT


def test_another_file_of_the_same_name_is_not_overwritten(template: Path, tmp_path: Path) -> None:
    class_table().write_csv(tmp_path / "t.csv")
    begin(str(tmp_path / "t.csv"), ["y"], [])
    with pytest.raises(InputError, match=r"^data/raw/t\.csv: is there already; remove it, or run init on it$"):
        begin(str(tmp_path / "t.csv"), ["y"], [])


def test_a_document_that_is_not_changed_is_written_as_it_was() -> None:
    assert Document(TEXT).text() == TEXT


def test_a_key_without_its_section_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no section 'nothing'"):
        Document(TEXT).set("nothing.at.all", 1)


def init(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    """Run `python -m plumbline init`."""
    monkeypatch.setattr("sys.argv", ["plumbline", "init", *arguments])
    cli.main()


def test_the_column_label_is_the_target_where_none_is_named(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = class_table().rename({"y": "label"})
    for name, begin_row in (("train", 0), ("test", 100)):
        (tmp_path / "d").mkdir(exist_ok=True)
        table.slice(begin_row, 100).write_csv(tmp_path / "d" / f"{name}.csv")
    with tarfile.open(tmp_path / "d.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "d", "d")
    init(monkeypatch, str(tmp_path / "d.tar.gz"))
    assert (written("ingest.source"), written("ingest.target")) == ("data/raw/d.tar.gz", "label")
    assert (written("split.name"), written("split.given.by")) == ("given", "split")


def test_a_folder_of_class_folders_needs_nothing_but_its_name(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(24):
        path = tmp_path / "animals" / ("test" if i < 8 else "train") / ("cat" if i % 2 else "dog") / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), 10 * i, dtype=np.uint8)).save(path)
    init(monkeypatch, str(tmp_path / "animals"))
    assert (written("ingest.source"), written("ingest.target")) == ("data/raw/animals", "label")
    assert (written("split.name"), written("split.given.by")) == ("given", "split")
    assert written("train.epochs") == 20
    text = Path("params.yaml").read_text(encoding="utf-8")
    assert re.search(r"^  epochs: 20 +# images are learned in few passes$", text, re.M)

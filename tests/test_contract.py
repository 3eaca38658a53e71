"""Contract: dvc.yaml, params.yaml, imports, paths and docstrings say the same thing, and checks notice when not."""

import ast
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plumbline import check, plugins
from plumbline.params import Params, Section
from plumbline.schema_words import read_schema
from plumbline.yaml12 import read_yaml
from tests import contract, project
from tests.project import ROOT, STAGES

Check = Callable[[Path], list[str]]
CHECKS: list[Check] = [
    contract.undeclared_imports,
    contract.idle_deps,
    contract.undeclared_params,
    contract.undeclared_paths,
]
LIBRARY = sorted((ROOT / "plumbline").rglob("*.py"))
SCRIPTS = sorted((ROOT / "stages").glob("*.py"))
FIRST_IMPORT = "from plumbline import paths, running\n"


def id_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


def run_python(code: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


# dvc.yaml and code


@pytest.mark.parametrize("find", CHECKS, ids=lambda find: find.__name__)
def test_dvc_yaml_and_code_agree(find: Check) -> None:
    assert find(ROOT) == []


def test_the_pipeline_is_the_six_stages_in_order() -> None:
    assert tuple(contract.stages(ROOT)) == STAGES
    assert {path.stem for path in SCRIPTS} == {"__init__", *STAGES}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_says_in_its_docstring_what_dvc_yaml_says(name: str) -> None:
    stage = contract.stages(ROOT)[name]
    docstring = ast.get_docstring(ast.parse((ROOT / "stages" / f"{name}.py").read_text()))
    assert docstring == f"{name.capitalize()}: {stage['desc']}."
    assert stage["cmd"] == f"python -m stages.{name}"


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_its_script_and_on_the_pinned_packages(name: str) -> None:
    deps = contract.stages(ROOT)[name]["deps"]
    assert {f"stages/{name}.py", "requirements.lock"} <= set(deps)
    assert ("${ingest.source}" in deps) == (name == "ingest")


@pytest.mark.parametrize("name", STAGES)
def test_every_artifact_in_dvc_yaml_is_a_constant_of_paths(name: str) -> None:
    stage = contract.stages(ROOT)[name]
    artifacts = {path for path in stage["deps"] if path.startswith(("data/", "models/", "reports/"))}
    assert artifacts | contract.declared_outs(stage) <= set(contract.path_constants(ROOT).values())


def test_no_stage_that_learns_depends_on_the_test_split() -> None:
    assert "data/split/test" not in contract.stages(ROOT)["train"]["deps"]


def test_train_tracks_the_encoder_of_every_column_type() -> None:
    tracked = contract.stages(ROOT)["train"]["params"]
    for kind in plugins.names("columns"):
        assert {f"encoders.{kind}.name", f"encoders.{kind}.${{encoders.{kind}.name}}"} <= set(tracked)


def test_reports_are_metrics_or_plots_that_git_keeps() -> None:
    for stage in contract.stages(ROOT).values():
        entries = [entry for key in ("metrics", "plots") for entry in stage.get(key, [])]
        assert all(next(iter(entry.values())) == {"cache": False} for entry in entries)
        assert all(path.startswith(("data/", "models/")) for path in stage.get("outs", []))


# Checks notice what is broken on purpose


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of all that the checks read."""
    return project.copy_code(tmp_path)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_an_import_that_dvc_yaml_does_not_name_is_found(copy: Path) -> None:
    replace(copy / "stages/ingest.py", FIRST_IMPORT, FIRST_IMPORT + "from plumbline import progress\n")
    assert contract.undeclared_imports(copy) == ["ingest can import plumbline/progress.py, which is not in its deps"]


def test_an_import_inside_a_function_of_a_plug_in_is_found(copy: Path) -> None:
    (copy / "plumbline/extra.py").write_text('"""Extra."""\n')
    model = copy / "plumbline/models/linear.py"
    model.write_text(model.read_text() + "\n\ndef extra() -> None:\n    import plumbline.extra\n")
    assert contract.undeclared_imports(copy) == [
        f"{name} can import plumbline/extra.py, which is not in its deps" for name in ("train", "evaluate", "export")
    ]


def test_a_shared_module_of_models_is_not_covered_by_the_chosen_model(copy: Path) -> None:
    (copy / "plumbline/models/_shared.py").write_text('"""Shared."""\n')
    model = copy / "plumbline/models/linear.py"
    model.write_text("from plumbline.models import _shared\n" + model.read_text())
    assert contract.undeclared_imports(copy)[0] == (
        "train can import plumbline/models/_shared.py, which is not in its deps"
    )


def test_a_dep_that_nothing_imports_is_found(copy: Path) -> None:
    replace(
        copy / "dvc.yaml", "      - plumbline/ingest.py\n", "      - plumbline/ingest.py\n      - plumbline/fit.py\n"
    )
    assert contract.idle_deps(copy) == ["ingest has the dep plumbline/fit.py, which it never imports"]


def test_a_dep_inside_another_dep_is_found(copy: Path) -> None:
    replace(
        copy / "dvc.yaml",
        "      - plumbline/sources\n",
        "      - plumbline/sources\n      - plumbline/sources/csv.py\n",
    )
    assert "ingest has the dep plumbline/sources/csv.py twice, plumbline/sources covers it" in contract.idle_deps(copy)


def test_a_param_that_dvc_yaml_does_not_name_is_found(copy: Path) -> None:
    replace(copy / "dvc.yaml", "    params:\n      - ingest\n", "    params:\n      - seed\n")
    assert contract.undeclared_params(copy) == [
        "ingest reads params.ingest, which is not in its params",
        "ingest has the param seed, which it never reads",
    ]


def test_a_path_that_dvc_yaml_does_not_name_is_found(copy: Path) -> None:
    replace(copy / "dvc.yaml", "      - reports/ingest.json:", "      - reports/other.json:")
    assert contract.undeclared_paths(copy) == [
        "ingest names reports/ingest.json, which is neither in its deps nor in its outs",
        "ingest has reports/other.json in dvc.yaml, which it never names",
    ]


# params.yaml


def test_params_yaml_is_well() -> None:
    assert check.find_mistakes(read_yaml(ROOT / "params.yaml")) == []


def test_params_yaml_names_its_schema_for_editors() -> None:
    first = (ROOT / "params.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=plumbline/schema.json"
    assert (ROOT / "plumbline/schema.json").exists()


def test_the_schema_is_what_the_sections_plug_ins_and_torch_say() -> None:
    from plumbline.schema import SCHEMA, make_schema

    assert json.loads(SCHEMA.read_text()) == make_schema(), "run `make schema`"


def all_sections(section: type[Section]) -> list[type[Section]]:
    kinds = [field.annotation for field in section.model_fields.values()]
    below = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Section)]
    return [section, *(found for kind in below for found in all_sections(kind))]


@pytest.mark.parametrize("section", all_sections(Params), ids=lambda section: section.__name__)
def test_no_section_has_a_default_that_dvc_cannot_see(section: type[Section]) -> None:
    assert [name for name, field in section.model_fields.items() if not field.is_required()] == []


def test_every_way_to_be_wrong_has_words() -> None:
    """check.py can put every validator of the schema into words."""
    schema = read_schema()
    worded = {"type", "enum", "required", "additionalProperties", "minimum", "maximum", "exclusiveMinimum"}
    worded |= {"exclusiveMaximum", "pattern", "maxProperties", "minItems", "minLength"}
    assert keywords(schema) - worded == {"properties", "items", "description", "default", "needed", "$schema"}


def keywords(schema: Any) -> set[str]:
    """Keywords of a JSON schema and of all schemas in it."""
    found = set(schema)
    for key, value in schema.items():
        below = value.values() if key == "properties" else [value] if key in ("items", "additionalProperties") else []
        found |= {word for inner in below if isinstance(inner, dict) for word in keywords(inner)}
    return found


# Who may read what


@pytest.mark.parametrize("path", SCRIPTS, ids=id_of)
def test_a_stage_takes_params_only_by_attribute(path: Path) -> None:
    tree = ast.parse(path.read_text())
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    taken = sum(isinstance(node.value, ast.Name) and node.value.id == "params" for node in attributes)
    loads = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    assert taken == sum(node.id == "params" for node in loads)


def test_only_stages_and_the_command_line_read_params_and_name_paths() -> None:
    may = {f"{name}.py" for name in ("cli", "example", "init", "locked", "report", "revision", "running", "summary")}
    may |= {"cross_checks.py", "environment.py", "params.py", "paths.py", "verdict.py"}
    library = [path for path in LIBRARY if path.name not in may]
    assert [id_of(path) for path in library if "read_params" in path.read_text()] == []
    assert [id_of(path) for path in library if "paths." in path.read_text() or "import paths" in path.read_text()] == []


# Who may import what


@pytest.mark.parametrize("folder", ["columns", "tasks", "splits", "sources"])
def test_plug_ins_of_stages_without_torch_import_heavy_packages_only_in_functions(folder: str) -> None:
    modules = sorted((ROOT / "plumbline" / folder).glob("[!_]*.py"))
    assert len(modules) > 1
    assert {id_of(path): contract.imported_at_once(path) & contract.HEAVY for path in modules} == {
        id_of(path): set() for path in modules
    }


def test_light_plug_ins_import_nothing_heavy_through_others() -> None:
    load = "from plumbline import plugins; [plugins.load_all(f) for f in ('columns', 'tasks', 'splits', 'sources')]"
    heavy = "import sys; print(sorted({name.partition('.')[0] for name in sys.modules} & HEAVY))"
    assert run_python(f"{load}; HEAVY = {contract.HEAVY!r}; {heavy}").stdout == "[]\n"


@pytest.mark.parametrize("name", STAGES)
def test_no_stage_imports_dvc(name: str) -> None:
    assert not {"dvc", "dvclive"} & contract.packages(ROOT, name)


def test_stages_before_train_run_without_torch(tmp_path: Path) -> None:
    project.make_project(tmp_path / "project", project.class_table())
    ran = run_python(
        "import sys\nfrom tests import project\nproject.run('ingest', 'split')\n"
        "assert not {'torch', 'matplotlib'} & set(sys.modules)\n"
        "project.run('plot')\nassert 'torch' not in sys.modules",
        tmp_path / "project",
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_check_of_params_imports_neither_torch_nor_a_plug_in() -> None:
    ran = run_python(
        "import sys; from plumbline.params import read_params; read_params(); print(sorted(name for name in sys.modules"
        " if name in ('torch', 'numpy', 'polars') or name.startswith('plumbline.') and name.count('.') > 1))"
    )
    assert ran.stdout == "[]\n"


def test_the_check_of_params_takes_no_second_of_a_core() -> None:
    def seconds() -> float:
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        ran = subprocess.run([sys.executable, "-m", "plumbline", "check"], cwd=ROOT, capture_output=True, check=False)
        assert (ran.returncode, ran.stdout) == (0, b"params.yaml: all well\n")
        end = resource.getrusage(resource.RUSAGE_CHILDREN)  # other processes of the machine do not count
        return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime

    assert min(seconds() for _ in range(3)) < 1.0  # 0.3 s on a machine with nothing else to do


# Sizes and docstrings


@pytest.mark.parametrize("path", LIBRARY + SCRIPTS, ids=id_of)
def test_a_module_is_short_and_begins_with_a_sentence(path: Path) -> None:
    text = path.read_text()
    docstring = ast.get_docstring(ast.parse(text)) or ""
    assert docstring.partition("\n")[0].endswith(".")
    assert len(text.splitlines()) <= (80 if path in SCRIPTS else 250)


@pytest.mark.parametrize("path", LIBRARY + SCRIPTS + sorted((ROOT / "tests").glob("*.py")), ids=id_of)
def test_no_function_is_longer_than_45_lines(path: Path) -> None:
    lengths = {node.name: int(node.end_lineno or 0) - node.lineno + 1 for node in functions(path)}
    assert {name: length for name, length in lengths.items() if length > 45} == {}


@pytest.mark.parametrize("path", LIBRARY, ids=id_of)
def test_every_public_function_of_the_library_has_a_docstring(path: Path) -> None:
    tops = ast.parse(path.read_text()).body
    found = [node for node in tops if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    assert [node.name for node in found if not ast.get_docstring(node)] == []


def test_no_junk_drawers() -> None:
    names = {path.stem for path in LIBRARY + SCRIPTS}
    assert not names & {"utils", "common", "helpers", "base", "manager", "factory"}

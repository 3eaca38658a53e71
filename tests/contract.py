"""What a stage can import, and which params and paths it names: read from the source, compared with dvc.yaml."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from plumbline import plugins

_REFUSING = ("check", "cross_checks", "environment", "errors", "locks", "running", "schema_words", "stopping")
ONLY_REFUSE = {f"plumbline.{name}" for name in _REFUSING}
"""Modules that can stop a stage, or note where it ran, but never change its outputs: no dependency."""
NO_OUTPUTS = (".dvc/tmp/plumbline/", "reports/environment.json")
"""What stages write besides their outs: state that a crash leaves, and a record of the machine for `verify`."""
HEAVY = {"dvc", "jinja2", "matplotlib", "numpy", "onnx", "onnx_ir", "onnxruntime", "polars", "sklearn", "torch"}
"""Packages that take long to import, or that only some stages may import."""
_DRAWING = ("draw", "draw_gallery")
"""Functions of column types that only a stage which draws calls."""
NOT_CODE = ("data/", "models/", "reports/", "${ingest.source}", "requirements.lock")
"""How dependencies begin that are read, not imported."""


# dvc.yaml


def stages(root: Path) -> dict[str, dict[str, Any]]:
    """The stages of dvc.yaml by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return found


def declared_outs(stage: dict[str, Any]) -> set[str]:
    """Paths that a stage writes by dvc.yaml: outs, metrics and plots."""
    entries = [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]
    return {entry if isinstance(entry, str) else next(iter(entry)) for entry in entries}


def covers(declared: str, path: str) -> bool:
    """Whether a declared file or folder holds `path`; plumbline/models/${model.name}.py stands for plumbline/models."""
    folder = re.sub(r"/\$\{\w+\.name\}\.py$", "", declared)
    return path == folder or (declared == folder and path.startswith(f"{folder}/"))


# What holds dvc.yaml and code together: each function returns one sentence for each contradiction


def undeclared_imports(root: Path) -> list[str]:
    """Modules that a stage can import but dvc.yaml does not name."""
    return [
        f"{name} can import {path}, which is not in its deps"
        for name, stage in stages(root).items()
        for path in sorted(needed_deps(root, name))
        if not any(covers(dep, path) for dep in stage["deps"])
    ]


def idle_deps(root: Path) -> list[str]:
    """Code in dvc.yaml that a stage cannot import or that another dep already covers: it would rerun for nothing."""
    found = []
    for name, stage in stages(root).items():
        code = [dep for dep in stage["deps"] if not dep.startswith(NOT_CODE)]
        needed = needed_deps(root, name)
        found += [
            f"{name} has the dep {dep}, which it never imports"
            for dep in code
            if not any(covers(dep, path) for path in needed)
        ]
        found += [
            f"{name} has the dep {dep} twice, {other} covers it"
            for dep in code
            for other in code
            if dep != other and covers(other, dep)
        ]
    return found


def undeclared_params(root: Path) -> list[str]:
    """Sections of params.yaml that a stage reads but dvc.yaml does not name, and the other way round."""
    found = []
    for name, stage in stages(root).items():
        read = attributes(root, name, "params")
        declared = {param.partition(".")[0] for param in stage["params"]}
        found += [f"{name} reads params.{section}, which is not in its params" for section in sorted(read - declared)]
        found += [f"{name} has the param {section}, which it never reads" for section in sorted(declared - read)]
    return found


def undeclared_paths(root: Path) -> list[str]:
    """Paths that a stage names but dvc.yaml does not, and the other way round; .dvc/tmp is out of DVC's sight."""
    constants, found = path_constants(root), []
    for name, stage in stages(root).items():
        named = {constants[word] for word in attributes(root, name, "paths")}
        artifacts = {dep for dep in stage["deps"] if dep.startswith(("data/", "models/", "reports/"))}
        declared = artifacts | declared_outs(stage)
        found += [
            f"{name} names {path}, which is neither in its deps nor in its outs"
            for path in sorted(named)
            if not path.startswith(".dvc/tmp/") and not _touches(path, declared)
        ]
        found += [
            f"{name} has {path} in dvc.yaml, which it never names"
            for path in sorted(declared - _inside(named, declared))
        ]
    return found


def _touches(path: str, declared: set[str]) -> bool:
    """Whether `path` is declared, or all that is in it: data/split stands for data/split/train and its like."""
    return path in declared or any(other.startswith(f"{path}/") for other in declared)


def _inside(named: set[str], declared: set[str]) -> set[str]:
    return {path for path in declared if any(path == name or path.startswith(f"{name}/") for name in named)}


def path_constants(root: Path) -> dict[str, str]:
    """Values of the constants of plumbline/paths.py."""
    namespace: dict[str, Any] = {}
    exec(_text(root / "plumbline" / "paths.py"), namespace)  # noqa: S102 - a copy's own constants
    return {name: value.as_posix() for name, value in namespace.items() if isinstance(value, Path)}


def attributes(root: Path, stage: str, name: str) -> set[str]:
    """First attributes taken of a name in a stage's script: `params.train.loss` gives train.

    `read_params().plot` counts as `params.plot`.
    """
    taken = [node for node in ast.walk(_tree(root, f"stages.{stage}")) if isinstance(node, ast.Attribute)]
    return {node.attr for node in taken if _name(node.value) in (name, f"read_{name}")}


def _name(node: ast.AST) -> str:
    node = node.func if isinstance(node, ast.Call) else node
    return node.id if isinstance(node, ast.Name) else ""


# What a stage can import


@dataclass
class Reached:
    """Modules (dotted names) and plug-in folders that a stage can reach."""

    modules: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


def reach(root: Path, stage: str) -> Reached:
    """Follow imports from a stage through the library; plug-ins of a loaded folder count as imported.

    Imports inside a function of _DRAWING are followed only where something calls one of these.
    """
    draws = _reach(root, f"stages.{stage}", follow_draw=False)
    calls_draw = any(_calls_draw(root, module) for module in draws.modules)
    return _reach(root, f"stages.{stage}", follow_draw=calls_draw)


def _reach(root: Path, start: str, follow_draw: bool) -> Reached:
    reached, waiting = Reached(), [start]
    while waiting:
        module = waiting.pop()
        if module in reached.modules or module in ONLY_REFUSE:
            continue
        reached.modules.add(module)
        nodes = list(_executed(_tree(root, module), follow_draw))
        waiting += [name for name in _imports(nodes) if _file(root, name).exists()]
        for folder in _loaded_folders(nodes) - reached.folders:
            reached.folders.add(folder)
            waiting += [f"plumbline.{folder}.{name}" for name in _plugin_names(root, folder)]
    return reached


def needed_deps(root: Path, stage: str) -> set[str]:
    """Files that dvc.yaml must name for a stage; a plug-in folder stands for its plug-ins, not for its `_` files."""
    reached = reach(root, stage)
    files = {_file(root, module).relative_to(root) for module in reached.modules}
    loaded = {Path("plumbline", folder) for folder in reached.folders}
    alone = {file for file in files if file.parent not in loaded or file.name.startswith("_")}
    return {path.as_posix() for path in alone | loaded if path.name != "__init__.py"}


def packages(root: Path, stage: str) -> set[str]:
    """Packages outside the project that a stage can import."""
    reached = reach(root, stage)
    trees = [_tree(root, module) for module in reached.modules]
    return {name for tree in trees for name in imported_packages(_executed(tree, follow_draw=True))}


def _file(root: Path, module: str) -> Path:
    path = root / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _tree(root: Path, module: str) -> ast.Module:
    return ast.parse(_text(_file(root, module)))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _plugin_names(root: Path, folder: str) -> list[str]:
    return sorted(path.stem for path in (root / "plumbline" / folder).glob("[!_]*.py"))


def _executed(node: ast.AST, follow_draw: bool) -> Iterator[ast.AST]:
    """Every node but those for type checkers, and but the bodies of _DRAWING where they are not followed."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, ast.FunctionDef) and child.name in _DRAWING and not follow_draw:
            continue
        yield child
        yield from _executed(child, follow_draw)


def _imports(nodes: list[ast.AST]) -> Iterator[str]:
    """Dotted names of the project's modules that the nodes import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in ("plumbline", "stages"))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("plumbline", "stages"):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imported_packages(nodes: Iterable[ast.AST]) -> set[str]:
    """First names of what the nodes import: `import numpy.typing` gives numpy."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def imported_at_once(path: Path) -> set[str]:
    """Packages that a module imports when it is imported itself: not in functions, not for type checkers."""
    return imported_packages(_at_once(ast.parse(_text(path))))


def _at_once(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        is_checked = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
        if not is_checked and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
            yield from _at_once(child)


def _loaded_folders(nodes: list[ast.AST]) -> set[str]:
    """Plug-in folders named in the nodes: a string that is the name of one, given to a call."""
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    words = [argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant)]
    return {str(word) for word in words} & set(plugins.FOLDERS)


def _calls_draw(root: Path, module: str) -> bool:
    calls = [node.func for node in ast.walk(_tree(root, module)) if isinstance(node, ast.Call)]
    return any(isinstance(call, ast.Attribute) and call.attr in _DRAWING for call in calls)

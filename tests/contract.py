"""What a stage can import, and which params, outs and paths it names: read from the source, compared with dvc.yaml."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from plumbline import plugins

ONLY_REFUSE = {"plumbline.check", "plumbline.errors"}
"""Modules that can stop a stage but never change what it writes: no dependency."""


@dataclass
class Reached:
    """Modules (dotted names) and plug-in folders that a stage can reach, and whether it draws."""

    modules: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)


def reach(root: Path, stage: str) -> Reached:
    """Follow imports from a stage through the library; plug-ins of a loaded folder count as imported.

    Imports inside a function `draw` are followed only where something calls `.draw(`.
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
        tree = ast.parse(_file(root, module).read_text(encoding="utf-8"))
        nodes = list(_executed(tree, follow_draw))
        waiting += [name for name in _imports(nodes) if _file(root, name).exists()]
        for folder in _loaded_folders(nodes) - reached.folders:
            reached.folders.add(folder)
            waiting += [f"plumbline.{folder}.{name}" for name in _plugin_names(root, folder)]
    return reached


def _file(root: Path, module: str) -> Path:
    path = root / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _plugin_names(root: Path, folder: str) -> list[str]:
    return sorted(path.stem for path in (root / "plumbline" / folder).glob("[!_]*.py"))


def _executed(node: ast.AST, follow_draw: bool) -> Iterator[ast.AST]:
    """Every node but those for type checkers, and but the bodies of `draw` where it is not followed."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        if isinstance(child, ast.FunctionDef) and child.name == "draw" and not follow_draw:
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


def _loaded_folders(nodes: list[ast.AST]) -> set[str]:
    """Plug-in folders named in the nodes: a string that is the name of one, given to a call."""
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    words = [argument.value for call in calls for argument in call.args if isinstance(argument, ast.Constant)]
    return {str(word) for word in words} & set(plugins.FOLDERS)


def _calls_draw(root: Path, module: str) -> bool:
    tree = ast.parse(_file(root, module).read_text(encoding="utf-8"))
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return any(isinstance(call, ast.Attribute) and call.attr == "draw" for call in calls)


def attributes(root: Path, stage: str, name: str) -> set[str]:
    """First attributes taken of a name in a stage's script: `params.train.loss` gives train."""
    tree = ast.parse((root / "stages" / f"{stage}.py").read_text(encoding="utf-8"))
    taken = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {node.attr for node in taken if isinstance(node.value, ast.Name) and node.value.id == name}


def needed_deps(root: Path, stage: str) -> set[str]:
    """Files that dvc.yaml must name for a stage; a plug-in folder stands for its files."""
    reached = reach(root, stage)
    inside = tuple(f"plumbline.{folder}." for folder in reached.folders)
    modules = {name for name in reached.modules if not name.startswith(inside)}
    files = {_file(root, name).relative_to(root).as_posix() for name in modules}
    plugged_files = {
        _file(root, name).relative_to(root).as_posix()
        for name in reached.modules
        if name.startswith(inside) and name.rpartition(".")[2].startswith("_")
    }
    return {file for file in files | plugged_files if not file.endswith("__init__.py")} | {
        f"plumbline/{folder}" for folder in reached.folders
    }

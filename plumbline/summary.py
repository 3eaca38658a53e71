"""The end of a run, for the terminal: test metrics beside the baseline, what equals the committed run, what next."""

from __future__ import annotations

import subprocess
from typing import Any

import yaml

from plumbline import paths
from plumbline.errors import InputError
from plumbline.files import read_json
from plumbline.gates import judge
from plumbline.metrics import part_of, targets_of
from plumbline.yaml12 import read_yaml


def summarise() -> str:
    """A dozen lines on the artifacts of the last run."""
    if not paths.METRICS.exists():
        raise InputError(f"{paths.METRICS}: no such file; run `make repro` first")
    metrics = read_json(paths.METRICS)
    lines = [
        _metrics_table(metrics),
        *_describe_gates(metrics),
        f"report:    {paths.REPORT}",
        f"artifacts: {_compare_with_commit()}",
        "next:      dvc exp run -S model.name=mlp, then python -m plumbline compare HEAD",
    ]
    return "\n".join(lines)


def _metrics_table(metrics: dict[str, Any]) -> str:
    parts = ("test", "interval", "baseline")
    return "\n".join(
        _table(target or "test metric", *(part_of(metrics, part, target) for part in parts))
        for target in targets_of(metrics)
    )


def _describe_gates(metrics: dict[str, Any]) -> list[str]:
    """How many of the gates of params.yaml are passed, and the others; nothing where there are none."""
    gates = judge(metrics, read_yaml(paths.PARAMS)["evaluate"].get("gates", {}))
    if not gates:
        return []
    not_passed = [str(gate) for gate in gates if not gate.passed]
    return [f"gates:     {len(gates) - len(not_passed)} of {len(gates)} passed", *(f"  {line}" for line in not_passed)]


def _table(title: str, test: dict[str, float], intervals: dict[str, Any], baseline: dict[str, float]) -> str:
    rows = [(title, "value", "interval", "baseline")]
    for name, value in test.items():
        interval = intervals.get(name)
        shown = f"{interval['low']:.4g} – {interval['high']:.4g}" if interval else ""
        rows.append((name, f"{value:.4g}", shown, f"{baseline[name]:.4g}" if name in baseline else ""))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}  {row[3]:>{widths[3]}}" for row in rows
    )


def _compare_with_commit() -> str:
    """How many artifacts have the hash that the last commit's dvc.lock gives them."""
    committed = subprocess.run(["git", "show", f"HEAD:{paths.LOCK}"], capture_output=True, check=False)
    if committed.returncode:
        return "no committed dvc.lock to compare with"
    before, now = _hashes(committed.stdout.decode()), _hashes(paths.LOCK.read_text(encoding="utf-8"))
    equal = [path for path, value in now.items() if before.get(path) == value]
    changed = [path for path in now if path not in equal]
    text = f"{len(equal)} of {len(now)} byte-equal to the committed run"
    return text if not changed else f"{text}; others: {', '.join(changed)}"


def _hashes(lock: str) -> dict[str, str]:
    stages = yaml.safe_load(lock)["stages"].values()
    return {out["path"]: out["md5"] for stage in stages for out in stage.get("outs", [])}

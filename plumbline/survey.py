"""Survey: passes over the cleaned table that find what can be left out, what repeats, and what is odd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from plumbline.classes import CLASS_TYPES
from plumbline.errors import InputError
from plumbline.examples import ROW, Column, Examples, in_place_of_contents, named
from plumbline.findings import drift, idle, rows, skill, spread
from plumbline.findings.codes import Codes, code_columns
from plumbline.findings.copies import Copies
from plumbline.findings.finding import Finding

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    from plumbline.findings.skill import Subject
    from plumbline.recognition import Typed

_FEW = 2  # features of which equal values are no wonder


def leave_out(table: pl.LazyFrame, typed: list[Typed], source: str) -> tuple[list[Typed], list[Finding]]:
    """The columns, those that teach nothing now dropped, and findings on these; InputError where no feature is left."""
    features = [item for item in typed if item.column.role == "feature"]
    by_name = {item.column.name: item for item in features if not item.column.is_content}
    copies = Copies(lambda name: table.select(named(name)).collect().to_series().alias(""))
    findings = []
    for name, values, codes in code_columns(table, list(by_name)):
        item = by_name[name]
        found = idle.judge(item, values, codes, len(features) == 1)
        if found is None or found.action == "kept":
            findings += [found] if found else []
            found = copies.judge(item, values, codes)
        findings += [found] if found else []
    dropped = {finding.column: finding for finding in findings if finding.action == "dropped"}
    if features and len(features) == len(dropped):
        first = next(iter(dropped.values())).what
        raise InputError(f"{source}: no column is left to learn from; {first}")
    return [_drop(item, dropped) for item in typed], findings


def _drop(item: Typed, dropped: dict[str | None, Finding]) -> Typed:
    if item.column.name not in dropped:
        return item
    finding = dropped[item.column.name]
    why = finding.what.partition(": ")[2].partition("; dropped")[0]
    return replace(item, column=replace(item.column, role="id" if finding.kind == "id" else "dropped"), why=why)


def compare_rows(table: pl.LazyFrame, typed: list[Typed], action: str) -> tuple[list[int], list[Finding]]:
    """Row numbers of examples that equal earlier ones, and findings on these and on classes that contradict."""
    columns = [item.column for item in typed]
    features = [column for column in columns if column.role == "feature"]
    others = [column.name for column in columns if column.role in ("target", "split")]
    found = rows.compare(table, [column.name for column in in_place_of_contents(features, columns, "key")], others)
    numbers = table.select(ROW).collect().to_series().to_numpy()
    classes = [column.name for column in columns if column.role == "target" and column.type in CLASS_TYPES]
    coded = {name: codes for name, _, codes in code_columns(table, classes)}
    findings = rows.tell_repeated(found.repeated, action, numbers)
    if len(features) > _FEW:
        findings += rows.tell_noise(found, coded, numbers)
    return numbers[found.repeated].tolist(), findings


def examine(examples: Examples, typed: list[Typed]) -> tuple[list[dict[str, Any]], list[Finding]]:
    """For each column its type, role, reason, counts and skill, and findings on the examples as they are kept."""
    columns = {column.name: column for column in examples.columns if not column.is_content}
    chosen = skill.choose_rows(examples.n_rows, len(examples.shown))
    subjects = _make_subjects(examples, chosen)
    measured: dict[str, dict[str, Any]] = {}
    findings: list[Finding] = []
    for name, values, codes in code_columns(examples.scan(), list(columns)):
        column = columns[name]
        of = column.of if column.role == "key" else column.name
        measured[of] = {"missing": values.null_count(), "distinct": int(codes.max(initial=0))}
        if column.role in ("split", "id", "key"):
            continue
        findings += _examine_spread(column, values, codes) if column.role != "measure" else ()
        findings += _examine_drift(column, codes)
        if column.role in ("feature", "measure"):
            findings += skill.tell_missing(column.name, codes[chosen], subjects)
            skills = {subject.name: skill.measure(codes[chosen], subject) for subject in subjects}
            findings += skill.tell(column, skills, subjects, len(examples.shown))
            measured[column.name]["skill"] = skills
    if any(finding.kind == "sorted target" for finding in findings):  # which makes the features differ, too
        findings = [finding for finding in findings if finding.kind != "drift"]
    described = [_describe(item) | measured.get(item.column.name, {}) for item in typed if item.column.role != "key"]
    return described, findings


def _make_subjects(examples: Examples, chosen: npt.NDArray[np.int64]) -> list[Subject]:
    return [
        skill.make_subject(target.name, examples.read(target.name), target.type in CLASS_TYPES, chosen)
        for target in examples.targets
        if target.type in (*CLASS_TYPES, "number")
    ]


def _examine_spread(column: Column, values: pl.Series, codes: Codes) -> Iterator[Finding]:
    if column.role == "feature":
        return spread.examine_feature(column, values, codes)
    return (
        spread.examine_classes(column.name, values, codes)
        if column.type in CLASS_TYPES
        else spread.examine_numbers(column.name, values, codes)
    )


def _examine_drift(column: Column, codes: Codes) -> Iterator[Finding]:
    distance = drift.measure(codes, has_order=column.type not in CLASS_TYPES)
    if distance:
        yield drift.tell(column, distance, codes)


def _describe(item: Typed) -> dict[str, Any]:
    column = item.column
    return {"name": column.name, "type": column.type or None, "role": column.role, "why": item.why}

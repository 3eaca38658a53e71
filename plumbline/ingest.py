"""From a source's columns to typed examples: types recognised with a reason, odd rows set aside and counted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline import plugins
from plumbline.errors import InputError, hint
from plumbline.examples import ROW, Column, Role
from plumbline.split_words import SPELLINGS

if TYPE_CHECKING:
    import polars as pl

    from plumbline.params import Ingest

_NAMED_ROWS = 20


@dataclass(frozen=True)
class Typed:
    """A column, why it has its type, and how many of its values its type cannot read."""

    column: Column
    why: str
    unreadable: int = 0
    first_unreadable: str = ""


def check_names(names: list[str], ingest: Ingest) -> None:
    """InputError where params.yaml names a column that the source does not have."""
    asked = {"ingest.target": ingest.targets, "ingest.drop": ingest.drop, "ingest.columns": list(ingest.columns)}
    for key, columns in asked.items():
        for column in columns:
            if column not in names:
                raise InputError(f"params.yaml: {key}: {ingest.source} has no column {column!r}; {hint(column, names)}")
    for name in names:
        if name in ("", "*") or (name.startswith("^") and name.endswith("$")):
            raise InputError(
                f"{ingest.source}: has a column named {name!r}, which polars cannot tell from a pattern; rename it"
            )
    for target in ingest.targets:
        if target in ingest.drop:
            raise InputError(f"params.yaml: ingest.drop: holds the target {target!r}; take it out")
        if ingest.targets.count(target) > 1:
            raise InputError(f"params.yaml: ingest.target: holds {target!r} twice; take one out")
    if set(names) <= {*ingest.targets, *ingest.drop}:
        raise InputError(f"params.yaml: ingest.drop: leaves no column of {ingest.source} to learn from")


def type_columns(table: pl.LazyFrame, ingest: Ingest) -> list[Typed]:
    """Type and role of every column, one column in memory at a time."""
    names = [name for name in table.collect_schema().names() if name != ROW]
    return [_type_column(table.select(name).collect().to_series(), ingest) for name in names]


def _type_column(values: pl.Series, ingest: Ingest) -> Typed:
    name, is_target = values.name, values.name in ingest.targets
    if name in ingest.drop:
        return Typed(Column(name, "", "dropped"), "named in ingest.drop")
    if name in ingest.columns:
        kind, why = ingest.columns[name], "named in ingest.columns"
    else:
        kind, why = _recognise(values, is_target)
    role: Role = "target" if is_target else "feature"
    if _says_split(values) and not is_target:
        role, why = "split", "says which split each row belongs to"
    unreadable, first = _count_unreadable(values, kind)
    return Typed(Column(name, kind, role), why, unreadable, first)


def _recognise(values: pl.Series, is_target: bool) -> tuple[str, str]:
    scored = {name: module.recognise(values, is_target) for name, module in plugins.load_all("columns").items()}
    kind = max(scored, key=lambda name: scored[name][0])
    if scored[kind][0] == 0:
        raise InputError(
            f"column {values.name!r}: is stored as {values.dtype}, which no column type reads; "
            "name it in ingest.drop, or its type in ingest.columns"
        )
    return kind, scored[kind][1]


def _says_split(values: pl.Series) -> bool:
    """Whether this is a column `split` of train, val and test."""
    import polars as pl

    return values.name == "split" and values.dtype == pl.String and set(values.str.to_lowercase()) <= set(SPELLINGS)


def _count_unreadable(values: pl.Series, kind: str) -> tuple[int, str]:
    """How many values are there, and more than blanks, but missing once cleaned; and the first of them."""
    import polars as pl

    try:
        cleaned = pl.select(plugins.load("columns", kind).clean(pl.lit(values))).to_series()
    except pl.exceptions.PolarsError:
        raise InputError(
            f"params.yaml: ingest.columns.{values.name}: is {kind}, which cannot read what is stored as "
            f"{values.dtype}; name the column in ingest.drop"
        ) from None
    lost = values.filter(cleaned.is_null() & values.is_not_null())
    if lost.dtype == pl.String:
        lost = lost.filter(lost.str.strip_chars() != "")
    return len(lost), str(lost[0]) if len(lost) else ""


def clean_table(table: pl.LazyFrame, typed: list[Typed]) -> pl.LazyFrame:
    """The table with each kept column in its type's dtype."""
    import polars as pl

    kept = [item.column for item in typed if item.column.role != "dropped"]
    cleaned = [plugins.load("columns", column.type).clean(pl.col(column.name)).alias(column.name) for column in kept]
    return table.select(pl.col(ROW), *cleaned)


def check_targets(table: pl.LazyFrame, targets: list[str]) -> None:
    """InputError where a target is all missing or has one value only."""
    for target in targets:
        values = table.select(target).collect().to_series()
        present = values.drop_nulls()
        if not len(present):
            raise InputError(f"target {target!r}: is missing in every one of {len(values):,} rows")
        if present.n_unique() == 1:
            raise InputError(f"target {target!r}: is {present[0]} in every row; a model needs two different values")


def set_aside(examples: pl.LazyFrame, targets: list[str]) -> tuple[pl.LazyFrame, dict[str, Any]]:
    """Examples that have all targets, and a report on those that lack one."""
    import polars as pl

    lacking = pl.any_horizontal(pl.col(target).is_null() for target in targets)
    rows = examples.filter(lacking).select(ROW).collect().to_series().to_list()
    what = f"the target {targets[0]!r} is missing" if len(targets) == 1 else "a target is missing"
    return examples.filter(~lacking), {"count": len(rows), "why": what, "rows": rows[:_NAMED_ROWS]}


def drop_duplicates(examples: pl.LazyFrame, action: str) -> tuple[pl.LazyFrame, dict[str, Any]]:
    """Examples without later equals of earlier ones (for action drop), and a report on how many there are."""
    import polars as pl

    names = [name for name in examples.collect_schema().names() if name != ROW]
    unique = examples.unique(subset=names, keep="first", maintain_order=True)
    n_rows, n_unique = (int(table.select(pl.len()).collect().item()) for table in (examples, unique))
    report = {"count": n_rows - n_unique, "action": action}
    return (unique if action == "drop" else examples), report


def describe(path: Path, typed: list[Typed]) -> list[dict[str, Any]]:
    """For each column its type, role, the reason, and in the examples at `path` its missing and distinct values."""
    import polars as pl

    described = []
    for item in typed:
        entry: dict[str, Any] = {"name": item.column.name, "type": item.column.type or None, "role": item.column.role}
        entry["why"] = item.why
        if item.column.role != "dropped":
            values = pl.scan_parquet(path).select(item.column.name).collect().to_series()
            entry |= {"missing": values.null_count(), "distinct": values.drop_nulls().n_unique()}
        described.append(entry)
    return described


def find_problems(typed: list[Typed]) -> list[str]:
    """A sentence for each column with values that its type cannot read."""
    return [
        f"column {item.column.name!r}: {item.unreadable:,} values are no {item.column.type} and count as missing, "
        f"the first is {item.first_unreadable!r}; another type can be named in ingest.columns"
        for item in typed
        if item.unreadable
    ]


def summarise(report: dict[str, Any]) -> str:
    """Lines for the terminal: how many examples and columns, and what was found odd."""
    kinds = [column["type"] for column in report["columns"] if column["role"] == "feature"]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    lines = [f"ingest: {report['examples']:,} examples of {report['source']}; columns: {counts}"]
    if report["set_aside"]["count"]:
        lines.append(f"ingest: {report['set_aside']['count']:,} rows set aside, {report['set_aside']['why']}")
    lines += [f"ingest: {problem}" for problem in [*report["notes"], *report["problems"]]]
    return "\n".join(lines)

"""From a source's columns to typed examples: names checked, columns cleaned, odd rows set aside and counted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline import examples
from plumbline.errors import InputError, hint
from plumbline.examples import ROW, Examples, named
from plumbline.findings import finding
from plumbline.wording import counted, in_line, listed, quoted

if TYPE_CHECKING:
    import polars as pl

    from plumbline.params import Ingest
    from plumbline.recognition import Typed

_NAMED_ROWS = 20


def check_names(names: list[str], ingest: Ingest) -> None:
    """InputError where params.yaml names a column that the source does not have."""
    asked = {
        "ingest.target": ingest.targets,
        "ingest.drop": ingest.drop,
        "ingest.columns": list(ingest.columns),
        "ingest.formats": list(ingest.formats),
        "ingest.missing.values": list(ingest.missing.values),
    }
    for key, columns in asked.items():
        for column in columns:
            if column not in names:
                raise InputError(f"params.yaml: {key}: {ingest.source} has no column {column!r}; {hint(column, names)}")
    _check_roles(names, ingest)


def _check_roles(names: list[str], ingest: Ingest) -> None:
    """InputError where a target has a second role, or no column is left to learn from."""
    for target in ingest.targets:
        if target in ingest.drop:
            raise InputError(f"params.yaml: ingest.drop: holds the target {target!r}; take it out")
        if ingest.targets.count(target) > 1:
            raise InputError(f"params.yaml: ingest.target: holds {target!r} twice; take one out")
    if set(names) <= set(ingest.targets):
        raise InputError(f"{ingest.source}: has no column but what it shall predict; add one to learn from")
    if set(names) <= {*ingest.targets, *ingest.drop}:
        raise InputError(f"params.yaml: ingest.drop: leaves no column of {ingest.source} to learn from")


def clean_table(table: pl.LazyFrame, typed: list[Typed]) -> pl.LazyFrame:
    """The table with each kept column in its type's dtype."""
    import polars as pl

    schema = table.collect_schema()
    kept = [item for item in typed if item.column.role != "dropped"]
    return table.select(pl.col(ROW), *(item.clean(schema[item.column.name]) for item in kept))


def check_targets(table: pl.LazyFrame, targets: list[str]) -> None:
    """InputError where a target is all missing or has one value only, or no row has all targets."""
    for target in targets:
        values = table.select(named(target)).collect().to_series().alias("")
        present = values.drop_nulls()
        if not len(present):
            raise InputError(f"target {target!r}: is missing in every one of {len(values):,} rows")
        if present.n_unique() == 1:
            raise InputError(
                f"target {target!r}: is {in_line(str(present[0]), 60)} in every row; a model needs two different values"
            )
    if not table.select(_have_all(targets).any()).collect().item():
        raise InputError(f"params.yaml: ingest.target: no row has all of {listed([*map(quoted, targets)], 12)}")


def _have_all(targets: list[str]) -> pl.Expr:
    import polars as pl

    return pl.all_horizontal(named(target).is_not_null() for target in targets)


def set_aside(table: pl.LazyFrame, targets: list[str]) -> tuple[pl.LazyFrame, dict[str, Any]]:
    """Examples that have all targets, and a report on those that lack one."""
    lacking = ~_have_all(targets)
    rows = table.filter(lacking).select(ROW).collect().to_series().to_list()
    what = f"the target {targets[0]!r} is missing" if len(targets) == 1 else "a target is missing"
    return table.filter(~lacking), {"count": len(rows), "why": what, "rows": rows[:_NAMED_ROWS]}


def write_examples(
    table: pl.LazyFrame, typed: list[Typed], targets: list[str], left_out: list[int], path: Path
) -> Examples:
    """Write the kept columns, the targets in the order of `targets`, without the rows whose numbers are left out."""
    import polars as pl

    columns = [item.column for item in typed if item.column.role != "dropped"]
    kept = table.select(named(ROW, *(column.name for column in columns)))
    columns.sort(key=lambda column: targets.index(column.name) if column.role == "target" else -1)
    examples.write(kept.filter(~pl.col(ROW).is_in(left_out)) if left_out else kept, columns, path)
    return Examples.open(path)


def summarise(report: dict[str, Any]) -> str:
    """Lines for the terminal: how many examples and columns, and what was found odd, the most serious first."""
    kinds = [column["type"] for column in report["columns"] if column["role"] == "feature"]
    counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    lines = [f"ingest: {report['examples']:,} examples of {report['source']}; columns: {counts}"]
    if report["set_aside"]["count"]:
        lines.append(f"ingest: {counted(report['set_aside']['count'], 'row')} set aside, {report['set_aside']['why']}")
    lines += [f"ingest: {sentence}" for sentence in finding.noticed(report)]
    return "\n".join(lines)

"""JSON values -> rows: records, columns and a list nested in a document; objects in objects become columns a.b."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from plumbline.errors import InputError

_SHAPES = "a table is a list of objects, an object of columns, or an object that holds one such list"


def find_records(document: Any, place: str) -> Iterable[dict[str, Any]]:
    """The rows in a document; InputError where it has no shape of a table.

    A list of objects, {column: values}, {column: {row: value}} as pandas writes it, {"columns": …, "data": rows}, or an
    object in which one list of objects stands.
    """
    if isinstance(document, list) and document and all(isinstance(row, dict) for row in document):
        return document
    if not isinstance(document, dict) or not document:
        raise InputError(f"{place}: holds {_name(document)}; {_SHAPES}")
    if isinstance(document.get("columns"), list) and isinstance(document.get("data"), list):
        return _from_rows(document["columns"], document["data"], place)
    nested = [value for value in document.values() if _is_records(value)]
    if len(nested) == 1:
        return list(nested[0])
    columns = {name: _list_cells(values) for name, values in document.items()}
    lengths = {len(cells) if cells is not None else -1 for cells in columns.values()}
    if nested or -1 in lengths:
        raise InputError(f"{place}: holds {len(nested) or 'no'} lists of objects; {_SHAPES}")
    if len(lengths) > 1:
        raise InputError(f"{place}: holds columns of {min(lengths)} to {max(lengths)} values; give all equally many")
    return (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))


def _name(document: Any) -> str:
    if document == [] or document == {}:
        return "no rows"
    return "a list of other things than objects" if isinstance(document, list) else "a single value"


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _from_rows(names: list[Any], rows: list[Any], place: str) -> Iterator[dict[str, Any]]:
    for i, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            raise InputError(f"{place}: row {i + 1} under data has not one value for each of {len(names)} columns")
        yield dict(zip(map(str, names), row, strict=True))


def _list_cells(values: Any) -> list[Any] | None:
    """The values of a column, as a list or as {"0": …, "1": …}; None where it is no column."""
    if isinstance(values, dict) and values and list(values) == [str(i) for i in range(len(values))]:
        return list(values.values())
    return values if isinstance(values, list) else None


def stack_records(records: list[dict[str, Any]], place: str) -> dict[str, list[Any]]:
    """Columns of some rows by their name, in the order of appearance; a key that a row lacks is missing there."""
    flat = [_flatten(record, place) for record in records]
    names = dict.fromkeys(name for record in flat for name in record)
    return {name: [record.get(name) for record in flat] for name in names}


def _flatten(record: dict[str, Any], place: str) -> dict[str, Any]:
    """The record with a key a.b for each key b of an object a, however deep."""
    if not any(isinstance(value, dict) for value in record.values()):
        return record
    flat: dict[str, Any] = {}
    for name, value in _walk(record):
        if name in flat:
            raise InputError(f"{place}: a row has two keys {name!r} once objects are flattened; rename one")
        flat[name] = value
    return flat


def _walk(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _walk(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value

"""Ingest: any source -> one typed table of examples."""

if not __package__:
    raise SystemExit("stages/ingest.py: run it from the project's folder as `python -m stages.ingest`")

import tempfile
from pathlib import Path

from plumbline import errors, paths
from plumbline.files import replacing, write_json
from plumbline.params import read_params
from plumbline.reproducible import switch_on


def main() -> None:
    """Read the source, recognise each column's type, set rows without a target aside, write the examples."""
    params = read_params()
    switch_on()
    import polars as pl  # after the switches: numpy reads them when it is imported

    from plumbline import examples, ingest, tracking
    from plumbline.source import open_source

    with tempfile.TemporaryDirectory() as scratch, replacing(paths.EXAMPLES) as temporary:
        raw = Path(scratch) / "raw.parquet"
        source = open_source(params.ingest.source, params.ingest, Path(scratch))
        ingest.check_names(source.table.collect_schema().names(), params.ingest)
        numbered = source.table.fill_nan(None).with_row_index(examples.ROW).cast({examples.ROW: pl.Int64})
        numbered.sink_parquet(raw, maintain_order=True)
        table = pl.scan_parquet(raw)
        typed = ingest.type_columns(table, params.ingest)
        cleaned = ingest.clean_table(table, typed)
        ingest.check_targets(cleaned, params.ingest.targets)
        with_target, aside = ingest.set_aside(cleaned, params.ingest.targets)
        kept, duplicates = ingest.drop_duplicates(with_target, params.ingest.duplicates)
        columns = [item.column for item in typed if item.column.role != "dropped"]
        examples.write(kept, columns, temporary)
        report = {
            "source": params.ingest.source,
            "examples": examples.Examples.open(temporary).n_rows,
            "columns": ingest.describe(temporary, typed),
            "set_aside": aside,
            "duplicates": duplicates,
            "notes": source.notes,
            "problems": ingest.find_problems(typed),
        }
    write_json(paths.INGEST_REPORT, report)
    print(ingest.summarise(report))
    for gap in tracking.find_gaps(params.ingest.source):
        print(f"ingest: {gap}")


if __name__ == "__main__":
    errors.run(main)

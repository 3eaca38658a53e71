"""Ingest: any source -> one typed table of examples."""

if not __package__:
    raise SystemExit("stages/ingest.py: run it from the project's folder as `python -m stages.ingest`")

from plumbline import paths, running
from plumbline.files import replacing, scratch_beside, write_json
from plumbline.params import read_params
from plumbline.reproducible import switch_on


def main() -> None:
    """Read the source, recognise each column's type, leave out what teaches nothing, write the examples."""
    params = read_params()
    switch_on()
    import polars as pl  # after the switches: numpy reads them when it is imported

    from plumbline import contents, ingest, recognition, survey, tracking
    from plumbline.examples import ROW, rows_at_once
    from plumbline.findings.finding import by_weight
    from plumbline.source import open_source

    with scratch_beside(paths.EXAMPLES) as scratch, replacing(paths.EXAMPLES) as temporary:
        raw, cleaned = scratch / "raw.parquet", scratch / "cleaned.parquet"
        source = open_source(params.ingest.source, params.ingest, scratch)
        ingest.check_names(source.table.collect_schema().names(), params.ingest)
        numbered = (
            source.table.with_columns(pl.selectors.float().fill_nan(None)).with_row_index(ROW).cast({ROW: pl.Int64})
        )
        numbered.sink_parquet(raw, maintain_order=True)
        typed = recognition.type_columns(pl.scan_parquet(raw), params.ingest)
        whole = ingest.clean_table(pl.scan_parquet(raw), typed)
        ingest.check_targets(whole, params.ingest.targets)
        with_target, aside = ingest.set_aside(whole, params.ingest.targets)
        at_once = rows_at_once(item.column for item in typed)
        with_target.sink_parquet(cleaned, maintain_order=True, row_group_size=at_once)
        table, typed, broken = contents.take_in(cleaned, typed, source.root, params.ingest.broken, scratch)
        kept, idle = survey.leave_out(table, typed, params.ingest.source)
        repeated, contradictions = survey.compare_rows(table, kept, params.ingest.duplicates)
        left_out = repeated if params.ingest.duplicates == "drop" else []
        examples = ingest.write_examples(table, kept, params.ingest.targets, left_out, temporary)
        columns, odd = survey.examine(examples, kept)
        noticed = [finding for item in typed for finding in item.findings]
        report = {
            "source": params.ingest.source,
            "examples": examples.n_rows,
            "columns": columns,
            "set_aside": aside,
            "duplicates": {"count": len(repeated), "action": params.ingest.duplicates},
            "notes": source.notes,
            "findings": [finding.entry() for finding in by_weight([*broken, *noticed, *idle, *contradictions, *odd])],
        }
    write_json(paths.INGEST_REPORT, report)
    print(ingest.summarise(report))
    for gap in tracking.find_gaps(params.ingest.source):
        print(f"ingest: {gap}")


if __name__ == "__main__":
    running.run(main)

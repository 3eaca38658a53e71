"""Values of each content column type, that test_contents.py tries: one module per type, named like it.

CASES: dict[str, pl.Series] as a source may hold them, "plain" among them (what `recognise` must know, and no other
type may be surer of; of several examples), with gaps, of one row, of several sizes or lengths, all missing.
BROKEN: dict[str, value] that `measure` must refuse, with the reason it gives.
KNOBS: list of Params worth a try beside the defaults.
"""

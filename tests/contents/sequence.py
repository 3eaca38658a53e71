"""Sequences to try: DNA of several lengths and cases, RNA, a protein, molecules, codes for several bases."""

import numpy as np
import polars as pl

from plumbline.columns.sequence import Params

_GENERATOR = np.random.default_rng(0)


def _drawn(letters: str, length: int) -> str:
    return "".join(_GENERATOR.choice(list(letters), length))


CASES = {
    "plain": pl.Series([f"  {_drawn('ACGT', length)}" for length in (30, 8, 30, 61, 12, 9)]),
    "with gaps": pl.Series(["ACGTNACGTACGTACGTACGT", None, "", " ", "acgtacgta\n", "GGGCCCAAATTT"]),
    "all missing": pl.Series([None, None], dtype=pl.String),
    "one row": pl.Series(["ACGTACGTACGT"]),
    "rna": pl.Series(["ACGUACGUACGU", "GGCUAGCUAGCUA"]),
    "proteins": pl.Series([_drawn("ACDEFGHIKLMNPQRSTVWY", length) for length in (20, 45)]),
    "molecules": pl.Series(["CC(=O)Oc1ccccc1C(=O)O", "C", "[Na+].[Cl-]", "C/C=C\\C"]),
    "codes for several bases": pl.Series([_drawn("ACGT" * 9 + "NRYSWKMBDHV-", 50) for _ in range(3)]),
    "any letters": pl.Series(["é東🎈", "<&\"'>", "\\x02"]),
    "longer than is kept": pl.Series(["ACGT" * 300, "ACGTACGT"]),
}
BROKEN: dict[str, tuple[str, str]] = {}
KNOBS = [Params(alphabet="dna", unknown="keep"), Params(alphabet="CNO=()", unknown="keep", length=5)]

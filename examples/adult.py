"""Adult: 48,842 people of the US census of 1994, income above 50,000 dollars or not; comes with a test file."""

import polars as pl

NAMES = [
    *("age", "workclass", "fnlwgt", "education", "education_num", "marital_status", "occupation", "relationship"),
    *("race", "sex", "capital_gain", "capital_loss", "hours_per_week", "native_country", "income"),
]


def load() -> pl.DataFrame:
    """Six numbers, eight categories, `income` and `split`; "?" is missing, the test labels' full stops are cut."""
    parts = [_read(split) for split in ("train", "test")]
    table = pl.concat(parts).with_columns(pl.col(pl.String).str.strip_chars().replace("?", None))
    return table.with_columns(pl.col("income").str.strip_suffix("."))


def _read(split: str) -> pl.DataFrame:
    table = pl.read_csv(f"data/raw/adult-{split}.csv", has_header=False, new_columns=NAMES)
    return table.drop_nulls("income").with_columns(split=pl.lit(split))  # each file ends in an empty line

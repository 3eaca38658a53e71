"""Orders of a shop that does not exist: text in many scripts, dates, booleans, gaps, and cities that only test has."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

CITIES = ("Zürich", "København", "São Paulo", "東京", "Москва", "القاهرة", "Ελλάδα 🏛", 'Reykjavík, "101"')
RARE = ("Ulaanbaatar", "Ushuaia", "Longyearbyen")  # in train once each: counted as unseen
NEW = ("Ürümqi", "تهران")  # in test only
SIZES = {"train": 420, "val": 90, "test": 90}
CLASSES = ("kept", "exchanged", "returned")


def load() -> pl.DataFrame:
    """600 orders: city, channel, ordered, delivered, member, price, days_open, the target `outcome`, and split."""
    generator = np.random.default_rng(0)
    split = np.repeat(list(SIZES), list(SIZES.values()))
    city = generator.choice(CITIES, len(split))
    city[generator.choice(SIZES["train"], len(RARE), replace=False)] = RARE
    city[-20:] = generator.choice(NEW, 20)
    table = pl.DataFrame({"split": split, "city": city}).with_columns(
        channel=_choose(generator, ["web", "app", "téléphone"], len(split)),
        ordered=_moments(generator, len(split)),
        member=_choose(generator, ["yes", "no"], len(split)),
        price=np.exp(generator.normal(4, 0.8, len(split))).round(2),
        days_open=generator.integers(0, 60, len(split)).astype(float),
    )
    table = table.with_columns(delivered=_days_later(table["ordered"], generator), outcome=_outcomes(table, generator))
    return _with_gaps(table, generator)


def _choose(generator: np.random.Generator, words: list[str], n_rows: int) -> pl.Series:
    return pl.Series(generator.choice(words, n_rows))


def _moments(generator: np.random.Generator, n_rows: int) -> pl.Series:
    """ISO texts with a time of day, over two years, leap day included."""
    minutes = generator.integers(0, 2 * 365 * 24 * 60, n_rows)
    return pl.Series([(datetime(2023, 6, 1) + timedelta(minutes=int(count))).isoformat() for count in minutes])


def _days_later(ordered: pl.Series, generator: np.random.Generator) -> pl.Series:
    """ISO dates one to nine days after."""
    pairs = zip(ordered, generator.integers(1, 10, len(ordered)), strict=True)
    moments = [datetime.fromisoformat(text) + timedelta(days=int(count)) for text, count in pairs]
    return pl.Series([moment.date().isoformat() for moment in moments])


def _outcomes(table: pl.DataFrame, generator: np.random.Generator) -> pl.Series:
    """Kept, exchanged or returned: by city, weekend, membership, price and the time it lay open."""
    moment = table["ordered"].str.to_datetime()
    taste = table["city"].replace_strict(CITIES, np.linspace(-2, 2, len(CITIES)), default=0.0)
    weekend = (moment.dt.weekday() > 5).cast(float)
    dear = table["price"].log() - 4
    regret = taste + 2 * dear + 2 * weekend - 2 * (table["member"] == "yes").cast(float)
    doubt = 3 * (table["days_open"] > 30).cast(float) - 1.5 + (table["channel"] == "app").cast(float)
    logits = np.stack([np.zeros(len(table)), doubt, regret], axis=1) * 2
    return pl.Series([CLASSES[index] for index in (logits + generator.gumbel(size=logits.shape)).argmax(1)])


def _with_gaps(table: pl.DataFrame, generator: np.random.Generator) -> pl.DataFrame:
    """One value in twelve of every column but target and split is missing: NaN in numbers, null elsewhere."""
    for name in table.drop("split", "outcome").columns:
        gap = pl.Series(generator.random(len(table)) < 1 / 12)
        nothing = pl.lit(float("nan")) if table[name].dtype.is_float() else pl.lit(None)
        table = table.with_columns(pl.when(gap).then(nothing).otherwise(pl.col(name)).alias(name))
    return table

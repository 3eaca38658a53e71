"""Split: columns are fitted on train examples only, and every example is in one split."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from plumbline import plugins
from plumbline.files import read_json
from plumbline.params import Ratios
from plumbline.splits import _by, _deal
from plumbline.splits._strata import find_strata
from tests import project
from tests.conftest import Make
from tests.project import contents

USUAL, TENTHS = Ratios(train=0.7, val=0.15, test=0.15), Ratios(train=0.6, val=0.2, test=0.2)
HASHED = 0.45319277384975365
Change = Callable[[pl.DataFrame, "np.ndarray[Any, Any]"], pl.DataFrame]


@pytest.fixture
def in_split(in_project: Make) -> Path:
    """A project of every column type, split."""
    folder = in_project(project.mixed_table().drop("amount"), **{"ingest.target": "kind"})
    project.run("ingest", "split")
    return folder


def change_features(split: str) -> None:
    """Other values in every feature of one split's rows of the source, types as they are; then split again."""
    rows = np.load(f"data/split/{split}/rows.npy")
    table, is_changed = pl.read_parquet("table.parquet"), pl.Series(np.isin(np.arange(150), rows))
    others = {
        "number": pl.lit(1e6),
        "town": pl.lit("a town of no other example"),
        "flag": pl.lit(None, dtype=pl.Boolean),
        "day": pl.col("day").dt.offset_by("900y"),
    }
    changed = [pl.when(is_changed).then(value).otherwise(pl.col(name)).alias(name) for name, value in others.items()]
    table.with_columns(changed).write_parquet("table.parquet")
    project.run("ingest", "split")


def artifacts(*names: str) -> dict[str, bytes]:
    return {name: content for name, content in contents(Path("data")).items() if name.startswith(names)}


def test_changed_test_rows_leave_columns_and_train_tensors_byte_identical(in_split: Path) -> None:
    before, test = artifacts("columns.json", "split/train", "split/val"), artifacts("split/test")
    change_features("test")
    assert artifacts("columns.json", "split/train", "split/val") == before
    now = artifacts("split/test")
    assert [name for name in test if now[name] != test[name]] == [
        f"split/test/{kind}.npy" for kind in ("boolean", "category", "datetime", "number")
    ]


def test_changed_val_rows_leave_columns_and_train_tensors_byte_identical(in_split: Path) -> None:
    before, val = artifacts("columns.json", "split/train", "split/test"), artifacts("split/val")
    change_features("val")
    assert artifacts("columns.json", "split/train", "split/test") == before
    assert artifacts("split/val") != val


@pytest.mark.parametrize(
    ("column", "value"), [("number", 1e6), ("town", None), ("flag", None), ("day", None), ("number", None)]
)
def test_a_changed_train_cell_changes_columns_and_train_tensors(in_split: Path, column: str, value: Any) -> None:
    before = artifacts("columns.json", "split/train")
    table = pl.read_parquet("table.parquet")
    train = np.load("data/split/train/rows.npy")
    row = next(int(row) for row in train if table[column][int(row)] not in (value, None))
    values = [value if i == row else old for i, old in enumerate(table[column])]
    table.with_columns(pl.Series(column, values, dtype=table.schema[column])).write_parquet("table.parquet")
    project.run("ingest", "split")
    now = artifacts("columns.json", "split/train")
    kind = {"number": "number", "town": "category", "flag": "boolean", "day": "datetime"}[column]
    assert [name for name in before if now[name] != before[name]] == ["columns.json", f"split/train/{kind}.npy"]


def test_rows_targets_and_counts_agree_with_the_examples(in_split: Path) -> None:
    examples, report = pl.read_parquet("data/examples.parquet"), read_json(Path("reports/split.json"))
    rows = {name: np.load(f"data/split/{name}/rows.npy") for name in ("train", "val", "test")}
    assert sorted(np.concatenate(list(rows.values()))) == list(range(150))
    for name, positions in rows.items():
        assert (np.diff(positions) > 0).all()
        targets = np.load(f"data/split/{name}/target.0.npy")
        assert np.array(["big", "small"])[targets].tolist() == examples["kind"][positions].to_list()
        assert report["sizes"][name] == len(positions)
        assert report["targets"]["kind"][name] == dict(
            zip(["big", "small"], np.bincount(targets).tolist(), strict=True)
        )
    assert report["strategy"] == "stratified"


def test_positions_point_into_the_examples_also_where_rows_were_set_aside(in_project: Make) -> None:
    table = project.number_table().with_columns(y=pl.when(pl.int_range(pl.len()) % 3 > 0).then(pl.col("y")))
    in_project(table)
    project.run("ingest", "split")
    examples = pl.read_parquet("data/examples.parquet")
    for name in ("train", "val", "test"):
        rows = np.load(f"data/split/{name}/rows.npy")
        assert np.load(f"data/split/{name}/target.0.npy").tolist() == examples["y"][rows].to_list()
        assert (examples["#row"][rows].to_numpy() % 3 > 0).all()


def test_a_tables_chunks_are_encoded_as_one(in_split: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = artifacts("split", "columns.json")
    monkeypatch.setattr("plumbline.examples._CHUNK", 7)
    project.run("split")
    assert artifacts("split", "columns.json") == before


def test_without_a_share_for_validation_there_are_no_validation_rows(in_project: Make) -> None:
    in_project(project.class_table(), **{"split.ratios": {"train": 0.8, "val": 0, "test": 0.2}})
    project.run("ingest", "split")
    assert {path.name: np.load(path).shape for path in Path("data/split/val").iterdir()} == {
        "number.npy": (0, 2, 2), "rows.npy": (0,), "target.0.npy": (0,),
    }  # fmt: skip
    assert read_json(Path("reports/split.json"))["sizes"] == {"train": 96, "val": 0, "test": 24}


def given_table(train: list[str], test: list[str]) -> pl.DataFrame:
    words = [*train, *test]
    split = ["train"] * len(train) + ["test"] * len(test)
    return pl.DataFrame({"a": range(len(words)), "split": split, "y": words})


GIVEN = {"split.name": "given", "split.ratios": {"train": 0.5, "val": 0, "test": 0.5}}


def test_the_column_that_says_the_split_is_no_feature(in_project: Make) -> None:
    in_project(given_table(["a", "b"] * 5, ["a", "b"]).rename({"split": "part"}), **GIVEN, **{"split.given.by": "part"})
    project.run("ingest", "split")
    assert [feature["name"] for feature in read_json(Path("data/columns.json"))["features"]] == ["a"]


def unit_table(sizes: list[int]) -> pl.DataFrame:
    """A number, the target and units of these sizes."""
    units = [f"u{index}" for index, size in enumerate(sizes) for _ in range(size)]
    return project.class_table(len(units)).select("a", "y", unit=pl.Series(units))


def day_table(n_days: int = 100) -> pl.DataFrame:
    """Two rows a day, the latest first, and the number y."""
    days = np.datetime64("2024-01-01") + np.repeat(np.arange(n_days), 2)[::-1].astype("timedelta64[D]")
    return project.number_table(2 * n_days).with_columns(day=pl.Series(days).cast(pl.Datetime("us")))


REFUSED: list[tuple[pl.DataFrame, dict[str, Any], str]] = [
    (
        project.mixed_table().select("number", y="day"),
        {"split.name": "random"},
        "target 'y': is a datetime, which no task predicts; "
        "name it number or category in ingest.columns, or set another ingest.target",
    ),
    (
        given_table(["a", "b"] * 5, ["a", "c", "d"]),
        GIVEN,
        "target 'y': no train example has 'c', 'd'; add train examples of it, or use a stratified split",
    ),
    (
        given_table(["a"] * 5, ["a", "b"]),
        GIVEN,
        "target 'y': is a in every train example; use a stratified split",
    ),
    (
        given_table(["a", "b"] * 5, ["a"]).with_columns(split=pl.lit("left")),
        GIVEN,
        "column 'split': holds 'left'; a given split says train, val or test in every row",
    ),
    (
        given_table(["a", "b"] * 5, ["a"]),
        {**GIVEN, "split.given.by": "part"},
        "params.yaml: split.given.by: the table has no column 'part'; it has a, split, y; one that ingest left out "
        "stays if ingest.columns names its type",
    ),
    (
        given_table(["a", "b"] * 5, []),
        GIVEN,
        "params.yaml: split.ratios.test: no example of 10 is left for test; take a larger share, or add examples",
    ),
    (
        given_table(["a", "b"] * 2, ["a"]).drop("split"),
        {"split.ratios": {"train": 0.9, "val": 0.05, "test": 0.05}},
        "params.yaml: split.ratios.val: no example of 5 is left for val; take a larger share, or add examples",
    ),
    (
        unit_table([10] * 12),
        {"split.name": "group", "split.group.by": "units"},
        "params.yaml: split.group.by: the table has no column 'units'; did you mean 'unit'?",
    ),
    (
        unit_table([10] * 12),
        {"split.name": "group", "split.group.by": "y"},
        "params.yaml: split.group.by: 'y' is a target; name another column",
    ),
    (
        unit_table([60, 60]),
        {"split.name": "group", "split.group.by": "unit"},
        "params.yaml: split.group.by: gives 2 groups, too few for train, val, test; name another column",
    ),
    (
        unit_table([110, 5, 5]),
        {"split.name": "stratified_group", "split.stratified_group.by": "unit"},
        "params.yaml: split.stratified_group.by: one of the groups holds 110 of 120 rows, which leaves too few for "
        "val and test; name another column",
    ),
    (
        unit_table([10] * 12).with_columns(unit=pl.lit(None, dtype=pl.String)),
        {"split.name": "group", "split.group.by": "unit"},
        "params.yaml: split.group.by: the table has no column 'unit'; it has a, y; one that ingest left out stays if "
        "ingest.columns names its type",
    ),
    (
        unit_table([10] * 12).select("unit", "y"),
        {"split.name": "group", "split.group.by": "unit"},
        "params.yaml: split.group.by: leaves no column to learn from; name fewer columns",
    ),
    (
        unit_table([10] * 12),
        {"split.name": "time", "split.time.by": "unit"},
        "params.yaml: split.time.by: 'unit' holds neither dates nor numbers; name another column, or its type in "
        "ingest.columns",
    ),
    (
        unit_table([10] * 12).with_columns(a=pl.int_range(pl.len()) % 2 + 1.5),
        {"split.name": "time", "split.time.by": "a"},
        "params.yaml: split.time.by: gives 2 times, too few for train, val, test; name another column",
    ),
    (
        project.number_table(),
        {"split.name": "time", "split.time": {"by": "a", "gap": "7d"}},
        "params.yaml: split.time.gap: is '7d', but 'a' holds numbers; give a number",
    ),
    (
        day_table(),
        {"split.name": "time", "split.time": {"by": "day", "gap": 7}},
        "params.yaml: split.time.gap: is 7, but 'day' holds dates; give a span as 7d",
    ),
    (
        day_table(),
        {"split.name": "time", "split.time": {"by": "day", "gap": "3w"}},
        "params.yaml: split.time.gap: leaves no row for val; take a shorter one",
    ),
]


@pytest.mark.parametrize(("table", "changes", "sentence"), REFUSED, ids=[sentence for *_, sentence in REFUSED])
def test_a_split_that_cannot_be_is_one_sentence_and_leaves_the_last_one(
    in_project: Make, table: pl.DataFrame, changes: dict[str, Any], sentence: str
) -> None:
    in_project(project.class_table())
    project.run("ingest", "split")
    before = artifacts("split", "columns.json") | {"report": Path("reports/split.json").read_bytes()}
    table.write_parquet("table.parquet")
    project.change_params(**changes)
    project.run("ingest")
    assert project.refusal("split") == sentence
    assert artifacts("split", "columns.json") | {"report": Path("reports/split.json").read_bytes()} == before


def test_another_seed_gives_another_split(in_split: Path) -> None:
    before = artifacts("split/train/rows")
    project.change_params(seed=1)
    project.run("split")
    assert artifacts("split/train/rows") != before


def test_a_number_targets_moments_are_reported(in_project: Make) -> None:
    in_project(project.number_table())
    project.run("ingest", "split")
    report = json.loads(Path("reports/split.json").read_text())["targets"]["y"]
    y = project.number_table()["y"].to_numpy()
    for name in ("train", "val", "test"):
        part = y[np.load(f"data/split/{name}/rows.npy")]
        expected = {"mean": part.mean(), "std": part.std(), "min": part.min(), "max": part.max()}
        assert report[name] == pytest.approx(expected)


def split_rows() -> dict[str, list[int]]:
    return {name: np.load(f"data/split/{name}/rows.npy").tolist() for name in ("train", "val", "test")}


def learned() -> list[str]:
    return [feature["name"] for feature in read_json(Path("data/columns.json"))["features"]]


def test_a_group_is_never_parted_and_never_learned(in_project: Make) -> None:
    table = unit_table([7, 1, 20, 3, 3, 3, 11, 2, 5, 9, 4, 12, 1, 1, 8, 6, 10, 4, 2, 8])
    in_project(table, **{"split.name": "group", "split.group.by": "unit"})
    project.run("ingest", "split")
    units = [set(table["unit"][rows]) for rows in split_rows().values()]
    assert sum(map(len, units)) == len(set.union(*units)) == 20
    assert [len(rows) for rows in split_rows().values()] == [84, 18, 18]
    assert learned() == ["a"]


def test_groups_of_two_columns_are_their_pairs(in_project: Make) -> None:
    table = unit_table([12] * 10).with_columns(day=pl.int_range(pl.len()) % 2)
    in_project(table, **{"split.name": "group", "split.group.by": ["unit", "day"]})
    project.run("ingest", "split")
    of_each = {row: name for name, rows in split_rows().items() for row in rows}
    pairs: dict[Any, set[str]] = {}
    for row, pair in enumerate(zip(table["unit"], table["day"], strict=True)):
        pairs.setdefault(pair, set()).add(of_each[row])
    assert all(len(names) == 1 for names in pairs.values())
    assert any(pairs[f"u{index}", 0] != pairs[f"u{index}", 1] for index in range(10))


def test_a_row_without_a_group_is_a_group_of_its_own() -> None:
    table = pl.DataFrame({"unit": ["b", None, "a", "b", None]})
    assert _by.group_codes(table).tolist() == [1, 2, 0, 1, 3]


def test_large_groups_go_to_test_as_often_as_small_ones() -> None:
    sizes, generator = np.array([50] * 10 + [5] * 100)[:, None], np.random.default_rng(0)
    ratios, shares = Ratios(train=0.6, val=0.2, test=0.2), []
    for _ in range(20):
        labels = _deal.deal_groups(sizes, ratios, generator)
        assert np.bincount(labels, weights=sizes[:, 0]).tolist() == [600, 200, 200]
        shares.append((labels[:10] == 2).mean())
    assert np.mean(shares) == pytest.approx(0.2)


def test_a_class_in_every_group_is_balanced_while_groups_stay_together(in_project: Make) -> None:
    generator = np.random.default_rng(3)
    unit = np.repeat(np.arange(60), 10)
    share = np.repeat(generator.choice([0.0, 0.2, 0.9], 60), 10)  # units differ in their share of yes
    y = np.where(generator.random(600) < share, "yes", "no")
    table = pl.DataFrame({"a": generator.normal(size=600), "unit": [f"u{u}" for u in unit], "y": y})
    in_project(table, **{"split.name": "stratified_group", "split.stratified_group.by": "unit"})
    project.run("ingest", "split")
    report = read_json(Path("reports/split.json"))
    assert report["sizes"] == {"train": 420, "val": 90, "test": 90}
    shares = [counts["yes"] / sum(counts.values()) for counts in report["targets"]["y"].values()]
    assert max(shares) - min(shares) < 0.03
    units = [set(unit[rows]) for rows in split_rows().values()]
    assert sum(map(len, units)) == 60


def test_the_only_group_of_a_class_goes_to_train() -> None:
    module = plugins.load("splits", "stratified_group")
    kinds = ["rare" if unit == 3 else ("a", "b")[unit % 2] for unit in range(20) for _ in range(5)]
    table = pl.LazyFrame({"#row": range(100), "unit": np.repeat(np.arange(20.0), 5), "y": kinds})
    for seed in range(5):
        labels = module.assign(table, ["y"], module.Params(by="unit"), USUAL, np.random.default_rng(seed))
        assert set(labels[15:20]) == {0}


def test_of_two_number_targets_with_few_rows_both_are_balanced_by_fewer_bins() -> None:
    generator = np.random.default_rng(0)
    table = pl.DataFrame({"y": generator.normal(size=80), "z": generator.normal(size=80)})
    strata = find_strata(table, 10, USUAL)
    assert len(np.unique(strata)) == 9  # three bins of each: 80 rows / 9 leave one for a split of 15 %
    assert len(np.unique(find_strata(table.head(20), 10, USUAL))) == 10  # 20 rows: the first target's ten bins
    assert (find_strata(table.select("y"), 10, USUAL) == find_strata(table.select("y", y2="y"), 10, USUAL)).all()


def test_time_goes_forward_and_equal_times_stay_together(in_project: Make) -> None:
    table = day_table()
    in_project(table, **{"split.name": "time", "split.time.by": "day"})
    project.run("ingest", "split")
    days = [table["day"][rows].sort().to_list() for rows in split_rows().values()]
    assert [len(part) for part in days] == [140, 30, 30]
    assert days[0][-1] < days[1][0] <= days[1][-1] < days[2][0]
    assert learned() == ["a", "b"]
    project.change_params(**{"split.time.learn": True})
    project.run("split")
    assert learned() == ["a", "b", "day"]


def test_rows_in_the_gap_and_rows_without_a_time_are_in_no_split_and_counted(
    in_project: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    table = day_table().with_columns(pl.when(pl.int_range(pl.len()) != 199).then(pl.col("day")).alias("day"))
    in_project(table, **{"split.name": "time", "split.time": {"by": "day", "gap": "7d"}})
    project.run("ingest", "split", "plot")
    assert read_json(Path("reports/split.json"))["left_out"] == [
        {"count": 28, "why": "in the gap before a border", "rows": [*range(30, 44), *range(60, 66)]},
        {"count": 1, "why": "without a time", "rows": [199]},
    ]
    assert {name: len(rows) for name, rows in split_rows().items()} == {"train": 125, "val": 16, "test": 30}
    days = [table["day"][rows].sort() for rows in split_rows().values()]
    assert [str(days[i + 1][0] - days[i][-1]) for i in (0, 1)] == ["8 days, 0:00:00"] * 2
    assert "split: 28 examples are in no split: in the gap before a border\n" in capsys.readouterr().out
    assert "\nnone,examples,29\n" in Path("reports/data/splits.csv").read_text()


def test_a_gap_of_one_in_whole_numbers_leaves_out_one_step() -> None:
    module = plugins.load("splits", "time")
    table = pl.LazyFrame({"#row": range(10), "t": [float(t) for t in range(10)]})
    labels = module.assign(table, ["y"], module.Params(by="t", gap=1), TENTHS, np.random.default_rng(0))
    assert labels.tolist() == [0, 0, 0, 0, 0, -1, 1, -1, 2, 2]


def test_added_rows_move_no_row_of_a_hash_split(in_project: Make) -> None:
    table = project.mixed_table(300)
    in_project(table.head(150), **{"ingest.target": "kind", "split.name": "hash"})
    project.run("ingest", "split")
    before = split_rows()
    table.write_parquet("table.parquet")
    project.run("ingest", "split")
    after = split_rows()
    assert sum(row not in after[name] for name, rows in before.items() for row in rows) == 0
    assert sum(map(len, after.values())) == 300
    assert [len(rows) for rows in after.values()] == [217, 37, 46]


def test_equal_rows_land_together_and_the_seed_salts_the_hash() -> None:
    module, x = plugins.load("splits", "hash"), [*range(50), *range(50)]
    table = pl.LazyFrame({"#row": range(100), "x": [float(v) for v in x], "y": ["a", "b"] * 50})
    one, other = (module.assign(table, ["y"], module.Params(), USUAL, np.random.default_rng(seed)) for seed in (0, 1))
    assert (one[:50] == one[50:]).all()
    assert (one != other).any()
    salted = module._place((1.5, "ä", None, True), b"salt")
    assert salted == pytest.approx(HASHED)  # the same on every machine, in every version


def test_a_larger_share_for_validation_moves_no_test_row_of_a_hash_split() -> None:
    module, table = plugins.load("splits", "hash"), pl.LazyFrame({"#row": range(500), "x": np.arange(500.0)})
    labels = [
        module.assign(table, ["y"], module.Params(), ratios, np.random.default_rng(0))
        for ratios in (USUAL, Ratios(train=0.55, val=0.3, test=0.15))
    ]
    assert ((labels[0] == 2) == (labels[1] == 2)).all()
    assert (labels[0] == 1).sum() < (labels[1] == 1).sum()

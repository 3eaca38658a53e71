"""How many of the 106 promoters' stretches are told wrongly by a network that was trained on the others, seed by seed.

Each of ten parts is predicted by a network that was trained on the nine others: the pipeline's own columns, network
and loop with the knobs of examples/promoters.yaml, in this process.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plumbline import errors
from plumbline.device import prepare_torch
from plumbline.example import merged_params, prepare_data
from plumbline.params import Params
from plumbline.reproducible import numpy_generator, switch_on

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import polars as pl

    Rows = npt.NDArray[np.int64]

_FOLDS = 10


def main() -> None:
    """Print the errors of each seed, their mean and the seconds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.promoters", description=__doc__)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4], help="each changes parts and weights")
    seeds = parser.parse_args().seeds
    params = Params(**merged_params("promoters"))
    switch_on(params.compute.reproducible, params.compute.threads)
    prepare_torch(params.compute)
    table = _read(params)
    found = []
    for seed in seeds:
        start = time.monotonic()
        found.append(_count_errors(table, params, seed))
        print(f"seed {seed}: {found[-1]} errors of {len(table)}, {time.monotonic() - start:.0f} s", flush=True)
    print(f"mean {sum(found) / len(found):.1f}, {min(found)} to {max(found)}")


def _read(params: Params) -> pl.DataFrame:
    """Columns sequence and class as ingest reads them."""
    import polars as pl

    from plumbline.columns import sequence
    from plumbline.source import open_source

    with tempfile.TemporaryDirectory() as folder:
        prepare_data("promoters", Path(folder))
        source = open_source(f"{folder}/{params.ingest.source}", params.ingest, Path(folder))
        table: pl.DataFrame = source.table.select("class", sequence.clean(pl.col("sequence"))).collect()
    return table


def _count_errors(table: pl.DataFrame, params: Params, seed: int) -> int:
    return sum(_errors_of_part(table, params, seed, *part) for part in _parts(table["class"], seed))


def _parts(classes: pl.Series, seed: int) -> Iterator[tuple[Rows, Rows]]:
    """Rows to train on and to predict, for each of ten parts with as many of each class."""
    from sklearn.model_selection import StratifiedKFold

    state = int(numpy_generator(seed, "folds").integers(2**31))
    return StratifiedKFold(_FOLDS, shuffle=True, random_state=state).split(classes, classes)


def _errors_of_part(table: pl.DataFrame, params: Params, seed: int, train: Rows, test: Rows) -> int:
    """How many of the test rows a network that was trained on the others gets wrong."""
    from plumbline.predictor import Predictor, predict
    from plumbline.recipe import write_recipe

    fitted = _fit_columns(table[train], params)
    recipe = write_recipe(fitted, params.encoders, params.model, params.task, params.train.loss)
    blocks = [_encode(table[part], fitted) for part in (train, [], test)]
    network, device = _train(blocks, recipe, params, seed)
    predicted = predict(Predictor(network, recipe).to(device).eval(), blocks[2], device)[0].argmax(1)
    return int((predicted != blocks[2]["target.0"]).sum())


def _fit_columns(table: pl.DataFrame, params: Params) -> dict[str, Any]:
    """What columns.json holds for train rows."""
    import polars as pl

    from plumbline.columns import sequence
    from plumbline.targets import fit_target

    measures = pl.DataFrame([sequence.measure(value) for value in table["sequence"]])
    state = sequence.fit([table["sequence"]], measures, sequence.Params(**params.columns.knobs("sequence")))
    feature = {"name": "sequence", "type": "sequence", "block": "sequence_0", "shape": list(sequence.shape(state))}
    target = {"name": "class", "type": "category", "state": fit_target(table["class"], "category", None)}
    return {"features": [feature | {"state": state}], "targets": [target]}


def _encode(table: pl.DataFrame, fitted: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    from plumbline.encoding import encode_features
    from plumbline.targets import encode_target

    encoded = encode_target(table["class"], "category", fitted["targets"][0]["state"])
    return encode_features(table, fitted["features"]) | {"target.0": encoded, "rows": np.arange(len(table))}


def _train(blocks: list[dict[str, Any]], recipe: dict[str, Any], params: Params, seed: int) -> tuple[Any, Any]:
    """A network trained on the first blocks, as stages/train.py does it where val has no rows; its device."""
    import torch

    from plumbline import resume
    from plumbline.feed import Feed
    from plumbline.fit import Loop
    from plumbline.losses import build_objectives
    from plumbline.network import Network
    from plumbline.reproducible import seed_torch
    from plumbline.targets import scale_targets

    device = torch.device(params.compute.device)
    targets = [scale_targets(part, recipe) for part in blocks]
    seed_torch(seed, "weights")
    network = Network(recipe).to(device)
    objective = build_objectives(params.train, recipe, targets[0]).to(device)
    train, val = (Feed(*part, device) for part in zip(blocks[:2], targets[:2], strict=True))
    with tempfile.TemporaryDirectory() as folder, resume.kept(Path(folder) / "state", str(seed)) as state:
        Loop(network, objective, recipe, train, val, params.train, params.compute, seed, state).run(lambda row: None)
    return network, device


if __name__ == "__main__":
    errors.run(main)

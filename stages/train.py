"""Train: train and validation tensors -> untrained and trained weights, learning curves."""

if not __package__:
    raise SystemExit("stages/train.py: run it from the project's folder as `python -m stages.train`")

import copy

from plumbline import paths, running
from plumbline.device import prepare_torch
from plumbline.files import read_json, write_json, write_text
from plumbline.params import read_params
from plumbline.reproducible import seed_torch, switch_on


def main() -> None:
    """Build the network, keep its untrained weights, fit it, keep the best weights and the learning curves."""
    params = read_params()
    switch_on(params.compute.reproducible, params.compute.threads)
    from plumbline import calibration, progress, resume, tensors  # after the switches: they import numpy and torch
    from plumbline.feed import Feed
    from plumbline.fit import Loop
    from plumbline.losses import build_objectives
    from plumbline.network import Network, describe
    from plumbline.recipe import write_recipe
    from plumbline.targets import scale_targets
    from plumbline.weights import load_pretrained, load_weights, save_weights

    device = prepare_torch(params.compute)
    recipe = write_recipe(read_json(paths.COLUMNS), params.encoders, params.model, params.task, params.train.loss)
    blocks = [tensors.open_blocks(folder) for folder in (paths.TRAIN, paths.VAL)]
    targets = [scale_targets(part, recipe) for part in blocks]

    seed_torch(params.seed, "weights")
    network = load_pretrained(Network(recipe)).to(device)
    if params.train.start_from:
        load_weights(network, paths.START / params.train.start_from)
    untrained = copy.deepcopy(network)
    objective = build_objectives(params.train, recipe, targets[0]).to(device)
    train, val = (Feed(*part, device) for part in zip(blocks, targets, strict=True))
    calibration.check_validation(params.task, recipe, val)
    given = [params.seed, params.compute, params.task, params.train, recipe]
    inputs = [paths.COLUMNS, paths.TRAIN, paths.VAL, paths.START]
    with resume.kept(paths.STATE, resume.fingerprint(given, inputs, device)) as state:
        loop = Loop(network, objective, recipe, train, val, params.train, params.compute, params.seed, state)
        if loop.place():
            print(f"train: goes on from {loop.place()}", flush=True)
        with progress.shown(params.train.epochs, paths.LIVE, loop.history.curves) as on_epoch:
            fitted = loop.run(on_epoch)
        recipe, chosen = calibration.calibrate(network, recipe, val, params.task)
        save_weights(untrained, paths.UNTRAINED)
        save_weights(network, paths.MODEL)
        write_json(paths.RECIPE, recipe)
        write_text(paths.TRAINING_CURVES, progress.as_csv(fitted.curves))
        report = fitted.report(describe(network), params.train, recipe) | {"chosen_on_validation": chosen}
        write_json(paths.TRAINING_REPORT, report)
        state.remove()
    print(f"train: weights of epoch {fitted.best_epoch} of {len(fitted.curves)} kept; {fitted.stopped}")
    for target, values in chosen.items():
        print(f"train: chosen on validation examples for {target}: {', '.join(f'{k} {v}' for k, v in values.items())}")


if __name__ == "__main__":
    running.run(main)

"""Evaluate: weights and tensors -> metrics, predictions, figures; before and after training."""

if not __package__:
    raise SystemExit("stages/evaluate.py: run it from the project's folder as `python -m stages.evaluate`")

from functools import partial

from plumbline import gates, paths, running
from plumbline.device import prepare_torch
from plumbline.errors import InputError
from plumbline.files import folders_of, read_json, replacing, replacing_folder, write_json
from plumbline.params import read_params
from plumbline.reproducible import numpy_generator, switch_on


def main() -> None:
    """Predict validation and test examples with untrained and trained weights, measure, draw."""
    params = read_params()
    switch_on(params.compute.reproducible, params.compute.threads)
    import polars as pl  # after the switches: numpy and torch read them when they are imported

    from plumbline import evaluation, insight, tensors
    from plumbline.examples import ROW, Examples
    from plumbline.predictor import load_predictor, predict
    from plumbline.surface import draw_surface

    device = prepare_torch(params.compute)
    recipe, examples = read_json(paths.RECIPE), Examples.open(paths.EXAMPLES)
    folders = {"train": paths.TRAIN, "val": paths.VAL, "test": paths.TEST}
    parts = {name: tensors.open_blocks(folder) for name, folder in folders.items()}
    seen = [name for name in ("val", "test") if tensors.n_rows(parts[name])]
    predictors = [load_predictor(recipe, path, device) for path in (paths.UNTRAINED, paths.MODEL)]
    untrained, trained = ({name: predict(predictor, parts[name], device) for name in seen} for predictor in predictors)

    results = evaluation.gather(recipe, parts, trained, untrained)
    measured = [
        evaluation.measure_all(result, params.evaluate, numpy_generator(params.seed, "bootstrap")) for result in results
    ]
    metrics = evaluation.by_target(results, measured)
    write_json(paths.METRICS, metrics)
    with replacing(paths.PREDICTIONS) as temporary:
        evaluation.tabulate(results, parts, examples.read(ROW)).write_parquet(temporary)

    subject = insight.Subject.of(predictors[1], recipe, examples, parts, device)
    insights = insight.look(subject, results, params.evaluate, partial(numpy_generator, params.seed))
    curves, training = pl.read_csv(paths.TRAINING_CURVES), read_json(paths.TRAINING_REPORT)
    with replacing_folder(paths.EVALUATION) as folder:
        places = folders_of(folder, [result.name for result in results])
        for result, found, place in zip(results, insights, places, strict=True):
            evaluation.draw(result, place)
            evaluation.draw_insight(found, place)
        evaluation.draw_training(curves, training, folder)
        draw_surface(recipe, predictors, examples, parts, folder)
    print(evaluation.summarise(results, measured))
    for line in insight.name_worst(insights):
        print(line)
    if missed := gates.missed(metrics, params.evaluate.gates):
        raise InputError("\n".join(f"{paths.METRICS}: {sentence}" for sentence in missed))


if __name__ == "__main__":
    running.run(main)

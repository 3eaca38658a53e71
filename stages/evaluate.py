"""Evaluate: weights and tensors -> metrics, predictions, figures; before and after training."""

if not __package__:
    raise SystemExit("stages/evaluate.py: run it from the project's folder as `python -m stages.evaluate`")

from plumbline import errors, paths
from plumbline.files import read_json, replacing, replacing_folder, write_json
from plumbline.params import read_params
from plumbline.reproducible import numpy_generator, prepare_torch, switch_on


def main() -> None:
    """Predict validation and test examples with untrained and trained weights, measure, draw."""
    params = read_params()
    switch_on(params.compute.reproducible, params.compute.threads)
    import polars as pl  # after the switches: numpy and torch read them when they are imported

    from plumbline import evaluation, tensors
    from plumbline.examples import ROW, Examples
    from plumbline.predictor import load_predictor, predict

    device = prepare_torch(params.compute)
    recipe = read_json(paths.RECIPE)
    parts = {name: tensors.open_blocks(folder) for name, folder in (("val", paths.VAL), ("test", paths.TEST))}
    parts = {name: blocks for name, blocks in parts.items() if tensors.n_rows(blocks)}
    predictors = {path: load_predictor(recipe, path, device) for path in (paths.UNTRAINED, paths.MODEL)}
    untrained, trained = (
        {name: predict(predictor, blocks, device) for name, blocks in parts.items()}
        for predictor in predictors.values()
    )

    truth = {name: blocks[tensors.TARGET] for name, blocks in parts.items()}
    metrics = {name: evaluation.measure(recipe, truth[name], trained[name]) for name in ("test", "val") if name in parts}
    metrics["untrained"] = evaluation.measure(recipe, truth["test"], untrained["test"])
    train_target = tensors.open_blocks(paths.TRAIN)[tensors.TARGET]
    metrics["baseline"] = evaluation.measure_baseline(recipe, train_target, truth["test"])
    generator = numpy_generator(params.seed, "bootstrap")
    metrics["interval"] = evaluation.bootstrap(recipe, truth["test"], trained["test"], params.evaluate, generator)
    write_json(paths.METRICS, metrics)

    rows = Examples.open(paths.EXAMPLES).read(ROW)
    tables = [
        evaluation.prediction_table(recipe, name, blocks, rows, trained[name], untrained[name])
        for name, blocks in parts.items()
    ]
    with replacing(paths.PREDICTIONS) as temporary:
        pl.concat(tables).write_parquet(temporary)
    with replacing_folder(paths.EVALUATION) as folder:
        evaluation.draw(recipe, truth["test"], trained["test"], untrained["test"], folder)
        evaluation.draw_training(pl.read_csv(paths.TRAINING_CURVES), read_json(paths.TRAINING_REPORT), folder)
    print(evaluation.summarise(metrics))


if __name__ == "__main__":
    errors.run(main)

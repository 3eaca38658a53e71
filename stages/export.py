"""Export: weights -> ONNX from raw inputs, torch.export, TorchScript; proved equal."""

if not __package__:
    raise SystemExit("stages/export.py: run it from the project's folder as `python -m stages.export`")

from plumbline import paths, running
from plumbline.device import prepare_torch
from plumbline.files import read_json, replacing_folder, write_json
from plumbline.params import read_params
from plumbline.reproducible import switch_on


def main() -> None:
    """Write every format, run each on raw test examples, and fail where it deviates from the evaluated model."""
    params = read_params()
    switch_on(params.compute.reproducible, params.compute.threads)
    import polars as pl  # after the switches: numpy and torch read them when they are imported
    import torch

    from plumbline import shipping, weights
    from plumbline.encoding import encode_features
    from plumbline.examples import Examples
    from plumbline.predictor import load_predictor

    prepare_torch(params.compute)
    recipe = read_json(paths.RECIPE)
    predictor = load_predictor(recipe, paths.MODEL, torch.device("cpu"))
    weights.prove_round_trip(predictor.network, paths.MODEL)
    predictions = shipping.choose_rows(pl.read_parquet(paths.PREDICTIONS), recipe)
    names = [feature["name"] for feature in recipe["features"]]
    test = Examples.open(paths.EXAMPLES).take(names, predictions["position"])
    proof = shipping.make_proof(recipe, predictor, test, predictions)
    traced = encode_features(proof.table.head(2), recipe["features"])

    checks = []
    with replacing_folder(paths.EXPORT) as folder:
        for name in params.export.formats:
            path = folder / shipping.FILES[name]
            shipping.write_format(name, predictor, recipe, traced, path)
            checks.append(proof.check(name, shipping.open_format(name, recipe, path, params.compute.threads)))
        write_json(folder / "signature.json", shipping.describe_signature(recipe))
        files = [{"name": path.name, "bytes": path.stat().st_size} for path in sorted(folder.iterdir())]
    write_json(paths.EXPORT_REPORT, {"formats": params.export.formats, "files": files, "checks": checks})
    print(f"export: {', '.join(params.export.formats)} in {paths.EXPORT}, equal to the evaluated model on raw rows")


if __name__ == "__main__":
    running.run(main)

"""Training and predicting on a CUDA device: right, and the same bits twice; skipped where there is none."""

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from plumbline import params, plugins
from plumbline.device import prepare_torch
from plumbline.feed import Feed
from plumbline.fit import Loop
from plumbline.losses import build_objectives
from plumbline.network import Network
from plumbline.predictor import Predictor, predict
from plumbline.reproducible import seed_torch
from plumbline.resume import Part, State
from plumbline.stopping import Stopped
from plumbline.targets import scale_targets

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")

N_ROWS = 2_000


def _recipe(model: str, task: str) -> dict:
    grid = np.linspace(-2, 2, 257).tolist()
    features = [
        {"name": f"x{i}", "type": "number", "block": "number", "shape": [2], "state": {"missing": i % 2, "grid": grid}}
        for i in range(6)
    ] + [
        {"name": f"c{i}", "type": "category", "block": "category", "shape": [], "state": {"missing": 0, "n_ids": 7}}
        for i in range(2)
    ]
    knobs = {"number": ("piecewise", {"bins": 16}), "category": ("embedding", {})}
    states = {
        "regression": {
            "name": "regression",
            "loss": "MSELoss",
            "transform": None,
            "mean": 3.0,
            "std": 2.0,
            "log_rate": False,
            "outputs": 1,
        },
        "classification": {
            "name": "classification",
            "loss": "CrossEntropyLoss",
            "classes": ["a", "b", "c"],
            "outputs": 3,
        },
    }
    return {
        "features": features,
        "encoders": {kind: {"name": name, "knobs": knob} for kind, (name, knob) in knobs.items()},
        "model": {"name": model, "knobs": {}},
        "targets": [{"name": "y", "state": {"std": 2.0}, "task": states[task]}],
    }


def _blocks(task: str) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    number = generator.standard_normal((N_ROWS, 6, 2)).astype(np.float32)
    number[..., 1] = 0
    category = generator.integers(0, 7, (N_ROWS, 2)).astype(np.int32)
    signal = number[:, 0, 0] + np.abs(number[:, 1, 0]) + (category[:, 0] == 3)
    target = 3 + 2 * signal.astype(np.float64) if task == "regression" else np.digitize(signal, [0.2, 1.5])
    return {"number": number, "category": category, "target.0": target, "rows": np.arange(N_ROWS)}


def _train(
    model: str, task: str, device: str, precision: str = "float32", state: State | None = None
) -> tuple[Network, np.ndarray, list[float]]:
    compute = params.Compute(reproducible="machine", threads=2, device=device, precision=precision)
    train = params.Train(
        epochs=5,
        batch_size=256,
        loss=params.Loss(name="auto"),
        optimizer=params.Optimizer(name="AdamW", lr=2e-3),
        scheduler=params.Scheduler(name="OneCycleLR"),
        clip_grad_norm=1.0,
        class_weights=None,
        augment=params.Augment(),
        early_stopping=params.EarlyStopping(monitor="loss", patience=None),
        start_from=None,
    )
    recipe, blocks, where = _recipe(model, task), _blocks(task), prepare_torch(compute)
    targets = scale_targets(blocks, recipe)
    seed_torch(0, "weights")
    network = Network(recipe).to(where)
    feed = Feed(blocks, targets, where)
    objective = build_objectives(train, recipe, targets).to(where)
    state = state or State(Path(tempfile.mkdtemp()))
    fitted = Loop(network, objective, recipe, feed, feed, train, compute, 0, state).run(lambda row: None)
    (prediction,) = predict(Predictor(network, recipe).to(where).eval(), blocks, where)
    return network, prediction, [row["train_loss"] for row in fitted.curves]


def _digest(network: Network) -> str:
    weights = [tensor.cpu().numpy().tobytes() for tensor in network.state_dict().values()]
    return hashlib.sha256(b"".join(weights)).hexdigest()


@pytest.mark.parametrize("task", ["regression", "classification"])
@pytest.mark.parametrize("model", plugins.names("models"))
def test_training_on_cuda_gives_the_same_bits_twice_and_learns_like_the_cpu(model: str, task: str) -> None:
    first, prediction, losses = _train(model, task, "cuda")
    second, _, _ = _train(model, task, "cuda")
    _, _, on_cpu = _train(model, task, "cpu")
    assert _digest(first) == _digest(second)
    assert next(first.parameters()).is_cuda
    assert np.isfinite(prediction).all()
    assert losses[-1] < losses[0]
    assert losses[-1] == pytest.approx(on_cpu[-1], rel=0.15)  # dropout draws other numbers there


@pytest.mark.parametrize("model", plugins.names("models"))
def test_a_training_on_cuda_that_is_interrupted_goes_on_to_the_same_bits(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _, _ = _train(model, "classification", "cuda")
    steps, save = iter(range(1, 100)), State._save

    def interrupt(self: State, parts: Mapping[str, Part]) -> None:
        if next(steps) == 11:  # the third step of the second epoch
            save(self, parts)
            raise Stopped(15)

    with monkeypatch.context() as patched, pytest.raises(Stopped):
        patched.setattr(State, "offer", interrupt)
        _train(model, "classification", "cuda", state=State(tmp_path))
    resumed, _, _ = _train(model, "classification", "cuda", state=State(tmp_path))
    assert _digest(resumed) == _digest(whole)


@pytest.mark.parametrize("model", plugins.names("models"))
def test_the_same_weights_predict_the_same_on_cuda_and_cpu(model: str) -> None:
    network, on_cuda, _ = _train(model, "classification", "cuda")
    recipe = _recipe(model, "classification")
    (on_cpu,) = predict(Predictor(network.cpu(), recipe).eval(), _blocks("classification"), torch.device("cpu"))
    np.testing.assert_allclose(on_cuda, on_cpu, atol=1e-4)


def test_bfloat16_trains_on_cuda_nearly_as_well_as_float32() -> None:
    _, _, exact = _train("tabm", "regression", "cuda")
    _, _, rounded = _train("tabm", "regression", "cuda", precision="bfloat16")
    assert rounded[-1] == pytest.approx(exact[-1], rel=0.3)

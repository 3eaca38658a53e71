"""Training steps of one network in one mode: hashes of all that comes out, or seconds whenever asked."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from plumbline import errors, params
from plumbline.device import prepare_torch
from plumbline.reproducible import MODES, seed_torch, switch_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor, nn
    from torch.optim import Optimizer

    from benchmarks.networks import Batch

ROWS = {"mlp": 256, "tabm": 256, "cnn": 64}
"""Networks, and the examples of a batch; the CNN's are fewer, because emulated CPUs are slow at convolutions."""
LEARNING_RATE = 2e-3
CLIP_NORM = 1.0
N_BATCHES = 4


def main() -> None:
    """Train as asked in this process: print hashes, or after each line of stdin the seconds of some more steps."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("network", choices=ROWS)
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("--threads", type=int, default=2, help="CPU threads")
    parser.add_argument("--steps", type=int, default=2, help="optimizer steps")
    parser.add_argument("--optimizer", default="AdamW", help="a class of torch.optim")
    parser.add_argument("--precision", default="float32", choices=("float32", "bfloat16"))
    parser.add_argument(
        "--timed", action="store_true", help="seconds instead of hashes, for benchmarks.reproducibility"
    )
    arguments = parser.parse_args()
    switch_on(arguments.mode, arguments.threads)
    chosen = {"reproducible": arguments.mode, "threads": arguments.threads, "precision": arguments.precision}
    prepare_torch(params.Compute(device="cpu", **chosen))
    from benchmarks import networks  # after the switches, as torch

    network = networks.build(arguments.network)
    steps = _train(network, arguments)
    if not arguments.timed:
        for _ in range(arguments.steps):
            next(steps)
        print(json.dumps(_hashes(network, arguments)))
        return
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(arguments.steps):
            next(steps)
        print(time.perf_counter() - wall, time.process_time() - cpu, flush=True)


def _train(network: nn.Module, arguments: argparse.Namespace) -> Iterator[None]:
    """One optimizer step each time that it is asked, on the same few batches again and again."""
    import torch

    from benchmarks import networks
    from plumbline.optimizers import build_optimizer

    batches = [networks.draw(arguments.network, ROWS[arguments.network], seed) for seed in range(N_BATCHES)]
    choice = params.Optimizer(name=arguments.optimizer, lr=LEARNING_RATE)
    optimizer = build_optimizer(choice, network.parameters(), torch.device("cpu"))
    seed_torch(0, "dropout")
    for step in count():
        batch = batches[step % N_BATCHES]
        optimizer.step(partial(_closure, network, optimizer, batch, arguments.precision == "bfloat16"))
        yield


def _closure(network: nn.Module, optimizer: Optimizer, batch: Batch, half: bool) -> Tensor:
    """Forward and backward of one batch, as plumbline.fit does it."""
    import torch

    from benchmarks import networks

    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        loss = networks.loss(network, *batch)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP_NORM)
    return loss


def _hashes(network: nn.Module, arguments: argparse.Namespace) -> dict[str, str]:
    """Of the weights, the last gradients, and the probabilities of one more batch and of a single example."""
    import torch

    from benchmarks import networks

    network.eval()
    with torch.no_grad():
        answers = [
            network(networks.draw(arguments.network, n_rows, -1)[0])[0] for n_rows in (ROWS[arguments.network], 1)
        ]
    gradients = [weight.grad for weight in network.parameters() if weight.grad is not None]
    return {
        "weights": _hash(list(network.state_dict().values())),
        "gradients": _hash(gradients),
        "probabilities": _hash([answer.softmax(-1) for answer in answers]),
    }


def _hash(tensors: list[Tensor]) -> str:
    """The first 12 hexadecimal digits of SHA-256 over the tensors' bytes."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(tensor.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    errors.run(main)

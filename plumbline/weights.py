"""Weights on disk: state_dicts saved and loaded without pickle."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import torch
from torch import Tensor, nn

from plumbline.errors import InputError
from plumbline.files import read_json, replacing


def save_weights(network: nn.Module, path: Path) -> None:
    """Save the state_dict; the same weights give the same bytes, since torch.save does not see the path."""
    buffer = io.BytesIO()
    torch.save({name: tensor.cpu() for name, tensor in network.state_dict().items()}, buffer)
    with replacing(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def load_weights(network: nn.Module, path: Path) -> None:
    """Load a state_dict (.pt, or .json of nested lists) into `network`; InputError where it is none of this network."""
    try:
        network.load_state_dict(_read(path))
    except (RuntimeError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path}: does not hold this network's weights: {reason}") from None


def load_pretrained(network: nn.Module) -> nn.Module:
    """The network, whose parts that begin with weights fetched from the net now have them."""
    for module in network.modules():
        if load := getattr(type(module), "load_pretrained", None):
            load(module)
    return network


def prove_round_trip(network: nn.Module, path: Path) -> None:
    """InputError unless `torch.load` of the file and the network's `state_dict` are equal to the bit."""
    saved, loaded = _read(path), network.state_dict()
    if saved.keys() != loaded.keys() or any(not torch.equal(saved[name], loaded[name].cpu()) for name in saved):
        raise InputError(f"{path}: its weights do not come back as they were saved; run the train stage again")


def _read(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".json":
            return {name: torch.tensor(value) for name, value in dict(read_json(path)).items()}
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise ValueError("torch.save did not write it")
            file.seek(0)
            state: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise InputError(f"{path}: is no file of weights: holds more than tensors") from None
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: is no file of weights: {error}") from None
    return state

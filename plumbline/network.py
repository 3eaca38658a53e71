"""The network: encoders, backbone and a head for each target, rebuilt from a recipe."""

from __future__ import annotations

from typing import Any

import torch
from tabm import LinearEnsemble
from torch import Tensor, nn

from plumbline import plugins
from plumbline.mixup import Mixture
from plumbline.tensors import in_blocks

Recipe = dict[str, Any]
"""What a network is made of, as JSON: features, each block's encoder, model, targets with their tasks."""


class Network(nn.Module):
    """Blocks {name: (B, n, …)} -> for each target logits (B, k, outputs) of k ensemble members."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        blocks = in_blocks(recipe["features"])
        encoders = {name: _build_encoder(choice, blocks[name]) for name, choice in recipe["encoders"].items()}
        widths = [width for encoder in encoders.values() for width in encoder.widths]
        self.encoders = nn.ModuleDict(encoders)
        self.backbone = _build("models", recipe["model"], widths)
        outputs = [target["task"]["outputs"] for target in recipe["targets"]]
        self.heads = nn.ModuleList(_build_head(self.backbone.members, self.backbone.width, n) for n in outputs)

    def forward(self, blocks: dict[str, Tensor], mixture: Mixture | None = None) -> tuple[Tensor, ...]:
        features = torch.cat([encoder(blocks[name]) for name, encoder in self.encoders.items()], dim=1)
        hidden = self.backbone(mixture.blend(features) if mixture else features)  # (B, d) -> (B, k, h)
        return tuple(head(hidden) for head in self.heads)


def _build(folder: str, choice: dict[str, Any], *arguments: Any) -> Any:
    module = plugins.load(folder, choice["name"])
    return module.build(module.Params(**choice["knobs"]), *arguments)


def _build_encoder(choice: dict[str, Any], columns: list[dict[str, Any]]) -> Any:
    return _build("encoders", choice, [column["state"] for column in columns], tuple(columns[0]["shape"]))


def _build_head(members: int, width: int, outputs: int) -> nn.Module:
    return nn.Linear(width, outputs) if members == 1 else LinearEnsemble(width, outputs, k=members)


def describe(network: nn.Module) -> list[dict[str, Any]]:
    """Name, shape, number of weights and whether it learns, of every entry of the state_dict."""
    learning = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
    return [
        {"name": name, "shape": list(value.shape), "count": value.numel(), "learns": name in learning}
        for name, value in network.state_dict().items()
    ]

"""Backbone: any image model of timm or torchvision by its name, its classifier taken off."""

import importlib
from typing import Any, Literal

import torch
from torch import Tensor, nn

from plumbline.encoders._images import Level
from plumbline.errors import InputError, hint
from plumbline.params import Section

TYPES = ("image",)

_PLACE = "params.yaml: encoders.image.backbone"
_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))  # mean and deviation of what most models were trained on


class Params(Section):
    """Knobs of models of other packages."""

    library: Literal["timm", "torchvision"] = "timm"
    """The package; `pip install timm` brings both."""
    model: str = "resnet18"
    """The model, as the package names it."""
    pretrained: bool = False
    """Whether training begins with the weights that the package fetches from the net, and does not check."""


class Backbone(nn.Module):
    """(B, 1, c, h, w) pixels -> (B, d): what the model's classifier would look at."""

    def __init__(self, params: Params, state: dict[str, Any], shape: tuple[int, ...]) -> None:
        super().__init__()
        self._params, self._n_channels = params, shape[0] if params.library == "timm" else 3
        self.level = Level(state)
        self.model = _make(params, self._n_channels, pretrained=False)
        if params.pretrained and shape[0] == 3:
            self.level.mean, self.level.std = (255 * torch.tensor(part)[:, None, None] for part in _IMAGENET)
        with torch.no_grad():
            features = self.model.eval()(torch.zeros(1, self._n_channels, *shape[1:]))
        self.widths = [features.shape[1]]
        self.model.train()

    def forward(self, block: Tensor) -> Tensor:
        images = self.level(block)
        features: Tensor = self.model(images.expand(-1, self._n_channels, -1, -1))
        return features

    def load_pretrained(self) -> None:
        """Take the fetched weights, where they are asked for; called once, before training."""
        if self._params.pretrained:
            fetched = _make(self._params, self._n_channels, pretrained=True)
            self.model.load_state_dict(fetched.state_dict())


def _make(params: Params, n_channels: int, pretrained: bool) -> nn.Module:
    library = _import(params.library)
    source = library if params.library == "timm" else library.models
    known = source.list_models()
    if params.model not in known:
        meant = hint(params.model, known)
        raise InputError(f"{_PLACE}.model: {params.model!r} is no model of {params.library}; {meant}")
    if params.library == "timm":
        model: nn.Module = library.create_model(params.model, pretrained=pretrained, num_classes=0, in_chans=n_channels)
        return model
    return _without_classifier(source.get_model(params.model, weights="DEFAULT" if pretrained else None))


def _import(library: str) -> Any:
    try:
        return importlib.import_module(library)
    except ImportError:
        raise InputError(
            f"{_PLACE}.library: {library} is not installed; `pip install {library}` installs it, "
            "and encoders.image.name: convnet does without"
        ) from None


def _without_classifier(model: nn.Module) -> nn.Module:
    """The model with its last linear layer, which names ImageNet's classes, passing features on."""
    last = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)][-1]
    model.set_submodule(last, nn.Identity())
    return model


def build(params: Params, states: list[dict[str, Any]], shape: tuple[int, ...]) -> nn.Module:
    """Encoder of a block of images (B, 1, c, h, w); InputError where the package or the model is not there."""
    return Backbone(params, states[0], shape)

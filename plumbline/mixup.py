"""Mixup: examples of a training batch blended in pairs, behind the encoders, so that columns of any type can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Mixture:
    """Each example keeps `share` of itself and takes the rest from its partner (B,) in the batch."""

    share: float
    partner: Tensor

    def blend(self, features: Tensor) -> Tensor:
        """(B, d) -> (B, d): mixup of hidden features (Verma et al. 2019, "Manifold Mixup")."""
        return self.share * features + (1 - self.share) * features[self.partner]

    def loss(self, objective: nn.Module, logits: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
        """The loss to an example's own targets and to its partner's, by their shares."""
        own: Tensor = objective(logits, targets)
        partners: Tensor = objective(logits, [target[self.partner] for target in targets])
        return self.share * own + (1 - self.share) * partners


def draw_mixture(alpha: float, n_rows: int, generator: np.random.Generator, device: torch.device) -> Mixture:
    """Partners at random, and one share for the batch from Beta(alpha, alpha) (Zhang et al. 2018)."""
    share = float(generator.beta(alpha, alpha))
    return Mixture(share, torch.from_numpy(generator.permutation(n_rows)).to(device))

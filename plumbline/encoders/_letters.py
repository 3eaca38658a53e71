"""Letters as channels: an id of one letter is one-hot, a code for several letters an equal mixture of them."""

from typing import Any

import torch
from torch import Tensor

_FIRST = 2  # ids below are padding and unknown letters


def letter_table(state: dict[str, Any]) -> Tensor:
    """(n_ids, channels) float32: zeros for padding, a mixture of all letters for an unknown one."""
    pure = [letter for letter in state["letters"] if letter not in state["codes"]]
    table = torch.zeros(state["n_ids"], max(1, len(pure)))
    table[1] = 1 / max(1, len(pure))
    for index, letter in enumerate(state["letters"]):
        meant = state["codes"].get(letter, letter)
        for base in meant:
            table[_FIRST + index, pure.index(base)] = 1 / len(meant)
    return table

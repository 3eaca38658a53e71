"""The two strands of DNA and RNA: reverse complements, and features that are the same for both."""

from typing import Any

import torch
from torch import Tensor, nn

from plumbline.errors import InputError

_FIRST = 2  # ids below are padding and unknown letters


def complement_table(state: dict[str, Any], key: str, said: str, otherwise: str) -> Tensor:
    """(n_ids,) int32: the id across from each id; InputError where the letters have no complement.

    The sentence names the `key` of params.yaml that asks for it, what it says, and what is right `otherwise`.
    """
    across = state.get("complement")
    if across is None:
        raise InputError(
            f"params.yaml: {key}: is {said}, and {_letters(state)} have no complement; {otherwise} is right for them"
        )
    ids = [*range(_FIRST), *(_FIRST + state["letters"].index(letter) for letter in across)]
    return torch.tensor(ids, dtype=torch.int32)


def _letters(state: dict[str, Any]) -> str:
    return f"letters of the alphabet {state['alphabet']}" if "alphabet" in state else "words"


def reverse_complement(block: Tensor, table: Tensor) -> Tensor:
    """(B, 1, T) ids -> the other strand's, each read from its own last letter to its first."""
    ids = block[:, 0].long()  # (B, T)
    return table[turn(ids, (ids != 0).sum(1))][:, None].to(block.dtype)


def turn(steps: Tensor, lengths: Tensor) -> Tensor:
    """(B, T) or (B, T, C) -> the same with the first `lengths` (B,) steps of each in reverse."""
    index = lengths[:, None] - 1 - torch.arange(steps.shape[1], device=steps.device)  # (B, T), negative behind the end
    kept = torch.where(index >= 0, index, torch.arange(steps.shape[1], device=steps.device))
    if steps.ndim == 2:
        return steps.gather(1, kept)
    return steps.gather(1, kept[:, :, None].expand(-1, -1, steps.shape[2]))


class BothStrands(nn.Module):
    """An encoder's features averaged over a sequence and its reverse complement, so that both have the same."""

    table: Tensor

    def __init__(self, encoder: nn.Module, table: Tensor) -> None:
        super().__init__()
        self.encoder, self.widths = encoder, encoder.widths
        self.register_buffer("table", table, persistent=False)

    def forward(self, block: Tensor) -> Tensor:
        one: Tensor = self.encoder(block)
        other: Tensor = self.encoder(reverse_complement(block, self.table))
        return (one + other) / 2


def on_strands(encoder: nn.Module, strands: str, state: dict[str, Any], key: str) -> nn.Module:
    """The encoder as its knob `strands` says; InputError where both are asked for and there is one."""
    if strands == "one":
        return encoder
    return BothStrands(encoder, complement_table(state, f"{key}.strands", "both", "one"))

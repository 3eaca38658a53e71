"""Torch made ready to compute: its threads, its deterministic algorithms, its kernels, and the device."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from plumbline.params import Compute


def prepare_torch(compute: Compute) -> torch.device:
    """Set torch's thread count and deterministic algorithms; return the device of `compute`."""
    import torch

    torch.set_num_threads(compute.threads)
    exact = compute.reproducible != "fast"
    torch.set_deterministic_debug_mode("error" if exact else "default")  # as use_deterministic_algorithms, 1 s faster
    torch.backends.cudnn.deterministic = exact
    torch.backends.cudnn.benchmark = not exact
    _choose_kernels(compute)
    return torch.device(compute.device)


def _choose_kernels(compute: Compute) -> None:
    """Put the products that all vendors share in place of torch's where the mode asks for them."""
    from plumbline import kernels  # imports torch

    if compute.reproducible == "everywhere":
        kernels.install(compute.threads)
    else:
        kernels.remove()

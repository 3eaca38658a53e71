"""The switches and random generators that make the bits of a run repeat."""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MODES = ("everywhere", "portable", "machine", "fast")

# oneDNN, ATen, NumPy and OpenBLAS choose kernels by the CPU; these name one choice for all that have AVX2.
_AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_NUM_THREADS": "1",
}
_VENDORS = ("GenuineIntel", "AuthenticAMD")
_NEEDED_FLAGS = ("avx2", "fma")
_VECTOR_FLAGS = ("sse", "ssse", "avx", "fma", "f16c", "amx")
_active: tuple[str, int] | None = None
_MKL = {"everywhere": "COMPATIBLE", "portable": "AVX2,STRICT", "machine": "AUTO,STRICT"}


def switch_on(mode: str = "everywhere", threads: int = 1) -> None:
    """Set the switches of a mode; they are read once, so numpy and torch must not be imported yet.

    RuntimeError if one of them already is and a switch is not set as it should be.
    """
    switches = _switches(mode, threads)
    unset = [name for name, value in switches.items() if os.environ.get(name) != value]
    early = [module for module in ("numpy", "torch") if module in sys.modules]
    if unset and early:
        raise RuntimeError(f"{', '.join(early)} imported before the switches {', '.join(unset)} were set")
    for name in [name for name in os.environ if name.startswith("POLARS_") and name != "POLARS_MAX_THREADS"]:
        del os.environ[name]  # they cut Parquet files in another way
    os.environ.update(switches)
    global _active
    _active = (mode, threads)


def active() -> tuple[str, int] | None:
    """Mode and threads that were switched on last in this process; None before."""
    return _active


def _switches(mode: str, threads: int) -> dict[str, str]:
    count = {"OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads), "MKL_DYNAMIC": "FALSE"}
    count |= {"OMP_DYNAMIC": "FALSE", "OMP_THREAD_LIMIT": "1024"}  # a limit of the user's would make the threads fewer
    count["OMP_WAIT_POLICY"] = "PASSIVE"  # waiting threads sleep: spinning, they make a busy machine many times slower
    if mode == "fast":
        return count
    bits = {"MKL_CBWR": _MKL[mode], "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
    return count | bits | (_AVX2 if mode != "machine" else {"OPENBLAS_NUM_THREADS": "1"})


def bits_agree(mode: str, recorded_cpu: dict[str, Any], this_cpu: dict[str, Any]) -> str | None:
    """Why the bits of one mode may differ on this CPU from those of the recorded one; None where they must agree.

    A CPU is {"vendor": "GenuineIntel", "family": 6, "model": 85, "flags": ["avx2", …]}, as /proc/cpuinfo says it.
    """
    if mode == "fast":
        return "compute.reproducible: fast promises no equal bits"
    if mode == "machine":
        return _difference_of_machines(recorded_cpu, this_cpu)
    for whose, cpu in (("the recorded CPU", recorded_cpu), ("this CPU", this_cpu)):
        if cpu["vendor"] not in _VENDORS:
            return f"{whose} is of {cpu['vendor']}, and {mode} was seen on Intel and AMD only"
        if missing := [flag for flag in _NEEDED_FLAGS if flag not in cpu["flags"]]:
            return f"{whose} lacks {' and '.join(missing)}, which {mode} needs"
    if mode == "portable" and recorded_cpu["vendor"] != this_cpu["vendor"]:
        return (
            f"portable holds on CPUs of one vendor; recorded on {recorded_cpu['vendor']}, this is {this_cpu['vendor']}"
        )
    return None


def _difference_of_machines(recorded_cpu: dict[str, Any], this_cpu: dict[str, Any]) -> str | None:
    """What makes two CPUs of different kinds, as MKL, oneDNN, NumPy and OpenBLAS see it."""
    for fact in ("vendor", "family", "model"):
        if recorded_cpu[fact] != this_cpu[fact]:
            return (
                f"machine holds on one kind of CPU; recorded on {fact} {recorded_cpu[fact]}, this is {this_cpu[fact]}"
            )
    differing = set(recorded_cpu["flags"]) ^ set(this_cpu["flags"])
    if vector := sorted(flag for flag in differing if flag.startswith(_VECTOR_FLAGS)):
        return f"machine holds on one kind of CPU; this and the recorded one differ in {', '.join(vector)}"
    return None


def derive_seed(seed: int, *purpose: str | int) -> int:
    """A seed for one use: 63 bits of SHA-256 over the project's seed and the purpose."""
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def numpy_generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """A NumPy generator for one use."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(derive_seed(seed, *purpose)))


def seed_torch(seed: int, *purpose: str | int) -> None:
    """Seed torch's global generators for what takes no generator: initial weights, dropout."""
    import torch

    torch.manual_seed(derive_seed(seed, *purpose))

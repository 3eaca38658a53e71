"""Matrix products and square roots whose bits are equal on Intel and AMD CPUs, in place of MKL's."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

# MKL looks at the CPU's vendor. OpenBLAS, in NumPy, runs the code that OPENBLAS_CORETYPE names on every CPU with AVX2,
# and NumPy's square root is the instruction, which IEEE 754 rounds; MKL's starts from an estimate that vendors choose.

_HALVES = (torch.bfloat16, torch.float16)
_FLOATS = (torch.float32, torch.float64, *_HALVES)
_CPU = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
_LARGE = 1 << 21
"""Multiplications from which a product is worth more than one thread."""

_library: torch.library.Library | None = None
_pool: ThreadPoolExecutor | None = None
_n_threads = 1


def install(threads: int) -> None:
    """Compute products and square roots of float tensors on the CPU by NumPy, large products in `threads` threads."""
    global _library, _n_threads, _pool
    remove()
    _n_threads = threads
    _pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None
    kernels = {name: _kernel(name, compute) for name, compute in _OPERATORS.items()}
    _library = torch.library.Library("aten", "IMPL")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Warning only once for all operators")  # that kernels are replaced
        for name, kernel in kernels.items():
            _library.impl(name, kernel, "CPU")


def remove() -> None:
    """Give torch its own kernels back."""
    global _library, _pool
    if _library:
        _library._destroy()
    if _pool:
        _pool.shutdown()
    _library = _pool = None


def _kernel(name: str, compute: Callable[..., Tensor | None]) -> Callable[..., Tensor]:
    """The kernel of one operator: `compute`, or torch's own where that gives None."""
    own = torch.library.get_kernel(f"aten::{name}", "CPU")
    in_place = name.split(".")[0].endswith("_")

    def kernel(*arguments: Any, **named: Any) -> Tensor:
        out = arguments[0] if in_place else named.pop("out", None)
        result = compute(*arguments, **named)
        if result is None:
            into = {} if in_place or out is None else {"out": out}
            answer: Tensor = own.call_boxed(_CPU, *arguments, **named, **into)
            return answer
        return result if out is None else out.resize_(result.shape).copy_(result)

    return kernel


def _product(a: Tensor, b: Tensor) -> Tensor | None:
    """(N, K) @ (K, M), a batch (B, …) of such, (N, K) @ (K,) or (K,) @ (K,); None if that is no product of floats."""
    if a.dtype not in _FLOATS or a.dtype is not b.dtype:
        return None
    rows, columns = a.shape[:-1], b.shape[-1:] if b.ndim > 1 else ()
    if a.shape[-1] != b.shape[-2 if columns else 0] or a.shape[:-2] != b.shape[:-2]:
        return None
    kind = torch.float32 if a.dtype in _HALVES else a.dtype
    result = a.new_empty(rows + columns, dtype=kind)
    _multiply(_array(a.to(kind)), _array(b.to(kind)), result.numpy())
    return result.to(a.dtype)


def _array(tensor: Tensor) -> Any:
    """A view with unit steps along rows or columns, as OpenBLAS takes it; NumPy's own loop for others is slow."""
    return (tensor if 1 in tensor.stride()[-2:] else tensor.contiguous()).detach().numpy()


def _multiply(a: Any, b: Any, out: Any) -> None:
    """Write a @ b into `out`; a large product in equal parts of matrices, rows or columns, one per thread."""
    if _pool is None or out.ndim < 2 or out.size * a.shape[-1] < _LARGE:
        _matmul(a, b, out)
        return
    by_column = out.ndim == 2 and out.shape[0] < out.shape[1]
    parts = []
    for part in _parts(out.shape[1 if by_column else 0]):
        first = a if by_column else a[part]
        second = b[:, part] if by_column else b[part] if out.ndim > 2 else b
        parts.append((first, second, out[:, part] if by_column else out[part]))
    others = [_pool.submit(_matmul, *part) for part in parts[1:]]
    _matmul(*parts[0])
    for other in others:
        other.result()


def _matmul(a: Any, b: Any, out: Any) -> None:
    with np.errstate(all="ignore"):  # inf and NaN come without a word, as torch gives them
        np.matmul(a, b, out=out)


def _parts(size: int) -> list[slice]:
    edges = [size * part // _n_threads for part in range(_n_threads + 1)]
    return [slice(start, stop) for start, stop in pairwise(edges)]


def _add_product(bias: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor | None:
    """The sum beta * bias + alpha * a @ b; with beta 0 the bias does not count, NaN or not."""
    if bias.dtype is not a.dtype:
        return None
    product = _product(a, b)
    if product is None:
        return None
    if alpha != 1:
        product.mul_(alpha)
    return product.add_(bias, alpha=beta) if beta else product


def _root(x: Tensor) -> Tensor | None:
    """The correctly rounded square root of a float tensor, of torch's shape and memory format."""
    if x.dtype not in (torch.float32, torch.float64):
        return None
    result = torch.empty_like(x)
    with np.errstate(invalid="ignore"):  # of negative numbers NaN, without a word, as torch does it
        np.sqrt(x.detach().numpy(), out=result.numpy())
    return result


def _power(x: Tensor, exponent: float) -> Tensor | None:
    """The square root as torch computes it for `x ** 0.5`; None for other exponents."""
    return _root(x) if exponent == 0.5 else None


_OPERATORS: dict[str, Callable[..., Tensor | None]] = {
    **dict.fromkeys(("mm", "mm.out", "bmm", "bmm.out", "dot"), _product),
    **dict.fromkeys(("addmm", "addmm_", "addmm.out", "baddbmm", "baddbmm_", "baddbmm.out"), _add_product),
    **dict.fromkeys(("addmv", "addmv_", "addmv.out"), _add_product),
    **dict.fromkeys(("sqrt", "sqrt_", "sqrt.out"), _root),
    **dict.fromkeys(("pow.Tensor_Scalar", "pow_.Scalar", "pow.Tensor_Scalar_out"), _power),
}

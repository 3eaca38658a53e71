"""Kernels: products and square roots by NumPy are what torch's own are, for every shape, layout and type."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from plumbline import kernels


@pytest.fixture(autouse=True, params=[1, 3])
def installed(request: pytest.FixtureRequest) -> Iterator[None]:
    kernels.install(request.param)
    yield
    kernels.remove()


def own(compute: str, *arguments: Tensor, **named: float) -> Tensor:
    """What torch's own kernel gives, in float64."""
    kernels.remove()
    try:
        result: Tensor = getattr(torch, compute)(*[argument.detach().double() for argument in arguments], **named)
        return result
    finally:
        kernels.install(1)


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


MATRICES = [
    (drawn(5, 7), drawn(7, 3)),
    (drawn(1, 7), drawn(7, 1)),
    (drawn(0, 7), drawn(7, 3)),
    (drawn(5, 0), drawn(0, 3)),
    (drawn(7, 5).t(), drawn(3, 7).t()),
    (drawn(10, 14)[::2, ::2], drawn(14, 6)[::2, ::2]),
    (drawn(1, 7).expand(5, 7), drawn(7, 1).expand(7, 3)),
    (drawn(300, 200), drawn(200, 250)),
    (drawn(200, 300).t(), drawn(250, 200).t()),
    (drawn(64, 999), drawn(999, 640)),
]


@pytest.mark.parametrize(("a", "b"), MATRICES)
def test_a_product_of_matrices_is_torchs(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(torch.mm(a, b).double(), own("mm", a, b), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("n_batches", [0, 1, 4])
def test_a_product_of_batches_is_torchs(n_batches: int) -> None:
    for a, b in MATRICES:
        many = a.expand(n_batches, *a.shape), b.repeat(n_batches, 1, 1).transpose(1, 2).contiguous().transpose(1, 2)
        torch.testing.assert_close(torch.bmm(*many).double(), own("bmm", *many), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("beta", "alpha"), [(1, 1), (0, 1), (0.5, 2), (1, 0)])
def test_a_product_added_to_a_bias_is_torchs(beta: float, alpha: float) -> None:
    for a, b in MATRICES:
        bias = drawn(b.shape[1])
        given = torch.addmm(bias, a, b, beta=beta, alpha=alpha).double()
        torch.testing.assert_close(given, own("addmm", bias, a, b, beta=beta, alpha=alpha), rtol=1e-4, atol=1e-4)


def test_a_bias_without_weight_does_not_count_even_if_nan() -> None:
    nothing = torch.full((2, 4), float("nan"))
    assert torch.equal(torch.addmm(nothing, drawn(2, 3), drawn(3, 4), beta=0), drawn(2, 3) @ drawn(3, 4))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [2, 300])
def test_a_product_too_large_for_a_float_is_infinite_without_a_word(n: int) -> None:
    assert torch.isinf(torch.full((n, n), 1e30) @ torch.full((n, n), 1e30)).all()


def test_products_of_vectors_are_torchs() -> None:
    for a, b in MATRICES:
        torch.testing.assert_close(torch.mv(a, b[:, 0]).double(), own("mv", a, b[:, 0]), rtol=1e-4, atol=1e-4)
    a, b = drawn(1001), drawn(2002)[::2]
    torch.testing.assert_close(torch.dot(a, b).double(), own("dot", a, b), rtol=1e-4, atol=1e-4)


def test_results_in_place_and_into_out_are_the_same() -> None:
    a, b, bias = drawn(5, 7), drawn(7, 3), drawn(5, 3)
    expected, product = torch.addmm(bias, a, b), torch.mm(a, b)
    assert torch.equal(bias.clone().addmm_(a, b), expected)
    assert torch.equal(torch.mm(a, b, out=torch.empty(0)), product)
    assert torch.equal(torch.mm(a, b, out=torch.zeros(3, 5).t()), product)
    assert torch.equal(torch.addmm(bias, a, b, out=bias), expected)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_floats_are_multiplied_too_and_rounded_once(dtype: torch.dtype) -> None:
    a, b = drawn(5, 700).to(dtype), drawn(700, 3).to(dtype)
    given, exact = torch.mm(a, b), a.double().numpy() @ b.double().numpy()
    assert given.dtype is dtype
    tolerance = 1e-12 if dtype is torch.float64 else 1e-3
    torch.testing.assert_close(given.double(), torch.from_numpy(exact).to(dtype).double(), rtol=tolerance, atol=0.01)


def test_what_is_no_float_is_left_to_torch() -> None:
    assert torch.equal(torch.ones(2, 3, dtype=torch.int64) @ torch.ones(3, 2, dtype=torch.int64), torch.full((2, 2), 3))
    assert torch.ones(2, 2, dtype=torch.complex64) @ torch.ones(2, dtype=torch.complex64) is not None


@pytest.mark.parametrize(
    ("a", "b", "text"),
    [
        (drawn(2, 3), drawn(2, 3), "mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)"),
        (drawn(2, 3), drawn(3, 2).double(), "expected m1 and m2 to have the same dtype, but got: float != double"),
    ],
)
def test_a_wrong_product_is_refused_in_torchs_words(a: Tensor, b: Tensor, text: str) -> None:
    with pytest.raises(RuntimeError) as refused:
        torch.mm(a, b)
    assert str(refused.value) == text


def test_gradients_are_right() -> None:
    a, b, bias = (drawn(*shape).double().requires_grad_() for shape in ((4, 3), (3, 2), (2,)))
    torch.autograd.gradcheck(torch.addmm, (bias, a, b))
    torch.autograd.gradcheck(torch.mm, (a.detach().requires_grad_(), b))
    torch.autograd.gradcheck(lambda x: (x**2 + 1).sqrt(), (a,))


def test_a_network_learns_under_autocast_to_bfloat16() -> None:
    network = nn.Linear(6, 2)
    with torch.autocast("cpu", torch.bfloat16):
        output = network(drawn(4, 6))
    output.float().sum().backward()
    assert output.dtype is torch.bfloat16
    assert network.weight.grad is not None
    torch.testing.assert_close(network.weight.grad, drawn(4, 6).sum(0).expand(2, 6), rtol=0.05, atol=0.05)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_square_roots_are_correctly_rounded(dtype: torch.dtype) -> None:
    x = torch.cat([drawn(10_001).to(dtype).abs(), torch.tensor([0.0, -0.0, torch.inf, 1e-42], dtype=dtype)])
    expected = np.sqrt(x.double().numpy() if dtype is torch.float32 else x.numpy()).astype(x.numpy().dtype)
    for roots in (torch.sqrt(x), x**0.5, x.clone().sqrt_(), torch.sqrt(x, out=torch.empty(0, dtype=dtype))):
        assert torch.equal(roots, torch.from_numpy(expected))
    assert torch.sqrt(torch.tensor([-1.0])).isnan().all()
    assert torch.equal(drawn(4, 6).abs()[::2, ::3].t().sqrt(), drawn(4, 6).abs().sqrt()[::2, ::3].t())
    assert torch.sqrt(torch.tensor([4])).item() == 2.0


def test_kernels_can_be_installed_again_and_removed() -> None:
    a, b = drawn(3, 4), drawn(4, 5)
    kernels.install(2)
    assert "kernels.py" in torch._C._dispatch_dump("aten::mm")
    assert torch.equal(torch.mm(a, b), torch.from_numpy(a.numpy() @ b.numpy()))
    kernels.remove()
    kernels.remove()
    assert "kernels.py" not in torch._C._dispatch_dump("aten::mm")
    torch.testing.assert_close(torch.mm(a, b), torch.from_numpy(a.numpy() @ b.numpy()))


def test_numpy_multiplies_by_openblas() -> None:
    assert "openblas" in np.show_config("dicts")["Build Dependencies"]["blas"]["name"]

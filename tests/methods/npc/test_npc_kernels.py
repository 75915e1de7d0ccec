"""The kernels: implementations pass the checker on real embeddings, and the checker rejects wrong outputs."""

import importlib
from typing import Any

import numpy as np
import pytest
import torch

from harness.kernels.contract import Kernel, Mismatch
from harness.kernels.process import missing
from methods.npc import real_networks
from methods.npc.composition_kernel import KERNEL as COMPOSITION
from methods.npc.composition_kernel import _spread
from methods.npc.neighbours_kernel import KERNEL as NEIGHBOURS


@pytest.fixture(autouse=True)
def digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digits of scikit-learn, without the program's cache, and a short training."""
    from tests.noisy_digits import digits as bundled

    monkeypatch.setattr(
        real_networks, "images_of", lambda source: (bundled().images[:1200], bundled().targets[:1200])
    )
    monkeypatch.setattr(real_networks, "EPOCHS", 2)


def prepared(kernel: Kernel, name: str, point: Any, data: Any, threads: int = 1) -> Any:
    module, _, function = kernel.implementation(name).target.partition(":")
    return getattr(importlib.import_module(module), function)(point, data, threads)()


@pytest.mark.parametrize(
    ("kernel", "name"),
    [(kernel, entry.name) for kernel in (COMPOSITION, NEIGHBOURS) for entry in kernel.implementations],
)
def test_every_implementation_passes_the_checker(kernel: Kernel, name: str) -> None:
    if absent := missing(kernel.implementation(name)):
        pytest.skip(f"needs {absent}")
    (point,) = kernel.cases("smoke")
    data = kernel.data(point, 0)
    expected = kernel.reference(point, data)
    output = prepared(kernel, name, point, data, 2)
    kernel.check(point, data, name, output, expected)
    cost = kernel.cost(point, data)
    assert cost.flops > 0
    assert cost.bytes > 0
    assert all(map(np.isfinite, kernel.quality(point, data, name, output, expected).values()))


def test_wrong_shares_are_rejected() -> None:
    (point,) = NEIGHBOURS.cases("smoke")
    data = NEIGHBOURS.data(point, 0)
    expected = NEIGHBOURS.reference(point, data)
    right = prepared(NEIGHBOURS, "blocked", point, data)
    for wrong, message in (
        (right[1:], "shares of shape"),
        (right * 1.1, "do not sum to 1"),
        (np.roll(right, 1, axis=0), "queries differ"),
    ):
        with pytest.raises(Mismatch, match=message):
            NEIGHBOURS.check(point, data, "blocked", wrong, expected)


def test_wrong_compositions_are_rejected() -> None:
    (point,) = COMPOSITION.cases("smoke")
    data = COMPOSITION.data(point, 0)
    expected = COMPOSITION.reference(point, data)
    right = prepared(COMPOSITION, "one pass", point, data)
    for wrong, message in (
        (right[1:], "p of shape"),
        (right + 0.001, "differs by 0.001"),
        (torch.full_like(right, torch.nan), "differs by nan"),
        (torch.from_numpy(data["probabilities"]), "from the definition"),
    ):
        with pytest.raises(Mismatch, match=message):
            COMPOSITION.check(point, data, "one pass", wrong, expected)


def test_inputs_are_the_same_for_the_same_seed() -> None:
    (point,) = NEIGHBOURS.cases("smoke")
    one, two, other = (NEIGHBOURS.data(point, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one["points"], two["points"])
    assert one["points"].shape != other["points"].shape or not np.array_equal(one["points"], other["points"])


def test_spread_probabilities_are_those_of_their_owners() -> None:
    given = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    found = _spread(given, 8, np.random.default_rng(0))
    assert found.shape == (2, 8)
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize("kernel", [COMPOSITION, NEIGHBOURS])
def test_targets_name_cases_and_implementations(kernel: Kernel) -> None:
    from fnmatch import fnmatch

    names = {entry.name for entry in kernel.implementations}
    cases = [case.name for profile in ("smoke", "standard", "paper") for case in kernel.cases(profile)]
    for target in kernel.targets:
        assert any(fnmatch(name, target.case) for name in cases), target.case
        assert not target.against or target.against in names

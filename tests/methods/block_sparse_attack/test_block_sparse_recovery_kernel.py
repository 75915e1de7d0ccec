"""The declaration of the kernel: its inputs, checker, exclusions and targets."""

from fnmatch import fnmatchcase

import numpy as np
import pytest

from harness.kernels.contract import Mismatch
from methods.block_sparse_attack import implementations
from methods.block_sparse_attack.generated import attacked_images
from methods.block_sparse_attack.kernel import KERNEL

SMALL = next(point for point in KERNEL.cases("smoke") if point["program"] == "penalised")


@pytest.mark.parametrize("signals", [0, 1, 3])
def test_generated_images(signals: int) -> None:
    drawn, again = attacked_images(3, signals, 7), attacked_images(3, signals, 7)
    assert drawn.atoms.tobytes() == again.atoms.tobytes()
    assert drawn.signals.shape == (signals, 784)
    assert not np.array_equal(drawn.atoms, attacked_images(3, signals, 8).atoms)
    np.testing.assert_allclose(np.linalg.norm(drawn.atoms, axis=0), 1)
    assert (drawn.atoms[:, :30] >= 0).all()
    assert (drawn.signals >= 0).all()
    assert (drawn.signals <= 1).all()


@pytest.mark.parametrize("name", ["newton", "proximal-gradient", "coordinate-descent"])
def test_checker_takes_ours_and_refuses_what_is_wrong(name: str) -> None:
    data = KERNEL.data(SMALL, 0)
    prepared = getattr(implementations, name.replace("-", "_"))(SMALL, data, 1)
    codes = getattr(prepared, "call", prepared)()
    expected = KERNEL.reference(SMALL, data)
    KERNEL.check(SMALL, data, name, codes, expected)
    assert 0 <= KERNEL.quality(SMALL, data, name, codes, expected)["gap"] <= SMALL["tol"]
    for wrong, message in (
        (1.01 * codes, "gap is"),
        (codes[:, :-1], "codes have shape"),
        (codes * np.nan, "NaN"),
    ):
        with pytest.raises(Mismatch, match=message):
            KERNEL.check(SMALL, data, name, wrong, expected)
    with pytest.raises(Mismatch, match="objective of the first signal"):
        KERNEL.check(SMALL, data, name, codes, 0.9 * expected)


def test_every_target_has_a_case_and_runs_what_it_compares() -> None:
    cases = list(KERNEL.cases("standard"))
    everywhere = [point for profile in ("smoke", "standard", "paper") for point in KERNEL.cases(profile)]
    for target in KERNEL.targets:
        matching = [point for point in cases if fnmatchcase(point.name, target.case)]
        assert matching, target.case
        for name in (KERNEL.headline, target.against or KERNEL.headline):
            assert all(KERNEL.excluded(point, name) is None for point in matching)
    for name in (entry.name for entry in KERNEL.implementations):
        assert any(KERNEL.excluded(point, name) is None for point in everywhere), name


def test_cost_counts_two_products_a_signal() -> None:
    data = KERNEL.data(SMALL, 0)
    assert KERNEL.cost(SMALL, data).flops == 4 * 784 * SMALL["p"] * SMALL["signals"]

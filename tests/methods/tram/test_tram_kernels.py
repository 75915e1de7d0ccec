"""Kernels and claims of TRAM: implementations pass their checkers, wrong outputs do not, names exist."""

import importlib
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import pytest

from harness.claims.quantities import KernelSpeed
from harness.kernels.contract import Kernel, Mismatch
from methods.tram.claims import CLAIMS
from methods.tram.marginalisation_kernel import KERNEL as MARGINALISATION
from methods.tram.roster import ROSTER
from methods.tram.step_kernel import KERNEL as STEP

KERNELS = {kernel.name: kernel for kernel in (MARGINALISATION, STEP)}
_prepared: dict[str, Any] = {}


def prepared(kernel: Kernel) -> tuple[Any, Any, Any]:
    """Return the first smoke case with its data and reference."""
    if kernel.name not in _prepared:
        point = next(iter(kernel.cases("smoke")))
        data = kernel.data(point, 0)
        _prepared[kernel.name] = point, data, kernel.reference(point, data)
    return _prepared[kernel.name]


def output(kernel: Kernel, name: str) -> Any:
    point, data, _ = prepared(kernel)
    module, _, function = kernel.implementation(name).target.partition(":")
    call = getattr(importlib.import_module(module), function)(point, data, 1)
    call()
    return call()


@pytest.mark.parametrize(("name", "entry"), [(k.name, e.name) for k in KERNELS.values() for e in k.implementations])
def test_every_implementation_passes_the_checker(name: str, entry: str) -> None:
    kernel = KERNELS[name]
    point, data, expected = prepared(kernel)
    found = output(kernel, entry)
    kernel.check(point, data, entry, found, expected)
    assert all(value < 1e-6 for value in kernel.quality(point, data, entry, found, expected).values())
    assert kernel.cost(point, data).flops > 0


def test_data_are_repeatable() -> None:
    point, data, _ = prepared(MARGINALISATION)
    assert np.array_equal(MARGINALISATION.data(point, 0).embeddings, data.embeddings)
    assert not np.array_equal(MARGINALISATION.data(point, 1).embeddings, data.embeddings)
    point, data, _ = prepared(STEP)
    assert STEP.data(point, 0).batch.label.equal(data.batch.label)


def test_the_exact_case_has_one_vector_an_annotator() -> None:
    point, data, _ = prepared(MARGINALISATION)
    assert point["of"] == "annotators"
    assert len(data.over.points) == point["vectors"] == 20


def test_the_marginalisations_checker_refuses_wrong_outputs() -> None:
    point, data, expected = prepared(MARGINALISATION)
    right = output(MARGINALISATION, "compiled")
    for wrong in (right + 1e-4, np.where(np.arange(10) == 3, np.nan, right)):
        with pytest.raises(Mismatch, match="probabilities differ by"):
            MARGINALISATION.check(point, data, "compiled", wrong, expected)
    with pytest.raises(Mismatch, match=r"probabilities have shape \(3, 10\), expected"):
        MARGINALISATION.check(point, data, "compiled", right[:3], expected)


def test_the_steps_checker_refuses_wrong_outputs() -> None:
    point, data, expected = prepared(STEP)
    right = output(STEP, "tram")
    other = output(STEP, "no-pi")
    with pytest.raises(Mismatch, match="the marginal loss is"):
        STEP.check(
            point,
            data,
            "tram",
            replace(right, losses={**right.losses, "marginal": 0 * right.losses["marginal"]}),
            expected,
        )
    with pytest.raises(Mismatch, match="losses are"):
        STEP.check(point, data, "tram", other, expected)
    with pytest.raises(Mismatch, match="gradients differ by"):
        STEP.check(point, data, "tram", replace(right, body=other.body), expected)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_profiles_and_targets_name_cases_and_implementations(kernel: Kernel) -> None:
    names = {entry.name for entry in kernel.implementations}
    assert kernel.headline in names
    for profile in ("smoke", "standard", "paper"):
        cases = [point.name for point in kernel.cases(profile)]
        assert len(set(cases)) == len(cases) > 0
    standard = [point.name for point in kernel.cases("standard")]
    for target in kernel.targets:
        assert any(fnmatchcase(name, target.case) for name in standard)
        assert target.against in {*names, ""}


def test_large_cases_exclude_what_does_not_fit() -> None:
    points = {point["vectors"]: point for point in MARGINALISATION.cases("paper") if point["of"] == "drawn"}
    assert MARGINALISATION.excluded(points[1000], "naive") is None
    assert "half a gigabyte" in str(MARGINALISATION.excluded(points[3000], "naive"))
    assert "timed up to 10,000" in str(MARGINALISATION.excluded(points[30_000], "in chunks"))
    assert MARGINALISATION.excluded(points[30_000], "compiled") is None


def test_claims_name_our_contenders_and_kernels() -> None:
    ours = {entry.name for entry in ROSTER.contenders}
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)
    assert [claim.name for claim in CLAIMS if claim.headline] == ["tram-beats-no-pi-at-the-last-epoch"]
    for claim in CLAIMS:
        for quantity in claim.quantities:
            if isinstance(quantity, KernelSpeed):
                kernel = KERNELS[quantity.kernel]
                assert any(fnmatchcase(point.name, quantity.case) for point in kernel.cases("standard"))
                assert quantity.against in {entry.name for entry in kernel.implementations}
            else:
                assert ours & {term.contender for term in quantity.terms}
    assert {entry.name for entry in ROSTER.kernels} == set(KERNELS)

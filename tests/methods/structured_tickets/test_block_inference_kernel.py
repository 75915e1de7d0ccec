"""The declaration: cases, checker, cost, quality, targets."""

import importlib
import math
import subprocess
import sys
from fnmatch import fnmatch

import numpy as np
import pytest
import torch

from harness.kernels.contract import Mismatch, Timed
from methods.structured_tickets.inference.kernel import IN_SHARES, KERNEL
from methods.structured_tickets.inference.timed import Routed

SMOKE = list(KERNEL.cases("smoke"))


def run(case, data, name):
    module, _, function = KERNEL.implementation(name).target.partition(":")
    call = getattr(importlib.import_module(module), function)(case, data, 1)
    return call.call() if isinstance(call, Timed) else call()


@pytest.mark.parametrize("case", SMOKE, ids=lambda case: case.name)
def test_every_implementation_passes_the_checker(case):
    data = KERNEL.data(case, 0)
    expected = KERNEL.reference(case, data)
    for implementation in KERNEL.implementations:
        if KERNEL.excluded(case, implementation.name) is None:
            output = run(case, data, implementation.name)
            KERNEL.check(case, data, implementation.name, output, expected)
            figures = KERNEL.quality(case, data, implementation.name, output, expected)
            assert figures["kept"] == pytest.approx(case["kept"], abs=5e-4)
            assert all(math.isfinite(value) for value in figures.values())
            assert ("on_blocks" in figures) == (implementation.role == "ours")


@pytest.mark.parametrize("case", SMOKE, ids=lambda case: case.name)
@pytest.mark.parametrize("name", ["blocks", "dispatch", "conv2d", "torch-csr"])
def test_the_checker_sees_what_is_wrong(case, name):
    data = KERNEL.data(case, 0)
    expected = KERNEL.reference(case, data)
    output = run(case, data, name)

    def changed(values):
        return output._replace(values=values) if isinstance(output, Routed) else values

    values = (output.values if isinstance(output, Routed) else output).clone()
    for wrong in (1e-2, float("nan"), float("inf")):
        spoilt = values.clone()
        spoilt[(0,) * values.ndim] += wrong
        with pytest.raises(Mismatch, match=f"{name} is off by"):
            KERNEL.check(case, data, name, changed(spoilt), expected)
    cut = values[..., :0] if name in IN_SHARES else values[: len(values) // 2]
    with pytest.raises(Mismatch, match=f"{name} gives the shape"):
        KERNEL.check(case, data, name, changed(cut), expected)


def test_data_are_repeated_by_the_seed():
    for case in SMOKE:
        first, again, other = (KERNEL.data(case, seed)["images"] for seed in (3, 3, 4))
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


def test_weights_are_zero_outside_blocks():
    data = KERNEL.data(SMOKE[0], 0)
    weight = data["weight"].reshape(len(data["weight"]), -1).copy()
    for rows, columns in data["blocks"]:
        assert np.count_nonzero(weight[np.ix_(rows, columns)]) == len(rows) * len(columns)
        weight[np.ix_(rows, columns)] = 0
    assert not weight.any()


def test_cost_counts_products_with_values_inside_the_image():
    case = SMOKE[0]
    data = KERNEL.data(case, 0)
    ones = torch.nn.functional.unfold(torch.ones(1, 16, 8, 8), 3, padding=1)[0]
    kept = torch.from_numpy(data["weight"] != 0).reshape(32, -1).float()
    cost = KERNEL.cost(case, data)
    assert cost.flops == 2 * 20 * (kept @ ones).sum().item()
    assert cost.bytes == 4 * (kept.sum().item() + 20 * 16 * 64 + 20 * 32 * 64)
    assert cost.flops < 2 * case.size
    network = KERNEL.data(SMOKE[2], 0)
    assert 0 < KERNEL.cost(SMOKE[2], network).flops < 2 * SMOKE[2].size


def test_standard_is_the_published_ticket_and_every_target_has_a_case():
    cases = list(KERNEL.cases("standard"))
    assert [case["layer"] for case in cases] == [
        *(
            "conv3_1",
            "conv3_2",
            "conv3_3",
            "conv4_1",
            "conv4_2",
            "conv4_3",
            "conv5_1",
            "conv5_2",
            "conv5_3",
            "vgg16",
        )
    ]
    kept = [0.796, 0.679, 0.603, 0.430, 0.203, 0.118, 0.074, 0.069, 0.089, 0.208]
    assert [case["kept"] for case in cases] == pytest.approx(kept, abs=6e-4)
    names = {implementation.name for implementation in KERNEL.implementations}
    for target in KERNEL.targets:
        matching = [case for case in cases if fnmatch(case.name, target.case)]
        assert matching
        assert target.against in names
        assert {target.name or KERNEL.headline} <= names
        assert all(KERNEL.excluded(case, target.against) is None for case in matching)
    assert len(set(KERNEL.cases("paper"))) == len(cases) + 3


def test_the_declaration_is_light():
    heavy = "{'torch', 'numba', 'scipy', 'llvmlite'}"
    code = f"import sys, methods.structured_tickets.inference.kernel; print({heavy} & set(sys.modules))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "set()"

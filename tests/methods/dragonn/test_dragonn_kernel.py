"""The declaration: every implementation passes its checker, and the checker refuses what is wrong."""

import importlib
from typing import Any

import numpy as np
import pytest

from baselines.gradients.pairs import Pairs
from harness.kernels.contract import Mismatch, case
from methods.dragonn.digits_gradient import backward, digits_gradient
from methods.dragonn.inputs import gradient, tile
from methods.dragonn.kernel import KERNEL

SMALL = [
    case(size=20_011, n=20_011.0, density=density, values=values)
    for density, values in ((0.01, "normal"), (0.1, "laplace"), (0.06, "student"), (0.05, "gradient"))
]


def prepared(name: str, point: Any, data: Any, threads: int = 1) -> Any:
    module, _, function = KERNEL.implementation(name).target.partition(":")
    return getattr(importlib.import_module(module), function)(point, data, threads)


@pytest.mark.filterwarnings("ignore:.*elements reach the threshold:RuntimeWarning")
@pytest.mark.parametrize("name", [entry.name for entry in KERNEL.implementations])
def test_every_implementation_passes_the_checker(name: str) -> None:
    for point in SMALL:
        if KERNEL.excluded(point, name):
            assert name in ("hash-triton", "hash-sampled")
            continue
        data = KERNEL.data(point, 0)
        expected = KERNEL.reference(point, data)
        for threads in (1, 2):
            call = prepared(name, point, data, threads)
            call()
            output = call()
            KERNEL.check(point, data, name, output, expected)
            figures = KERNEL.quality(point, data, name, output, expected)
            assert all(np.isfinite(figure) for figure in figures.values())
            assert 0 <= figures["kept"] <= 1


@pytest.mark.parametrize(
    "name", ["hash", "hash-table", "hash-probe2", "append", "topk", "dgc", "redsync", "random-k"]
)
def test_the_checker_refuses_wrong_outputs(name: str) -> None:
    point = SMALL[0]
    data = KERNEL.data(point, 0)
    expected = KERNEL.reference(point, data)
    right = prepared(name, point, data)()
    there = right.index >= 0
    index, value = right.index[there].copy(), right.value[there].copy()
    small = np.flatnonzero(np.abs(data["gradient"]) < 0.01)[: len(index)].astype(np.int32)
    wrong = {
        "int32 and float32": Pairs(index.astype(np.int64), value),
        "contiguous": Pairs(np.repeat(index, 2)[::2], value),
        "repeated": Pairs(np.append(index, index[:1]), np.append(value, value[:1])),
        "values are not": Pairs(index, -value),
        "indices span": Pairs(np.append(index[:-1], np.int32(20_011)), value),
    }
    if name != "random-k":
        wrong["expected|larger"] = (
            Pairs(small, data["gradient"][small]) if name != "dgc" else Pairs(index[:9], value[:9])
        )
    for message, output in wrong.items():
        with pytest.raises(Mismatch, match=message):
            KERNEL.check(point, data, name, output, expected)


def test_the_checker_refuses_a_table_that_keeps_too_few() -> None:
    from methods.dragonn import kernel

    with pytest.raises(Mismatch, match="standard deviations from the law"):
        kernel._lawful(5.5, 10_000)
    kernel._lawful(5.5, 10)


def test_profiles_targets_and_pools() -> None:
    for profile, count in (("smoke", 3), ("standard", 9), ("paper", 48)):
        cases = list(KERNEL.cases(profile))
        assert len({point.name for point in cases}) == len(cases) == count
        assert all(1 <= KERNEL.pool(point) <= 200 for point in cases)
    named = {point.name for point in KERNEL.cases("standard")}
    names = {entry.name for entry in KERNEL.implementations}
    assert {target.case for target in KERNEL.targets} <= {*named, "*"}
    assert {target.against for target in KERNEL.targets} <= {*names, ""}


@pytest.mark.parametrize("values", ["normal", "laplace", "student", "gradient"])
@pytest.mark.parametrize("size", [1000, 301_067, 1_000_000, 2_500_000])
def test_inputs_are_repeatable_and_reach_the_threshold_as_often_as_asked(values: str, size: int) -> None:
    x, threshold = gradient(values, size, size // 50, 3)
    again, same = gradient(values, size, size // 50, 3)
    other, _ = gradient(values, size, size // 50, 4)
    assert np.array_equal(x, again)
    assert threshold == same
    assert not np.array_equal(x, other)
    assert np.count_nonzero(np.abs(x) >= threshold) == pytest.approx(size // 50, rel=0.1)


def test_unknown_values() -> None:
    with pytest.raises(ValueError, match="values is 'cauchy'; allowed are 'normal'"):
        tile("cauchy", 10, 0)


def test_the_recorded_gradient_is_a_gradient() -> None:
    rng = np.random.default_rng(0)
    layers = [(rng.normal(size=(4, 3)), rng.normal(size=4)), (rng.normal(size=(2, 4)), rng.normal(size=2))]
    images, digits = rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])

    def loss() -> float:
        hidden = np.maximum(images @ layers[0][0].T + layers[0][1], 0)
        logits = hidden @ layers[1][0].T + layers[1][1]
        return float(np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(5), digits]))

    for layer, parts in enumerate(backward(layers, images, digits)):
        for parameter, derivative in zip(layers[layer], parts, strict=True):
            flat = parameter.reshape(-1)
            for k in range(flat.size):
                flat[k] += 1e-6
                above = loss()
                flat[k] -= 2e-6
                below = loss()
                flat[k] += 1e-6
                assert derivative.reshape(-1)[k] == pytest.approx((above - below) / 2e-6, abs=1e-8)
    recorded = digits_gradient(0)
    assert recorded.shape == (301_066,)
    assert np.isfinite(recorded).all()
    assert np.count_nonzero(recorded) / recorded.size > 0.2

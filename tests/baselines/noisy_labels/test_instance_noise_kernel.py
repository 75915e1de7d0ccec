"""The kernel: every implementation passes its checker, and the checker refuses what is wrong."""

import importlib
from typing import Any

import numpy as np
import pytest

from baselines.noisy_labels.instance_noise_fused import grouped
from baselines.noisy_labels.instance_noise_inputs import InstanceNoiseInputs, noise_inputs
from baselines.noisy_labels.instance_noise_kernel import KERNEL
from harness.kernels.contract import Mismatch, Timed, case

POINT = case(size=301, images="digits", n=301)
NAMES = [entry.name for entry in KERNEL.implementations]


@pytest.fixture(scope="module")
def data() -> InstanceNoiseInputs:
    return noise_inputs("digits", 301, 0)


@pytest.fixture(scope="module")
def expected(data: InstanceNoiseInputs) -> np.ndarray:
    return np.asarray(KERNEL.reference(POINT, data))


def prepared(name: str, data: InstanceNoiseInputs) -> Timed:
    module, _, function = KERNEL.implementation(name).target.partition(":")
    found: Any = getattr(importlib.import_module(module), function)(POINT, data, 1)
    return found if isinstance(found, Timed) else Timed(found)


@pytest.mark.parametrize("name", NAMES)
def test_every_implementation_passes_the_checker(name: str, data: Any, expected: np.ndarray) -> None:
    call = prepared(name, data)
    assert call.share == 1.0
    for _ in range(2):
        KERNEL.check(POINT, data, name, call.call(), expected)


def test_all_draw_the_same_labels(data: InstanceNoiseInputs) -> None:
    labels = {name: prepared(name, data).call() for name in NAMES}
    for name in NAMES:
        assert np.array_equal(labels[name], labels["published"]), name
    assert 0.3 < np.mean(labels["published"] != data.targets) < 0.5


def test_the_reference_is_made_of_probabilities(data: InstanceNoiseInputs, expected: np.ndarray) -> None:
    chances = np.diff(expected, axis=1, prepend=0)
    assert chances.min() >= -1e-12
    assert np.allclose(expected[:, -1], 1)
    assert np.allclose(chances[np.arange(301), data.targets], 1 - data.rates)


def wrong_labels(data: InstanceNoiseInputs) -> dict[str, np.ndarray]:
    right = prepared("products", data).call()
    shifted, far = right.copy(), right.copy()
    shifted[5] = (shifted[5] + 1) % 10
    far[7] = 10
    return {
        "1 of 301 labels are not those of their numbers": shifted,
        r"expected \(301,\) int64": right[:-1],
        "labels are int32": right.astype(np.int32),
        r"labels span 0 \.\. 10; expected 0 \.\. 9": far,
        "labels are not those of their numbers": np.zeros(301, np.int64),
    }


@pytest.mark.parametrize("number", range(5))
def test_the_checker_refuses_wrong_labels(number: int, data: InstanceNoiseInputs, expected: np.ndarray) -> None:
    message, output = list(wrong_labels(data).items())[number]
    with pytest.raises(Mismatch, match=message):
        KERNEL.check(POINT, data, "fused", output, expected)


def test_a_bound_between_labels_may_round_either_way() -> None:
    data = InstanceNoiseInputs(*[np.zeros((1, 1))] * 4, np.array([0.5]))
    sums = np.array([[0.5 + 1e-6, 1.0]])
    for label in (0, 1):
        KERNEL.check(POINT, data, "fused", np.array([label]), sums)
    with pytest.raises(Mismatch, match="are not those of their numbers"):
        KERNEL.check(POINT, data, "fused", np.array([1]), np.array([[0.6, 1.0]]))


def test_groups_are_of_one_class_and_hold_every_image_once() -> None:
    targets = np.array([2, 0, 2, 2, 0, 2, 2, 3])
    found = grouped(targets, 5)
    assert found.tolist() == [[1, 4, -1, -1], [0, 2, 3, 5], [6, -1, -1, -1], [7, -1, -1, -1]]
    assert grouped(np.zeros(0, np.int64), 3).shape == (0, 4)


def test_inputs_are_those_of_the_seed() -> None:
    first, again, other = (noise_inputs("digits", 50, seed) for seed in (0, 0, 1))
    assert np.array_equal(first.uniform, again.uniform)
    assert not np.array_equal(first.uniform, other.uniform)
    assert np.array_equal(first.rows, other.rows)
    assert first.rows.dtype == first.projections.dtype == np.float32
    assert first.rows.max() <= 1


def test_the_cost_counts_images_once(data: InstanceNoiseInputs) -> None:
    cost = KERNEL.cost(POINT, data)
    assert cost.flops == 2 * 301 * 64 * 10
    assert cost.bytes == 301 * 64 * 4 + 301 * 32


def test_mnist_is_a_case_where_it_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    from baselines.noisy_labels import instance_noise_inputs

    monkeypatch.setattr(instance_noise_inputs, "is_here", lambda name: False)
    assert [point["images"] for point in KERNEL.cases("paper")] == ["digits"]
    monkeypatch.setattr(instance_noise_inputs, "is_here", lambda name: True)
    assert [point["n"] for point in KERNEL.cases("standard")] == [1797, 2000, 6000, 20_000]
    assert [point["n"] for point in KERNEL.cases("smoke")] == [500]

"""Noise by class, by image and by likeness: rates, structure, and plain loops as oracles."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from harness.protocols.noisy_labels.noise.synthetic import (
    MAPS,
    asymmetric,
    instance_dependent,
    instance_labels,
    inverted,
    noise_named,
    similarity_dependent,
    symmetric,
    transition_of,
    truncated_normal,
)

MANY = 100_000


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("rate", "classes"), [(0.2, 10), (0.5, 10), (0.8, 10), (0.3, 2), (0.9, 10)])
def test_symmetric_noise_has_its_rate_and_is_uniform(rate: float, classes: int) -> None:
    targets = np.arange(MANY) % classes
    noisy = symmetric(targets, rate, classes, rng())
    assert abs(np.mean(noisy != targets) - rate) < 3 * np.sqrt(rate * (1 - rate) / MANY)
    shares = transition_of(targets, noisy, classes)
    off = shares[~np.eye(classes, dtype=bool)]
    other = rate / (classes - 1)
    assert np.abs(off - other).max() < 5 * np.sqrt(other * (1 - other) / (MANY / classes))


@pytest.mark.parametrize("rate", [-0.1, 0.91, float("nan")])
def test_symmetric_noise_beyond_the_uniform_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=r"rate must lie in 0\.\.0\.9, got"):
        symmetric(np.arange(10), rate, 10, rng())


@pytest.mark.parametrize("name", MAPS)
def test_asymmetric_noise_maps_classes(name: str) -> None:
    targets = np.arange(MANY) % 10
    shares = transition_of(targets, asymmetric(targets, 0.4, MAPS[name], rng()), 10)
    assert ((shares > 0).sum(axis=1) <= 2).all()
    for label, mapped in enumerate(MAPS[name]):
        expected = 1.0 if mapped == label else 0.4
        assert abs(shares[label, mapped] - expected) < 5 * np.sqrt(0.24 / (MANY / 10))


def test_published_maps() -> None:
    assert MAPS["mnist"] == (0, 1, 7, 8, 4, 6, 5, 7, 8, 9)
    assert MAPS["fashion-mnist"] == (6, 1, 4, 3, 4, 7, 6, 7, 8, 9)
    assert MAPS["cifar10"] == (0, 1, 0, 5, 7, 3, 6, 7, 8, 1)


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_no_noise_and_all_noise(rate: float) -> None:
    targets = np.arange(100) % 10
    mapped = np.array(MAPS["mnist"])[targets]
    assert np.array_equal(asymmetric(targets, rate, MAPS["mnist"], rng()), mapped if rate else targets)
    assert np.array_equal(symmetric(targets, 0.0, 10, rng()), targets)


@pytest.mark.parametrize(("rate", "mean"), [(0.4, 0.4), (0.2, 0.2055)])
def test_instance_noise_has_the_mean_of_the_truncated_normal(rate: float, mean: float) -> None:
    random = rng(3)
    targets = random.integers(10, size=30_000)
    noisy = instance_dependent(random.random((30_000, 12), np.float32), targets, rate, 10, random)
    assert abs(np.mean(noisy != targets) - mean) < 3 * np.sqrt(mean * (1 - mean) / 30_000)
    drawn = truncated_normal(rate, MANY, random)
    assert 0 <= drawn.min() <= drawn.max() <= 1
    assert abs(drawn.mean() - mean) < 4 * 0.1 / np.sqrt(MANY) + 5e-5


def test_instance_noise_depends_on_the_image() -> None:
    random = rng(1)
    rows = np.repeat(random.random((2, 30), np.float32), 4000, axis=0)
    targets = np.full(8000, 3)
    noisy = instance_dependent(rows, targets, 0.5, 10, random)
    first, second = (np.bincount(part, minlength=10) / 4000 for part in np.split(noisy, 2))
    assert abs(first[3] - second[3]) < 0.05
    assert np.abs(first - second).max() > 0.2


def looped(
    rows: np.ndarray, targets: np.ndarray, rates: np.ndarray, projections: np.ndarray, uniform: np.ndarray
) -> list[int]:
    """The definition, one image at a time, with Python's sums."""
    found = []
    for x, y, q, u in zip(rows, targets, rates, uniform, strict=True):
        scores = [
            float(np.dot(x.astype(float), projections[y][:, k].astype(float))) for k in range(len(projections))
        ]
        wrong = [k for k in range(len(projections)) if k != y]
        largest = max(scores[k] for k in wrong)
        total = sum(np.exp(scores[k] - largest) for k in wrong)
        chances = [1 - q if k == y else q * np.exp(scores[k] - largest) / total for k in range(len(projections))]
        below, label = 0.0, 0
        for k, chance in enumerate(chances[:-1]):
            below += chance
            if u >= below:
                label = k + 1
        found.append(label)
    return found


@pytest.mark.parametrize(("classes", "scale"), list(product((2, 5), (1e-6, 1.0, 1e3))))
def test_instance_noise_is_that_of_a_plain_loop(classes: int, scale: float) -> None:
    random = rng(classes)
    rows = (scale * random.random((300, 7))).astype(np.float64)
    targets = random.integers(classes, size=300)
    numbers = (random.random(300), random.standard_normal((classes, 7, classes)), random.random(300))
    assert instance_labels(rows, targets, *numbers).tolist() == looped(rows, targets, *numbers)


def test_a_class_without_images_and_no_images() -> None:
    random = rng()
    noisy = instance_dependent(random.random((500, 4)), np.full(500, 2), 0.4, 3, random)
    assert set(noisy) == {0, 1, 2}
    assert len(instance_dependent(np.zeros((0, 4)), np.zeros(0, np.int64), 0.4, 3, random)) == 0


def test_similar_images_are_confused() -> None:
    rows, targets = load_digits(return_X_y=True)
    rows, targets = rows[:600] / 16, targets[:600]
    noisy = similarity_dependent(rows, targets, 0.2, 10, rng())
    assert np.count_nonzero(noisy != targets) == 120  # every one of the least sure images gets a wrong label
    shares = transition_of(targets, noisy, 10)
    off = shares[~np.eye(10, dtype=bool)]
    assert off.max() > 5 * off.mean(), "some pairs of classes must be confused far more than others"


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=5), st.data())
def test_inversion_picks_the_interval_of_the_number(rows: list[list[float]], data: st.DataObject) -> None:
    chances = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    numbers = np.array(
        data.draw(st.lists(st.floats(0, 1, exclude_max=True), min_size=len(rows), max_size=len(rows)))
    )
    for row, number, label in zip(chances, numbers, inverted(chances, numbers), strict=True):
        sums = np.cumsum(row)
        assert 0 <= label < 3
        assert number * sums[-1] < sums[label]
        assert label == 0 or number * sums[-1] >= sums[label - 1]


def test_inversion_stays_in_range_at_the_largest_number() -> None:
    chances = np.full((1, 10), 0.1)
    assert inverted(chances, np.array([np.nextafter(1.0, 0.0)])).tolist() == [9]


def test_transition_by_hand() -> None:
    shares = transition_of(np.array([0, 0, 0, 2]), np.array([0, 1, 1, 2]), 3)
    assert np.allclose(shares, [[1 / 3, 2 / 3, 0], [0, 0, 0], [0, 0, 1]])


@pytest.mark.parametrize(
    ("name", "mapping", "message"),
    [
        (
            "pairwise",
            "",
            "noise must be one of asymmetric, symmetric, instance-dependent, similarity-dependent, got",
        ),
        ("asymmetric", "", "mapping must be one of mnist, fashion-mnist, cifar10, got ''"),
    ],
)
def test_unknown_noises_are_named(name: str, mapping: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        noise_named(name, mapping)


@pytest.mark.parametrize("name", ["asymmetric", "instance-dependent", "similarity-dependent"])
@pytest.mark.parametrize("rate", [-0.1, 1.1])
def test_rates_outside_0_to_1_are_refused(name: str, rate: float) -> None:
    with pytest.raises(ValueError, match=r"rate must lie in 0\.\.1, got"):
        noise_named(name, "mnist")(rng().random((20, 3)), np.arange(20) % 10, rate, 10, rng())


@pytest.mark.parametrize("name", ["symmetric", "asymmetric", "instance-dependent"])
def test_equal_generators_give_equal_labels(name: str) -> None:
    rows, targets = rng().random((200, 5)), np.arange(200) % 10
    first, second = (noise_named(name, "mnist")(rows, targets, 0.3, 10, rng(7)) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, targets)

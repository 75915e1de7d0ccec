"""Simulated annotators: who labels what, how often they are right, their times; and annotators like people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.noisy_labels.arrays import Annotations
from harness.protocols.noisy_labels.noise.annotators import Annotators, HumanLikeAnnotators, tempered

TARGETS = np.arange(20_000) % 10


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def reliabilities(crowd: Annotations, targets: np.ndarray) -> np.ndarray:
    """Share of right labels of each annotator."""
    right = crowd.label == targets[crowd.item]
    return np.bincount(crowd.annotator, right) / np.bincount(crowd.annotator)


@given(st.integers(1, 8), st.data())
def test_the_annotators_of_an_image_differ(count: int, data: st.DataObject) -> None:
    per = data.draw(st.integers(1, count))
    crowd = Annotators(count=count, labels_an_image=per).annotate(TARGETS[:50], 10, rng(count))
    assert crowd.counts.tolist() == [per] * 50
    assert all(len(set(crowd.annotator[crowd.item == item])) == per for item in range(50))


def test_reliabilities_and_times() -> None:
    crowd = Annotators().annotate(TARGETS, 10, rng())
    found = np.sort(reliabilities(crowd, TARGETS))
    assert np.allclose(found[:15], 0.1 + 0.9 / 10, atol=0.04), "a bad one copies a tenth and guesses the rest"
    assert np.allclose(found[15:], 0.95 + 0.05 / 10, atol=0.02)
    assert np.bincount(crowd.annotator).std() < 100, "all annotators label about as many images"
    logarithms = np.log(crowd.features[:, 0])
    by_annotator = np.bincount(crowd.annotator, logarithms) / np.bincount(crowd.annotator)
    slow = reliabilities(crowd, TARGETS) < 0.5
    assert np.allclose(by_annotator[slow], 1.0, atol=0.05)
    assert np.allclose(by_annotator[~slow], 0.0, atol=0.05)
    assert np.std(logarithms[slow[crowd.annotator]]) == pytest.approx(0.4, abs=0.01)


def test_three_quarters_of_bad_annotators_spoil_61_percent_of_the_labels() -> None:
    crowd = Annotators().annotate(TARGETS, 10, rng())
    expected = 0.75 * 0.9 * 0.9 + 0.25 * 0.05 * 0.9
    assert np.mean(crowd.label != TARGETS[crowd.item]) == pytest.approx(expected, abs=0.01)


def test_bad_annotators_that_exchange_two_classes() -> None:
    given = Annotators(
        count=4, bad=0.5, labels_an_image=1, bad_reliability=0.0, good_reliability=1.0, swapped=(2, 5)
    )
    crowd = given.annotate(TARGETS, 10, rng())
    truth = TARGETS[crowd.item]
    wrong = crowd.label != truth
    assert set(truth[wrong]) == {2, 5}
    assert set(map(tuple, np.stack([truth, crowd.label], 1)[wrong].tolist())) == {(2, 5), (5, 2)}
    assert len(set(crowd.annotator[wrong])) == 2


def test_permuted_annotators_are_no_side_information() -> None:
    found = reliabilities(Annotators(permuted=1.0).annotate(TARGETS, 10, rng()), TARGETS)
    assert found.std() < 0.02
    assert reliabilities(Annotators(permuted=0.0).annotate(TARGETS, 10, rng()), TARGETS).std() > 0.3


@pytest.mark.parametrize("kind", [Annotators, HumanLikeAnnotators])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bad": 1.5}, r"bad must lie in 0\.\.1, got 1\.5"),
        ({"good_reliability": -0.1}, r"good_reliability must lie in 0\.\.1, got -0\.1"),
        ({"bad_reliability": float("nan")}, r"bad_reliability must lie in 0\.\.1, got nan"),
        (
            {"count": 3, "labels_an_image": 4},
            r"labels_an_image must lie in 1\.\.3, the number of annotators, got 4",
        ),
        ({"labels_an_image": 0}, r"labels_an_image must lie in 1\.\."),
    ],
)
def test_crowds_that_cannot_be_are_refused(kind: type, changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        kind(**changes)


def test_swapped_classes_must_be_two() -> None:
    with pytest.raises(ValueError, match=r"swapped must be two classes or none, got \(1,\)"):
        Annotators(swapped=(1,))
    with pytest.raises(ValueError, match=r"swapped must be two of the 10 classes, got \(1, 10\)"):
        Annotators(swapped=(1, 10)).annotate(TARGETS, 10, rng())


class TestHumanLike:
    def test_at_temperature_1_labels_follow_the_shares(self) -> None:
        shares = np.tile([0.6, 0.3, 0.1, 0.0], (20_000, 1))
        given = HumanLikeAnnotators(bad=0.0, good_reliability=1.0, temperature_spread=0.0)
        crowd = given.annotate(shares, rng())
        found = np.bincount(crowd.label, minlength=4) / len(crowd)
        assert np.allclose(found, shares[0], atol=0.01)
        assert found[3] == 0

    def test_bad_ones_guess(self) -> None:
        shares = np.tile([1.0, 0.0, 0.0, 0.0], (20_000, 1))
        crowd = HumanLikeAnnotators(count=20).annotate(shares, rng())
        right = np.sort(np.bincount(crowd.annotator, crowd.label == 0) / np.bincount(crowd.annotator))
        assert np.allclose(right[:10], 0.1 + 0.9 / 4, atol=0.04)
        assert np.allclose(right[10:], 0.98 + 0.02 / 4, atol=0.02)

    def test_warm_annotators_are_less_sure(self) -> None:
        shares = np.tile([0.8, 0.15, 0.05], (50_000, 1))
        crowd = HumanLikeAnnotators(count=10, bad=0.0, good_reliability=1.0, temperature_spread=1.0).annotate(
            shares, rng()
        )
        agree = np.bincount(crowd.annotator, crowd.label == 0) / np.bincount(crowd.annotator)
        assert agree.max() > 0.9
        assert agree.min() < 0.7

    @given(st.floats(0.2, 5.0))
    def test_tempering_by_hand(self, temperature: float) -> None:
        found = tempered(np.array([[0.5, 0.5, 0.0], [0.2, 0.8, 0.0]]), np.full(2, temperature))
        ratio = 4 ** (1 / temperature)
        assert np.allclose(found, [[0.5, 0.5, 0], [1 / (1 + ratio), ratio / (1 + ratio), 0]])

    def test_a_negative_spread_is_refused(self) -> None:
        with pytest.raises(ValueError, match="temperature_spread must be 0 or more, got -1"):
            HumanLikeAnnotators(temperature_spread=-1)

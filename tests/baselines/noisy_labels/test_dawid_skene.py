"""Dawid-Skene: a plain loop as oracle, limits, invariances, and crowd-kit as a peer."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines.noisy_labels.aggregation import DawidSkeneSettings, majority, winners
from baselines.noisy_labels.dawid_skene import FLOOR, dawid_skene
from harness.protocols.noisy_labels.arrays import Annotations
from harness.protocols.noisy_labels.noise.annotators import Annotators
from tests.harness.protocols.noisy_labels.small_crowds import labels_of

TARGETS = np.random.default_rng(0).integers(5, size=400)


def crowd(bad: float = 0.4, per: int = 4, seed: int = 0, count: int = 12) -> Annotations:
    given = Annotators(count=count, bad=bad, labels_an_image=per)
    return given.annotate(TARGETS, 5, np.random.default_rng(seed))


def looped(given: Annotations, smoothing: float, iterations: int) -> np.ndarray:
    """The algorithm label by label."""
    pairs = list(zip(given.item, given.annotator, given.label, strict=True))
    posterior = np.zeros((given.num_items, given.num_classes))
    for i, _, label in pairs:
        posterior[i, label] += 1
    posterior /= posterior.sum(axis=1, keepdims=True)
    for _ in range(iterations):
        theta = np.full((given.num_annotators, given.num_classes, given.num_classes), smoothing)
        for i, r, label in pairs:
            for k in range(given.num_classes):
                theta[r, k, label] += posterior[i, k]
        theta = np.maximum(theta, FLOOR)
        theta /= theta.sum(axis=2, keepdims=True)
        logs = np.tile(np.log(np.maximum(posterior.mean(axis=0), FLOOR)), (given.num_items, 1))
        for i, r, label in pairs:
            logs[i] += np.log(theta[r, :, label])
        posterior = np.exp(logs - logs.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
    return posterior


@pytest.mark.parametrize(("smoothing", "iterations"), [(0.01, 1), (0.01, 6), (1.0, 3), (0.0, 4)])
def test_it_is_the_plain_loop(smoothing: float, iterations: int) -> None:
    given = crowd()
    found = dawid_skene(given, smoothing, iterations, tolerance=0.0)
    assert found.iterations == iterations
    assert np.allclose(found.posterior, looped(given, smoothing, iterations), atol=1e-9)


def test_one_step_by_hand() -> None:
    """Two images, both by annotators 0 and 1: (0, 0) and (0, 1); smoothing 1."""
    found = dawid_skene(labels_of([[(0, 0), (1, 0)], [(0, 0), (1, 1)]], 2, 2), 1.0, 1, 0.0)
    # votes: image 0 (1, 0), image 1 (.5, .5); counts by true class: 0 has 1.5 images, 1 has .5
    theta_0 = np.array([[2.5, 1.0], [1.5, 1.0]])  # annotator 0 said 0 for both
    theta_1 = np.array([[2.0, 1.5], [1.0, 1.5]])
    theta_0, theta_1 = (theta / theta.sum(axis=1, keepdims=True) for theta in (theta_0, theta_1))
    prior = np.array([0.75, 0.25])
    expected = np.stack([prior * theta_0[:, 0] * theta_1[:, 0], prior * theta_0[:, 0] * theta_1[:, 1]])
    assert np.allclose(found.posterior, expected / expected.sum(axis=1, keepdims=True))


def test_three_perfect_annotators_give_the_labels() -> None:
    targets = np.arange(60) % 5
    given = Annotators(count=3, bad=0.0, labels_an_image=3, good_reliability=1.0)
    found = dawid_skene(given.annotate(targets, 5, np.random.default_rng(0)))
    assert np.array_equal(found.posterior.argmax(axis=1), targets)
    assert found.converged
    assert np.allclose(found.confusions, np.eye(5), atol=0.01)


def test_it_beats_the_majority_where_many_annotators_guess() -> None:
    given = crowd(bad=0.6, per=6)
    right = np.mean(dawid_skene(given).posterior.argmax(axis=1) == TARGETS)
    voted = np.mean(majority(given, np.random.default_rng(0)) == TARGETS)
    assert right > voted + 0.03
    good = np.trace(dawid_skene(given).confusions, axis1=1, axis2=2) / 5
    assert np.sort(good)[4] < 0.5 < 0.8 < np.sort(good)[-4]


def test_an_annotator_who_exchanges_two_classes_is_understood() -> None:
    given = Annotators(count=5, bad=0.2, labels_an_image=5, bad_reliability=0.0, swapped=(0, 1))
    found = dawid_skene(given.annotate(TARGETS, 5, np.random.default_rng(0)))
    exchanged = found.confusions[:, 0, 1].argmax()
    assert found.confusions[exchanged, 0, 1] > 0.9
    assert found.confusions[exchanged, 1, 0] > 0.9
    assert np.mean(found.posterior.argmax(axis=1) == TARGETS) > 0.99


@given(st.permutations(range(12)), st.permutations(range(5)))
def test_names_of_annotators_and_classes_do_not_matter(people: list[int], classes: list[int]) -> None:
    given = crowd()
    renamed = Annotations(
        given.item, np.array(classes)[given.label], np.array(people)[given.annotator], given.features,
        given.num_items, given.num_annotators, given.num_classes,
    )  # fmt: skip
    first, second = dawid_skene(given, most_iterations=3), dawid_skene(renamed, most_iterations=3)
    assert np.allclose(second.posterior[:, classes], first.posterior, atol=1e-9)


def test_rows_are_distributions_and_one_annotator_is_believed() -> None:
    found = dawid_skene(crowd())
    assert np.allclose(found.posterior.sum(axis=1), 1)
    assert np.allclose(found.confusions.sum(axis=2), 1)
    alone = dawid_skene(labels_of([[(0, label)] for label in (2, 0, 1, 1)], 1, 3))
    assert alone.posterior.argmax(axis=1).tolist() == [2, 0, 1, 1]
    assert (alone.iterations, alone.converged) == (0, True)


@pytest.mark.parametrize("changes", [{"smoothing": -1.0}, {"tolerance": -1.0}, {"most_iterations": 0}])
def test_settings_that_cannot_be_are_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="smoothing and tolerance must be 0 or more and most_iterations 1 or more"):
        dawid_skene(crowd(), **changes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="most_iterations 1 or more"):
        DawidSkeneSettings(**changes)  # type: ignore[arg-type]


def test_majority_counts_votes_and_draws_ties() -> None:
    given = labels_of([[(0, 1), (1, 1), (2, 0)], [(0, 2)], [(0, 0), (1, 2)]])
    drawn = np.array([majority(given, np.random.default_rng(seed)) for seed in range(200)])
    assert set(drawn[:, 0]) == {1}
    assert set(drawn[:, 1]) == {2}
    assert 60 < np.count_nonzero(drawn[:, 2] == 0) < 140
    assert set(drawn[:, 2]) == {0, 2}
    assert np.array_equal(majority(given, np.random.default_rng(3)), majority(given, np.random.default_rng(3)))


def test_winners_of_negative_scores() -> None:
    assert winners(np.array([[-3.0, -1.0, -2.0]]), np.random.default_rng(0)).tolist() == [1]


@pytest.mark.parametrize("iterations", [1, 5, 30])
def test_crowd_kit_finds_the_same_posteriors(iterations: int) -> None:
    """crowd-kit has no smoothing: it raises counts to 1e-10, as `FLOOR` does; without end it runs `n_iter`."""
    aggregation = pytest.importorskip("crowdkit.aggregation", reason="crowd-kit is not installed")
    import pandas as pd

    given = crowd()
    frame = pd.DataFrame({"task": given.item, "worker": given.annotator, "label": given.label})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = aggregation.DawidSkene(n_iter=iterations, tol=-np.inf).fit(frame)
    theirs = peer.probas_.sort_index()[range(5)].to_numpy()
    found = dawid_skene(given, smoothing=0.0, most_iterations=iterations, tolerance=0.0)
    assert np.abs(found.posterior - theirs).max() < 1e-6
    assert np.array_equal(found.posterior.argmax(axis=1), peer.labels_.sort_index().to_numpy())
    errors = peer.errors_.reindex(pd.MultiIndex.from_product([range(12), range(5)]), fill_value=0.0)[range(5)]
    assert np.allclose(found.confusions, errors.to_numpy().reshape(12, 5, 5).transpose(0, 2, 1), atol=1e-6)

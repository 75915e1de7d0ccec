"""Nearest confident neighbours: those of scikit-learn, bounds of the support set, errors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from harness.protocols.noisy_labels.classifiers import Outputs
from harness.protocols.noisy_labels.nearest_neighbours import (
    NearestClasses,
    confident_support,
    exact_distances,
    nearest,
    support_classifier,
    weighted_shares,
)


def outputs(count: int = 300, classes: int = 4, width: int = 6, seed: int = 0) -> Outputs:
    random = np.random.default_rng(seed)
    embeddings = random.standard_normal((count, width)).astype(np.float32)
    return Outputs(embeddings, random.standard_normal((count, classes)).astype(np.float32))


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("threads", [1, 2])
def test_shares_are_those_of_scikit_learn(scale: float, threads: int) -> None:
    random = np.random.default_rng(1)
    points = (scale * random.standard_normal((200, 16))).astype(np.float32)
    queries = np.concatenate([points[:50], (scale * random.standard_normal((1000, 16))).astype(np.float32)])
    labels = random.choice([0, 2, 3], size=200)
    peer = KNeighborsClassifier(10, weights="distance", algorithm="brute").fit(points.astype(np.float64), labels)
    own = NearestClasses(points, labels, 5, threads=threads)
    shares = own.probabilities(queries)
    assert shares[:, [1, 4]].max() == 0, "classes without a point"
    np.testing.assert_allclose(shares[:, peer.classes_], peer.predict_proba(queries.astype(np.float64)), atol=1e-4)
    assert np.mean(own.predict(queries) == peer.predict(queries.astype(np.float64))) > 0.999
    np.testing.assert_array_equal(shares[:50].max(axis=1), 1.0, "a query that is a point has its class alone")


@given(
    st.integers(1, 30),
    st.integers(1, 40),
    st.integers(1, 5),
    st.integers(1, 12),
    st.integers(0, 2**31),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_neighbours_are_the_nearest(
    points: int, queries: int, width: int, k: int, seed: int, integral: bool
) -> None:
    random = np.random.default_rng(seed)
    make = (lambda shape: random.integers(-2, 3, shape)) if integral else random.standard_normal
    p, q = (make((count, width)).astype(np.float32) for count in (points, queries))
    place, distance = nearest(p, q, min(k, points))
    every = np.sqrt(((q[:, None].astype(float) - p[None]) ** 2).sum(-1))
    np.testing.assert_allclose(np.sort(distance), np.sort(every)[:, : min(k, points)], atol=1e-5)
    np.testing.assert_allclose(distance, np.take_along_axis(every, place, 1), atol=1e-5)
    assert all(len(set(row)) == len(row) for row in place.tolist()), "no point twice"
    np.testing.assert_array_equal(distance, exact_distances(p, q, place))


def test_shares_by_hand() -> None:
    shares = weighted_shares(np.array([[0, 1, 1], [2, 0, 2]]), np.array([[1.0, 2.0, 4.0], [0.0, 1.0, 0.0]]), 3)
    np.testing.assert_allclose(shares, [[4 / 7, 3 / 7, 0], [0, 0, 1]])


@given(st.integers(1, 400), st.integers(2, 8), st.integers(1, 150), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_the_size_of_the_support_set_is_bounded(count: int, classes: int, batch: int, seed: int) -> None:
    given_ = outputs(count, classes, 2, seed)
    support = confident_support(given_, np.random.default_rng(seed), batch)
    predicted = np.unique(given_.classes)
    assert len(predicted) <= len(support) <= math.ceil(count / batch) * classes
    assert len(np.unique(support)) == len(support)
    np.testing.assert_array_equal(np.unique(given_.classes[support]), predicted)


def test_the_support_is_the_most_confident_of_each_class_in_a_batch() -> None:
    """Of one batch: the confidence is that of the predicted class, not of another one."""
    chances = np.array([[0.6, 0.4], [0.7, 0.3], [0.45, 0.55], [0.2, 0.8], [0.49, 0.51]])
    given_ = Outputs(np.zeros((5, 1), np.float32), np.log(chances).astype(np.float32))
    assert confident_support(given_, np.random.default_rng(0), 128).tolist() == [1, 3]
    assert sorted(confident_support(given_, np.random.default_rng(0), 1).tolist()) == [0, 1, 2, 3, 4]


def test_a_perfect_classifier_of_separated_clusters_has_neighbours_of_its_own_class() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(3, size=600)
    embeddings = (20 * np.eye(3)[truth] + random.standard_normal((600, 3))).astype(np.float32)
    given_ = Outputs(embeddings, 5 * np.eye(3, dtype=np.float32)[truth])
    np.testing.assert_array_equal(support_classifier(given_, random).predict(embeddings), truth)


def test_fewer_points_than_neighbours() -> None:
    few = NearestClasses(np.zeros((3, 2), np.float32), np.array([0, 1, 1]), 2)
    assert few.used == 3
    np.testing.assert_allclose(few.probabilities(np.ones((2, 2), np.float32)), [[1 / 3, 2 / 3]] * 2)


def wrong(**changes: np.ndarray | None) -> Outputs:
    fine = outputs(8, 3, 2)
    return Outputs(**{"embeddings": fine.embeddings, "logits": fine.logits, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (wrong(embeddings=None), "kNN prior needs embeddings of shape .n, width., got none"),
        (wrong(embeddings=np.zeros(8, np.float32)), r"needs embeddings of shape .*got shape \(8,\)"),
        (wrong(logits=np.zeros((8, 1), np.float32)), "two classes or more, got .8, 1."),
        (wrong(logits=np.zeros((7, 3), np.float32)), "n = 8 > 0 .* got .7, 3."),
        (wrong(embeddings=np.full((8, 2), np.nan, np.float32)), "embeddings must be finite, got 16 values"),
        (wrong(logits=np.full((8, 3), np.inf, np.float32)), "logits must be finite, got 24 values"),
    ],
)
def test_outputs_that_do_not_fit(given_: Outputs, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        confident_support(given_, np.random.default_rng(0))


def test_arguments_out_of_range() -> None:
    points = np.zeros((3, 2), np.float32)
    with pytest.raises(ValueError, match="batch must be 1 or more, got 0"):
        confident_support(outputs(), np.random.default_rng(0), 0)
    with pytest.raises(ValueError, match=r"classes must lie in 0..1, got 0..2"):
        NearestClasses(points, np.array([0, 1, 2]), 2)
    with pytest.raises(ValueError, match=r"expected points .m, width. and m classes"):
        NearestClasses(points, np.array([0, 1]), 2)
    with pytest.raises(ValueError, match="neighbours must be 1 or more, got 0"):
        NearestClasses(points, np.array([0, 1, 1]), 2, 0)

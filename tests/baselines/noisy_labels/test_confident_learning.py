"""Confident learning: cleanlab as the library behind it; which labels are dropped, and what is left."""

from typing import Any

import numpy as np
import pytest

from baselines.noisy_labels import confident_learning
from baselines.noisy_labels.confident_learning import (
    ConfidentLearning,
    ConfidentLearningSettings,
    label_issues,
    part_of,
    without_labels,
)
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noise.synthetic import asymmetric, symmetric, transition_of
from tests.baselines.noisy_labels.trials import accuracy, parts, run
from tests.harness.protocols.noisy_labels.small_crowds import context, noisy_bands
from tests.pruning_trials import single_thread

pytestmark = pytest.mark.usefixtures(single_thread.__name__)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "guess"}, "rule must be one of prune_by_noise_rate, prune_by_class, both"),
        ({"folds": 1}, "folds must be 2 or more, got 1"),
        ({"at": "first"}, "at must be best-validation or last, got 'first'"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ConfidentLearningSettings(**changes)


def test_dropping_labels_drops_images_that_have_none_left() -> None:
    train, _ = parts()
    dropped = np.zeros(len(train.annotations), bool)
    dropped[[0, 1, 2]] = True  # both labels of image 0, one of image 1
    kept = without_labels(train, dropped)
    assert len(kept) == len(train) - 1
    assert np.array_equal(kept.images.images, train.images.images[1:])
    assert kept.annotations.counts[:2].tolist() == [1, 2]
    assert np.array_equal(kept.annotations.label, train.annotations.label[3:])
    assert np.array_equal(kept.annotations.annotator, train.annotations.annotator[3:])
    assert without_labels(train, np.ones_like(dropped)) is train, "nothing is left to train on otherwise"


def test_a_part_has_the_labels_of_its_images() -> None:
    train, _ = parts()
    taken = part_of(train, np.array([5, 2]))
    expected = [train.annotations.label[train.annotations.item == image].tolist() for image in (5, 2)]
    assert taken.annotations.label.reshape(2, 2).tolist() == expected
    assert np.array_equal(taken.images.images, train.images.images[[5, 2]])


class TestCleanlab:
    def test_wrong_labels_are_found(self) -> None:
        train, _ = parts(noisy_bands({"kind": "annotators", "count": 6, "bad": 0.3, "labels_an_image": 2}))
        truth = majority_truth(train)
        sure = np.full((len(train), 4), 0.02) + 0.92 * np.eye(4)[truth]
        found = label_issues(train, sure, "predicted_neq_given")
        assert found.shape == (len(train.annotations),)
        assert np.array_equal(found, train.annotations.label != truth[train.annotations.item])

    def test_folds_are_predicted_by_networks_that_did_not_see_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        train, valid = parts()
        seen: list[set[bytes]] = []
        predicted: list[bytes] = []

        class Remembering:
            at_best_validation = None

            def __init__(self, given: NoisyImages) -> None:
                self.known = {image.tobytes() for image in given.images.images}
                seen.append(self.known)

            def predict(self, images: Any) -> np.ndarray:
                asked = [image.tobytes() for image in images.images]
                assert not self.known & set(asked)
                predicted.extend(asked)
                return np.full((len(images), 4), 0.25)

        monkeypatch.setattr(confident_learning, "_trained", lambda given, *others: Remembering(given))
        contender = ConfidentLearning(ConfidentLearningSettings(folds=4))
        contender._cross_fitted(train, valid, context(ConfidentLearning))
        assert len(seen) == 4
        assert sorted(predicted) == sorted(image.tobytes() for image in train.images.images)

    def test_the_learning_curve_is_that_of_the_second_training(self) -> None:
        train, valid = parts()
        ctx = context(ConfidentLearning)
        ConfidentLearning(ConfidentLearningSettings(folds=2)).fit(train, valid, ctx)
        assert [row["step"] for row in ctx.curve] == [0, 1, 2, 3]

    def test_a_trial_drops_labels(self) -> None:
        data = noisy_bands({"kind": "symmetric", "rate": 0.3})
        report = run(ConfidentLearning, data, ConfidentLearningSettings(folds=2))
        assert 0 < report.model["labels_dropped"] < 1
        assert report.model["images_left"] == round(90 * (1 - report.model["labels_dropped"]))
        assert accuracy(report, data) > 0.2

    @pytest.mark.parametrize("kind", ["symmetric", "asymmetric"])
    def test_its_noise_matrix_is_ours(self, kind: str) -> None:
        """Estimated from well-calibrated probabilities of the true class, against the counted shares."""
        from cleanlab.count import compute_confident_joint, estimate_latent

        random = np.random.default_rng(0)
        truth = random.integers(5, size=20_000)
        noisy = (
            symmetric(truth, 0.3, 5, random)
            if kind == "symmetric"
            else asymmetric(truth, 0.3, (1, 1, 2, 4, 4), random)
        )
        ours = transition_of(truth, noisy, 5)
        probabilities = np.full((len(truth), 5), 1e-3) + (1 - 5e-3) * ours[truth]  # p(noisy label | image)
        joint = compute_confident_joint(noisy, probabilities)
        _, noise, _ = estimate_latent(joint, noisy)
        assert np.abs(noise.T - ours).max() < 0.02


def majority_truth(train: NoisyImages) -> np.ndarray:
    return np.asarray(train.annotations.votes.argmax(axis=1))

"""Confident learning (Northcutt, Jiang, Chuang, JAIR 2021) by cleanlab: drop likely label errors, train again.

Class probabilities of each training image come from a network that did not train on it: images, with all their
labels, are split into folds. cleanlab finds the (image, label) pairs whose label is likely wrong; the network is
trained on the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from baselines.noisy_labels.cross_entropy import cross_entropy, trained_predictions
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.arrays import NoisyImages
from harness.protocols.noisy_labels.noisy_classification import NoisyLabelClassifier
from harness.protocols.noisy_labels.training.epochs import NetworkPredictions, new_network

PruningRule = Literal["prune_by_noise_rate", "prune_by_class", "both", "confident_learning", "predicted_neq_given"]
"""cleanlab's ``filter_by``."""


@dataclass(frozen=True)
class ConfidentLearningSettings(Settings):
    """Settings of confident learning.

    Attributes:
        rule: which pairs are dropped, by cleanlab's name; its default is that of the paper's PBNR.
        folds: parts of the training images, each predicted by a network that trained on the others.
        at: epoch of the networks that predict: ``best-validation`` (lowest noisy validation loss) or ``last``.

    Raises:
        ValueError: another rule or epoch, or less than two folds.
    """

    rule: PruningRule = "prune_by_noise_rate"
    folds: int = 5
    at: Literal["best-validation", "last"] = "best-validation"

    def __post_init__(self) -> None:
        if self.rule not in get_args(PruningRule):
            raise ValueError(f"rule must be one of {', '.join(get_args(PruningRule))}, got {self.rule!r}")
        if self.folds < 2:
            raise ValueError(f"folds must be 2 or more, got {self.folds!r}")
        if self.at not in ("best-validation", "last"):
            raise ValueError(f"at must be best-validation or last, got {self.at!r}")


class ConfidentLearning(NoisyLabelClassifier):
    """Pruning by confident learning, and cross-entropy on the labels that are left."""

    streams = (*NoisyLabelClassifier.streams, "folds")

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        return (ConfidentLearningSettings(),)

    def fit(self, train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
        """Return the network of the last epoch of the second training."""
        probabilities = self._cross_fitted(train, valid, context)
        wrong = label_issues(train, probabilities, self.settings.rule)
        kept = without_labels(train, wrong)
        model = _trained(kept, valid, context)
        model.facts |= {"labels_dropped": float(wrong.mean()), "images_left": len(kept)}
        return model

    def _cross_fitted(self, train: NoisyImages, valid: NoisyImages, context: Context) -> np.ndarray:
        """Return probabilities (n, classes) of the training images, each by a network that did not see it."""
        folds = min(self.settings.folds, len(train))
        fold = context.stream("folds").permutation(np.arange(len(train)) % folds)
        found = np.empty((len(train), train.num_classes), np.float32)
        aside = replace(context, curve=[])  # the learning curve of the trial is that of the second training
        for number in range(folds):
            model = _trained(part_of(train, np.flatnonzero(fold != number)), valid, aside)
            best = model.at_best_validation
            chosen = best if best is not None and self.settings.at == "best-validation" else model
            held_out = np.flatnonzero(fold == number)
            found[held_out] = chosen.predict(part_of(train, held_out).images)
        return found


def label_issues(train: NoisyImages, probabilities: np.ndarray, rule: PruningRule) -> np.ndarray:
    """Return which labels cleanlab takes for errors, (p,) bool; every pair is an example with its image's row."""
    from cleanlab.filter import find_label_issues  # type: ignore[import-not-found, import-untyped, unused-ignore]

    given = train.annotations
    return np.asarray(
        find_label_issues(given.label, probabilities[given.item], filter_by=rule, n_jobs=1), dtype=bool
    )


def part_of(whole: NoisyImages, index: np.ndarray) -> NoisyImages:
    """Return the images at `index` with their labels."""
    images = ImageSet(whole.images.images[index], whole.num_classes)
    return NoisyImages(images, whole.annotations.of_items(index))


def without_labels(whole: NoisyImages, dropped: np.ndarray) -> NoisyImages:
    """Return the images that keep a label, with those labels; all of them where none would be left.

    Args:
        dropped: (p,) bool.
    """
    if dropped.all():
        return whole
    given, kept = whole.annotations, np.flatnonzero(~dropped)
    items, renumbered = np.unique(given.item[kept], return_inverse=True)
    labels = replace(
        given, item=renumbered.astype(np.int64), label=given.label[kept], annotator=given.annotator[kept],
        features=given.features[kept], num_items=len(items),
    )  # fmt: skip
    return NoisyImages(ImageSet(whole.images.images[items], whole.num_classes), labels)


def _trained(train: NoisyImages, valid: NoisyImages, context: Context) -> NetworkPredictions:
    network = new_network(train, context.options, context)
    return trained_predictions(network, cross_entropy(network), train, valid, context)

"""Noisy sets from CIFAR-10H with images: labels of people as they are, or of annotators simulated from them.

Recipes, plain values: ``{"clip": false}`` for :func:`standardised_crowd`, and ``{"draws": 3, "seed": 0,
"annotators": {}}`` for :func:`simulated_crowd`, with fields of `noise.annotators.HumanLikeAnnotators`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from harness.payload import Payload
from harness.protocols.noisy_labels.arrays import Annotations, NoisyDataset
from harness.protocols.noisy_labels.human.cifar10h import crowd_payload
from harness.protocols.noisy_labels.noise.annotators import HumanLikeAnnotators
from harness.seeds import stream

PERCENTILE = 99.0


def standardised_crowd(base: NoisyDataset, recipe: Mapping[str, Any]) -> Payload:
    """Return the labels of people; reaction time and trial have mean 0 and deviation 1 over training labels.

    ``clip`` limits reaction times to 0 and the 99th percentile of those of training labels first: the deviation of
    the times of CIFAR-10H is six times their mean.

    Raises:
        ValueError: a recipe of other names.
    """
    _check(recipe, {"clip"})
    human = labelled(base)
    standard = standardised(human, len(base.splits[0].train), clip=bool(recipe["clip"]))
    return crowd_payload(base.images, base.targets, base.splits[0], [standard], {"recipe": dict(recipe)})


def simulated_crowd(base: NoisyDataset, recipe: Mapping[str, Any]) -> Payload:
    """Return labels of simulated annotators, drawn from the shares of the labels that people gave to each image.

    Raises:
        ValueError: a recipe of other names, or annotators that cannot be.
    """
    _check(recipe, {"draws", "seed", "annotators"})
    votes = labelled(base).votes
    crowd = HumanLikeAnnotators(**recipe["annotators"])
    draws = [
        crowd.annotate(votes / votes.sum(axis=1, keepdims=True), stream("human labels", recipe["seed"], number))
        for number in range(recipe["draws"])
    ]
    return crowd_payload(base.images, base.targets, base.splits[0], draws, {"recipe": dict(recipe)})


def labelled(base: NoisyDataset) -> Annotations:
    """Return the labels of the images that people labelled: training and validation images, the first ones."""
    split = base.splits[0]
    return base.draws[0].of_items(np.concatenate([split.train, split.valid]))


def standardised(human: Annotations, training_images: int, *, clip: bool) -> Annotations:
    """Return the labels with standardised features; statistics are those of the first `training_images`."""
    features = human.features.astype(np.float64)
    training = human.item < training_images
    if clip:
        features[:, 0] = np.clip(features[:, 0], 0.0, np.percentile(features[training, 0], PERCENTILE))
    mean, deviation = features[training].mean(axis=0), features[training].std(axis=0)
    scaled = (features - mean) / np.where(deviation > 0, deviation, 1.0)
    return replace(human, features=scaled.astype(np.float32))


def _check(recipe: Mapping[str, Any], names: set[str]) -> None:
    if set(recipe) != names:
        raise ValueError(f"recipe must have {sorted(names)}, got {sorted(recipe)}")

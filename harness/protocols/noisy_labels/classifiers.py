"""Classifiers that were trained on noisy labels: as arrays, as networks, and their outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from harness.payload import Payload
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.arrays import NoisyImages

if TYPE_CHECKING:
    from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork

BATCH = 1000


@dataclass(frozen=True)
class Outputs:
    """Outputs of a classifier for n images, in evaluation mode.

    Attributes:
        embeddings: (n, width) float32.
        logits: (n, classes) float32.
    """

    embeddings: np.ndarray
    logits: np.ndarray

    @cached_property
    def probabilities(self) -> np.ndarray:
        """Softmax of the logits, (n, classes) float64."""
        shifted = self.logits.astype(np.float64) - self.logits.max(axis=1, keepdims=True)
        raised = np.exp(shifted)
        return raised / raised.sum(axis=1, keepdims=True)

    @cached_property
    def classes(self) -> np.ndarray:
        """Predicted class of each image, (n,)."""
        return self.probabilities.argmax(axis=1)


@dataclass(frozen=True)
class TrainedClassifier:
    """A black box to query, and the network that it is a copy of.

    Attributes:
        name: of the method that trained it, one of `metrics.BASES`.
        architecture: arguments of `embedding_network`, without its seed.
        weights: in the order of the ``state_dict``.
        transition: the estimate of the transition matrix that its method made, (classes, classes), or None.
        facts: plain values of its training, such as its accuracy on the noisy training labels.
    """

    name: str
    architecture: Mapping[str, object]
    weights: Sequence[np.ndarray]
    transition: np.ndarray | None
    facts: Mapping[str, float]

    def network(self) -> "EmbeddingNetwork":
        """Return a new copy of the network, in evaluation mode."""
        from harness.protocols.noisy_labels.training.embedding_networks import embedding_network, load_weights

        network = embedding_network(**self.architecture)  # type: ignore[arg-type]
        load_weights(network, self.weights)
        return network

    def outputs(self, images: ImageSet) -> Outputs:
        """Return embeddings and logits; equal images give equal bits, whoever asks."""
        import torch

        network, pixels = self.network(), torch.from_numpy(images.channels_first())
        with torch.no_grad():
            embeddings = torch.cat([network.body(part) for part in pixels.split(BATCH)])
            logits = network.head(embeddings)
        return Outputs(embeddings.numpy(), logits.numpy())


@dataclass(frozen=True)
class KnownClassifiers:
    """What a calibrator may see before the test images: images with noisy labels, and all trained classifiers."""

    train: NoisyImages
    valid: NoisyImages
    classifiers: Mapping[str, TrainedClassifier]


def classifiers_of(view: Payload, names: Sequence[str] = ()) -> dict[str, TrainedClassifier]:
    """Return the classifiers in arrays ``<base>_<i>`` and ``<base>_transition``; fact ``classifiers`` by base.

    Their arrays are read-only.

    Args:
        names: the classifiers to return; all by default.

    Raises:
        ValueError: a name that the view lacks, or an array that is missing.
    """
    given = view.facts["classifiers"]
    if unknown := set(names) - set(given):
        raise ValueError(f"expected names of {', '.join(given)}, got {sorted(unknown)}")
    architecture = {**view.facts["architecture"]}
    architecture["shape"] = tuple(architecture["shape"])
    found = {}
    for name in names or given:
        arrays = [f"{name}_{number}" for number in range(given[name]["weights"])]
        if missing := [array for array in arrays if array not in view.arrays]:
            raise ValueError(f"{name}: expected {len(arrays)} arrays of weights, {missing[0]} is missing")
        transition = view.arrays.get(f"{name}_transition")
        found[name] = TrainedClassifier(
            name,
            architecture,
            [_read_only(view[array]) for array in arrays],
            None if transition is None else _read_only(transition),
            given[name]["training"],
        )
    return found


def _read_only(array: np.ndarray) -> np.ndarray:
    """Return the array without the right to change it: every configuration of a search gets the same classifier."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def classifier_arrays(classifiers: Sequence[TrainedClassifier]) -> Payload:
    """Return the payload of :func:`classifiers_of`.

    Raises:
        ValueError: no classifier, or several of one name or of different architectures.
    """
    names = [one.name for one in classifiers]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"expected classifiers of different names, got {names}")
    architecture = dict(classifiers[0].architecture)
    if any(dict(one.architecture) != architecture for one in classifiers):
        raise ValueError(f"all classifiers must have the architecture {architecture}")
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in architecture.items()}
    arrays: dict[str, np.ndarray] = {}
    for one in classifiers:
        arrays |= {f"{one.name}_{number}": weights for number, weights in enumerate(one.weights)}
        if one.transition is not None:
            arrays[f"{one.name}_transition"] = one.transition
    facts = {one.name: {"weights": len(one.weights), "training": dict(one.facts)} for one in classifiers}
    return Payload(arrays, {"classifiers": facts, "architecture": plain})

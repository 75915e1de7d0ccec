"""Networks trained on images with noisy labels, and their embeddings: the inputs of NPC's kernels.

Weights of one case are trained once for all processes of a session.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.kernels.contract import KernelCase
from harness.kernels.kept import kept

if TYPE_CHECKING:
    from harness.protocols.noisy_labels.classifiers import TrainedClassifier

HIDDEN = {"digits": (64, 64, 64), "mnist-6k": (256, 256), "mnist": (256, 256)}
NOISE, EPOCHS, BATCH = 0.2, 12, 128
MOST_TRAINED = 6000  # images


@lru_cache(maxsize=2)
def images_of(source: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the training images (n, h, w) uint8 of an image set and their clean targets (n,).

    Raises:
        DataUnavailable: the set is not here and cannot be downloaded.
    """
    from harness.data.access import DataAccess
    from harness.data.datasets import open_dataset
    from harness.protocols.images.arrays import ImageDataset

    dataset = open_dataset(source, DataAccess.from_environment())
    assert isinstance(dataset, ImageDataset)
    train = dataset.splits[0].train
    return np.array(dataset.images[train]), np.array(dataset.targets[train])


@lru_cache(maxsize=2)
def trained(case: KernelCase) -> "TrainedClassifier":
    """Return a perceptron trained on the images of ``case["images"]``, a fifth of their labels wrong."""
    from harness.protocols.noisy_labels.classifiers import TrainedClassifier
    from harness.protocols.noisy_labels.training.embedding_networks import embedding_network, weights_of

    images, targets = images_of(case["images"])
    classes = int(targets.max()) + 1
    architecture: dict[str, Any] = {
        "name": "perceptron",
        "shape": (1, *images.shape[1:]),
        "classes": classes,
        "hidden": HIDDEN[case["images"]],
    }
    network = embedding_network(**architecture, seed=0)
    shapes = [weights.shape for weights in weights_of(network)]

    def flat() -> list[float]:
        train_plainly(network, images, targets)
        return [float(value) for weights in weights_of(network) for value in weights.ravel()]

    values = np.asarray(kept("NPC kernels, weights", case, flat), np.float32)
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    weights = [part.reshape(shape) for part, shape in zip(np.split(values, ends), shapes, strict=True)]
    return TrainedClassifier("ce", architecture, weights, None, {})


def train_plainly(network: Any, images: np.ndarray, targets: np.ndarray) -> None:
    """Train a network in place by Adam and cross-entropy on labels with symmetric noise."""
    import torch
    import torch.nn.functional as F

    from harness.protocols.images.arrays import ImageSet
    from harness.protocols.noisy_labels.noise.synthetic import symmetric

    random, classes = np.random.default_rng(0), int(targets.max()) + 1
    chosen = random.permutation(len(images))[:MOST_TRAINED]
    pixels = torch.from_numpy(ImageSet(images[chosen], classes).channels_first())
    labels = torch.from_numpy(symmetric(targets[chosen], NOISE, classes, random))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    for _ in range(EPOCHS):
        for batch in torch.from_numpy(random.permutation(len(chosen))).split(BATCH):
            optimiser.zero_grad(set_to_none=True)
            F.cross_entropy(network(pixels[batch]), labels[batch]).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
    network.eval()

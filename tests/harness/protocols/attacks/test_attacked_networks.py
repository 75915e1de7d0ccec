"""The classifiers under attack and their training."""

import numpy as np
import pytest
import torch

from harness.protocols.attacks.adversary.network_input import NotANumber
from harness.protocols.attacks.adversary.networks import dense, four_convolutions, initialised, two_convolutions
from harness.protocols.attacks.adversary.training import ClassifierTraining, predicted_labels, train_classifier


def points(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw points of two classes that a line separates."""
    x = np.random.default_rng(0).uniform(size=(count, 6)).astype(np.float32)
    return x, (x[:, 0] > x[:, 1]).astype(np.int64)


def parameters(network: torch.nn.Module) -> list[tuple[int, ...]]:
    return [tuple(p.shape) for p in network.parameters() if p.ndim > 1]


def test_the_published_layers() -> None:
    four = four_convolutions()
    assert parameters(four) == [
        (32, 1, 3, 3),
        (32, 32, 3, 3),
        (64, 32, 3, 3),
        (64, 64, 3, 3),
        (200, 1024),
        (200, 200),
        (10, 200),
    ]
    assert parameters(two_convolutions()) == [(16, 1, 5, 5), (32, 16, 5, 5), (128, 512), (10, 128)]
    assert parameters(dense(1024, 256, 256, 38)) == [(256, 1024), (256, 256), (38, 256)]
    for network in (four, two_convolutions(), dense(784, 10)):
        assert network(torch.zeros(2, 784)).shape == (2, 10)
    assert not isinstance(dense(4, 3, 2)[-1], torch.nn.ReLU)


def test_weights_come_from_the_generator_alone() -> None:
    state = torch.random.get_rng_state()
    one, two, other = (initialised(lambda: dense(4, 3), np.random.default_rng(s)) for s in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.equal(one[0].weight, two[0].weight)
    assert not torch.equal(one[0].weight, other[0].weight)


def test_training_learns_and_repeats() -> None:
    x, y = points(300)
    runs = []
    for _ in range(2):
        network = initialised(lambda: dense(6, 16, 2), np.random.default_rng(1))
        losses = train_classifier(network, x, y, ClassifierTraining(60, 0.3), np.random.default_rng(2))
        runs.append((losses, predicted_labels(network, x)))
    assert runs[0][0] == runs[1][0]
    assert runs[0][0][-1] < 0.4 * runs[0][0][0]
    assert (runs[0][1] == y).mean() > 0.95


def test_faults_of_training() -> None:
    x, y = points(20)
    with pytest.raises(NotANumber, match="learning rate"):
        train_classifier(dense(6, 16, 2), x, y, ClassifierTraining(30, 1e30), np.random.default_rng(0))
    with pytest.raises(ValueError, match="images is empty"):
        train_classifier(dense(6, 2), x[:0], y[:0], ClassifierTraining(1), np.random.default_rng(0))
    for wrong in ({"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"momentum": 1.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ClassifierTraining(**wrong)
    for widths in ((4,), (4, 0)):
        with pytest.raises(ValueError, match="widths"):
            dense(*widths)
    assert predicted_labels(dense(6, 2), x[:0]).shape == (0,)

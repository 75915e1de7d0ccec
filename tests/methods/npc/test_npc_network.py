"""NPC's network: shapes, dropout, its composition against c passes, the classifier that stays as it is."""

from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.classifiers import TrainedClassifier
from harness.protocols.noisy_labels.training.embedding_networks import embedding_network, weights_of
from methods.npc.composition import calibrated, calibrated_in_batches, calibration_matrices
from methods.npc.model import CalibrationNetwork, calibration_network

SHAPE = (1, 8, 8)


def classifier(name: str = "perceptron", classes: int = 4, seed: int = 0) -> TrainedClassifier:
    hidden = {"hidden": (16, 12)} if name == "perceptron" else {}
    architecture = {"name": name, "shape": SHAPE, "classes": classes, **hidden}
    return TrainedClassifier("ce", architecture, weights_of(embedding_network(**architecture, seed=seed)), None, {})


def images(count: int = 9, seed: int = 0) -> torch.Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(seed))


def one_by_one(network: CalibrationNetwork, pixels: torch.Tensor, probabilities: torch.Tensor) -> torch.Tensor:
    """The definition: a pass of the whole network for each class."""
    total = torch.zeros_like(probabilities)
    for k in range(network.classes):
        onehot = F.one_hot(torch.full((len(pixels),), k), network.classes).to(pixels.dtype)
        excess = network.concentration(network.phi(pixels), onehot) - 1
        total += probabilities[:, k : k + 1] * excess / excess.sum(1, keepdim=True)
    return total


@pytest.mark.parametrize("name", ["perceptron", "mnist-convolutions"])
@pytest.mark.parametrize("features", ["logits", "embedding"])
@pytest.mark.parametrize("offset", [1.0, 1.25])
def test_one_pass_is_c_passes(name: str, features: str, offset: float) -> None:
    network = calibration_network(classifier(name), offset, features, 3).eval().double()  # type: ignore[arg-type]
    pixels = images().double()
    probabilities = torch.rand(9, 4, dtype=torch.float64).softmax(1)
    with torch.no_grad():
        expected = one_by_one(network, pixels, probabilities)
        torch.testing.assert_close(calibrated(network, pixels, probabilities), expected)
        matrices = calibration_matrices(network, pixels)
        torch.testing.assert_close(torch.einsum("bk,bkj->bj", probabilities, matrices), expected)
    torch.testing.assert_close(calibrated_in_batches(network, pixels, probabilities), expected)


def test_large_encoders_do_not_overflow() -> None:
    network = calibration_network(classifier(), 1.25, "logits", 3).eval()
    with torch.no_grad():
        network.encoder.weight.mul_(1000)
        found = calibrated(network, images(), torch.full((9, 4), 0.25))
        torch.testing.assert_close(found, one_by_one(network, images(), torch.full((9, 4), 0.25)))
    assert torch.isfinite(found).all()


@pytest.mark.parametrize("classes", [2, 4])
def test_shapes_and_bounds(classes: int) -> None:
    network = calibration_network(classifier(classes=classes), 1 + 1 / classes, "logits", 0)
    predicted = F.one_hot(torch.arange(9) % classes, classes).float()
    posterior, logits = network(images(), predicted, torch.rand(9, classes))
    assert posterior.shape == logits.shape == (9, classes)
    assert float(posterior.detach().min()) > 1 + 1 / classes
    assert network.encoder.weight.shape == network.decoder.weight.shape == (classes, 2 * classes)


def passes(network: CalibrationNetwork, monkeypatch: pytest.MonkeyPatch) -> int:
    """Number of passes of the body in a training step."""
    calls = []
    forward = network.body.forward
    monkeypatch.setattr(network.body, "forward", lambda x: calls.append(1) or forward(x))
    network.train()(images(), torch.eye(4)[torch.zeros(9, dtype=torch.long)], torch.rand(9, 4))
    return len(calls)


def test_features_are_shared_where_there_is_no_dropout(monkeypatch: pytest.MonkeyPatch) -> None:
    assert passes(calibration_network(classifier(), 1.25, "logits", 0), monkeypatch) == 1
    assert passes(calibration_network(classifier("mnist-convolutions"), 1.25, "logits", 0), monkeypatch) == 2


@pytest.mark.parametrize("name", ["perceptron", "mnist-convolutions", "nine-convolutions"])
def test_the_classifier_stays_as_it_is(name: str) -> None:
    """Training changes a copy, statistics of batch normalisation included."""
    shape = (1, 32, 32) if name == "nine-convolutions" else SHAPE
    hidden = {"hidden": (16, 12)} if name == "perceptron" else {}
    architecture = {"name": name, "shape": shape, "classes": 4, **hidden}
    weights = weights_of(embedding_network(**architecture, seed=0))
    given = TrainedClassifier("ce", architecture, weights, None, {})
    pictures = ImageSet(np.random.default_rng(0).integers(0, 255, (6, *shape[1:]), np.uint8), 4)
    before, kept = given.outputs(pictures), [w.copy() for w in weights]
    network = calibration_network(given, 1.25, "logits", 0).train()
    start = [p.detach().clone() for p in network.body.state_dict().values()]
    optimiser = torch.optim.Adam(network.parameters(), 0.1)
    posterior, logits = network(
        torch.from_numpy(pictures.channels_first()), torch.eye(4)[:1].repeat(6, 1), torch.rand(6, 4)
    )
    (posterior.sum() + logits.sum()).backward()
    optimiser.step()
    assert any(not torch.equal(a, b) for a, b in zip(start, network.body.state_dict().values(), strict=True))
    after = given.outputs(pictures)
    np.testing.assert_array_equal(after.logits, before.logits)
    np.testing.assert_array_equal(after.embeddings, before.embeddings)
    assert all(map(np.array_equal, given.weights, kept))


def test_new_layers_follow_the_seed_and_the_body_is_the_classifiers() -> None:
    state = torch.random.get_rng_state()
    networks = [calibration_network(classifier(), 1.25, "logits", seed) for seed in (1, 1, 2)]
    assert torch.equal(torch.random.get_rng_state(), state)
    heads = [network.head.weight for network in networks]
    assert [torch.equal(a, b) for a, b in pairwise(heads)] == [True, False]
    own = classifier().network().body.state_dict()
    for network in networks:
        assert all(torch.equal(own[key], value) for key, value in network.body.state_dict().items())

"""Trained classifiers as data: weights and outputs survive storage bit for bit, faults are named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.payload import Payload
from harness.protocols.images.arrays import ImageSet
from harness.protocols.noisy_labels.classifiers import (
    Outputs,
    TrainedClassifier,
    classifier_arrays,
    classifiers_of,
)
from harness.protocols.noisy_labels.training.embedding_networks import embedding_network, weights_of

NETWORKS = [("perceptron", (7, 6)), ("mnist-convolutions", ())]


def classifier(
    name: str = "ce", network: str = "perceptron", hidden: tuple[int, ...] = (7, 6)
) -> TrainedClassifier:
    """Return an untrained classifier whose buffers are not those of a fresh network."""
    architecture = {"name": network, "shape": (1, 8, 8), "classes": 3, "hidden": list(hidden)}
    built = embedding_network(**architecture, seed=1).train()  # type: ignore[arg-type]
    with torch.no_grad():
        built(torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0)))
    transition = np.full((3, 3), 1 / 3)
    return TrainedClassifier(name, architecture, weights_of(built), transition, {"epochs": 2.0})


def images(count: int = 9) -> ImageSet:
    return ImageSet(np.random.default_rng(0).integers(0, 256, size=(count, 8, 8)).astype(np.uint8), 3)


@pytest.mark.parametrize(("network", "hidden"), NETWORKS)
def test_weights_and_outputs_survive_storage(network: str, hidden: tuple[int, ...], tmp_path: Path) -> None:
    one, other = classifier("ce", network, hidden), classifier("co_teaching", network, hidden)
    other = replace(other, transition=None)
    classifier_arrays([one, other]).save(tmp_path)
    found = classifiers_of(Payload.load(tmp_path))
    assert list(found) == ["ce", "co_teaching"]
    for given in (one, other):
        loaded = found[given.name]
        assert loaded.facts == given.facts
        for before, after in zip(given.weights, loaded.weights, strict=True):
            assert before.dtype == after.dtype
            assert before.tobytes() == after.tobytes()
        expected, outputs = given.outputs(images()), loaded.outputs(images())
        assert expected.logits.tobytes() == outputs.logits.tobytes()
        assert expected.embeddings.tobytes() == outputs.embeddings.tobytes()
    assert found["co_teaching"].transition is None
    np.testing.assert_array_equal(found["ce"].transition, one.transition)


@pytest.mark.parametrize(("network", "hidden"), NETWORKS)
def test_nothing_that_a_contender_does_changes_the_outputs(network: str, hidden: tuple[int, ...]) -> None:
    (one,) = classifiers_of(classifier_arrays([classifier("ce", network, hidden)])).values()
    before, weights = one.outputs(images()), [array.tobytes() for array in one.weights]
    copy = one.network().train()
    optimiser = torch.optim.SGD(copy.parameters(), lr=1.0)
    copy(torch.rand(20, 1, 8, 8)).sum().backward()
    optimiser.step()
    mine = one.outputs(images())
    mine.logits[:] = 0
    mine.embeddings[:] = 0
    for array in (*one.weights, one.transition):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0  # type: ignore[index]
    torch.manual_seed(99)
    after = one.outputs(images())
    assert [array.tobytes() for array in one.weights] == weights
    assert after.logits.tobytes() == before.logits.tobytes()
    assert after.embeddings.tobytes() == before.embeddings.tobytes()


def test_outputs_are_those_of_the_network_in_evaluation_mode() -> None:
    one = classifier("ce", "mnist-convolutions", ())
    state = torch.random.get_rng_state()
    network, found = one.network(), one.outputs(images())
    assert torch.equal(state, torch.random.get_rng_state())
    assert not network.training
    with torch.no_grad():
        logits = network(torch.from_numpy(images().channels_first()))
    np.testing.assert_allclose(found.logits, logits, rtol=1e-5, atol=1e-6)
    assert found.embeddings.shape == (9, 256)
    np.testing.assert_allclose(found.probabilities, logits.double().softmax(1), rtol=1e-5)
    np.testing.assert_array_equal(found.classes, logits.argmax(1))


def test_probabilities_of_extreme_logits_are_finite() -> None:
    logits = np.array([[3e4, 0, -3e4], [1e-6, 0, 0]], np.float32)
    found = Outputs(np.zeros((2, 1), np.float32), logits).probabilities
    np.testing.assert_allclose(found, [[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]], atol=1e-6)


def test_images_in_several_batches_have_the_same_outputs() -> None:
    one, many = classifier(), images(2100)
    whole = one.outputs(many)
    part = one.outputs(ImageSet(many.images[1000:2000], 3))
    assert whole.logits[1000:2000].tobytes() == part.logits.tobytes()


def test_some_classifiers_by_name_and_unknown_ones() -> None:
    payload = classifier_arrays([classifier("ce"), classifier("es")])
    assert list(classifiers_of(payload, ["es"])) == ["es"]
    with pytest.raises(ValueError, match=r"expected names of ce, es, got \['magic'\]"):
        classifiers_of(payload, ["magic"])


def test_faults_of_the_arrays_are_named() -> None:
    payload = classifier_arrays([classifier("ce")])
    fewer = Payload({name: array for name, array in payload.arrays.items() if name != "ce_2"}, payload.facts)
    with pytest.raises(ValueError, match="ce: expected 6 arrays of weights, ce_2 is missing"):
        classifiers_of(fewer)
    wrong = Payload({**payload.arrays, "ce_0": np.zeros((2, 2), np.float32)}, payload.facts)
    with pytest.raises(ValueError, match="weights must have shapes"):
        classifiers_of(wrong)["ce"].outputs(images())
    with pytest.raises(ValueError, match=r"different names, got \['ce', 'ce'\]"):
        classifier_arrays([classifier("ce"), classifier("ce")])
    with pytest.raises(ValueError, match=r"different names, got \[\]"):
        classifier_arrays([])
    with pytest.raises(ValueError, match="must have the architecture"):
        classifier_arrays([classifier("ce"), classifier("es", hidden=(5,))])

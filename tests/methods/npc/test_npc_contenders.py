"""NPC on digits: it corrects an over-fitted classifier, sees no noisy label, and rejects what does not fit."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from harness.protocols.noisy_labels.classifiers import Outputs, TrainedClassifier
from methods.npc.contenders import NPC, CalibratedClassifier, NPCPaperDelta, NPCProba, NPCRho
from methods.npc.prior import knn_prior, prior_concentration
from methods.npc.settings import NPCSettings
from tests.noisy_digits import context, held_out, known

QUICK = NPCSettings(epochs=2)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def fitted(settings: NPCSettings = QUICK, seed: int = 0, **changes: Any) -> CalibratedClassifier:
    given = replace(known(seed), **changes)
    return NPC(settings).fit(given.classifiers["ce"], given, context(NPC, seed))


def test_npc_corrects_an_overfitted_classifier() -> None:
    """Mean of three draws: the classifier has fitted its labels, and NPC is at least as accurate."""
    gains = []
    for seed in range(3):
        given, (images, targets) = known(seed), held_out(seed)
        classifier = given.classifiers["ce"]
        assert np.mean(classifier.outputs(given.train.images).classes == given.train.labels) >= 0.9
        outputs = classifier.outputs(images)
        own = fitted(NPCSettings(), seed).predict(images, outputs)
        gains.append(np.mean(own.argmax(1) == targets) - np.mean(outputs.classes == targets))
    assert np.mean(gains) > 0


@pytest.mark.parametrize("contender", [NPC, NPCProba, NPCPaperDelta, NPCRho])
def test_variants_give_distributions(contender: type[NPC]) -> None:
    given, (images, _) = known(), held_out(0)
    for settings in contender.configurations("smoke"):
        model = contender(replace(settings, epochs=1)).fit(given.classifiers["ce"], given, context(contender))
        found = model.predict(images, given.classifiers["ce"].outputs(images))
        assert found.shape == (len(images), 10)
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)
        assert found.min() >= 0
        assert model.transition is not None
        np.testing.assert_allclose(model.transition.sum(axis=1), 1)


def test_configurations() -> None:
    assert NPC.configurations("standard") == (NPCSettings(),)
    assert [s.rho for s in NPCRho.configurations("standard")] == [5, 1, 20]
    assert NPCProba.configurations("paper")[0].prior == "proba"
    assert NPCPaperDelta.configurations("paper")[0].offset(10) == 1
    assert NPCSettings().offset(10) == 1.1


def test_equal_trials_give_equal_bits_and_noisy_labels_change_the_transition_alone() -> None:
    images, _ = held_out(0)
    outputs = known().classifiers["ce"].outputs(images)
    train = known().train
    labels = np.roll(train.annotations.label, 1)
    other = replace(train, annotations=replace(train.annotations, label=labels))
    one, two, three = fitted(), fitted(), fitted(train=other)
    found = one.predict(images, outputs)
    np.testing.assert_array_equal(two.predict(images, outputs), found)
    np.testing.assert_array_equal(three.predict(images, outputs), found)
    assert not np.array_equal(one.transition, three.transition)


def test_the_classifier_is_not_changed() -> None:
    images, _ = held_out(0)
    classifier = known().classifiers["ce"]
    before = classifier.outputs(images)
    fitted()
    after = classifier.outputs(images)
    np.testing.assert_array_equal(after.logits, before.logits)


def test_few_support_points_are_flagged() -> None:
    train = known().train
    few = np.arange(6)
    part = replace(train, images=replace(train.images, images=train.images.images[few]),
                   annotations=train.annotations.of_items(few))  # fmt: skip
    model = fitted(replace(QUICK, support_batch=6), train=part)
    assert model.facts["flags"] == [f"{model.facts['support']} support points instead of 10 neighbours"]
    assert fitted().facts["flags"] == []


def outputs_of(embeddings: Any, logits: Any) -> Outputs:
    return Outputs(embeddings, logits)


FINE = np.zeros((4, 2), np.float32)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (outputs_of(None, FINE), "kNN prior needs embeddings"),
        (outputs_of(FINE * np.nan, FINE), "embeddings must be finite, got 8 values"),
        (outputs_of(FINE, FINE * np.nan), "logits must be finite, got 8 values"),
        (outputs_of(FINE, FINE[:, :1]), "two classes or more"),
    ],
)
def test_outputs_that_do_not_fit(given: Outputs, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        knn_prior(given, NPCSettings(), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rho": 0.0}, "rho must be positive, got 0.0"),
        ({"rho": float("nan")}, "rho must be positive, got nan"),
        ({"beta": -1.0}, "beta must be 0 or more, got -1.0"),
        ({"epochs": 0}, "epochs must be positive, got 0"),
        ({"neighbours": 0}, "neighbours must be positive, got 0"),
        ({"prior": "uniform"}, "prior must be one of onehot, proba, got 'uniform'"),
        ({"delta": "none"}, "delta must be one of program, paper, got 'none'"),
        ({"features": "pixels"}, "features must be one of logits, embedding, got 'pixels'"),
        ({"top": 3}, "top belongs to the prior 'proba'"),
    ],
)
def test_settings_out_of_range(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NPCSettings(**changes)


def test_other_bad_input() -> None:
    with pytest.raises(ValueError, match="calibration needs two classes or more, got 1"):
        NPCSettings().offset(1)
    with pytest.raises(ValueError, match="rho must be positive, got -1"):
        prior_concentration(np.eye(2), -1, 1.5)
    with pytest.raises(ValueError, match="evidence must be finite and 0 or more"):
        prior_concentration(np.full((1, 2), np.nan), 5, 1.5)


def test_a_loss_that_is_not_finite_names_its_epoch() -> None:
    given = known()
    broken = [w * 1e30 if w.ndim == 2 and w.shape == (64, 64) else w for w in given.classifiers["ce"].weights]
    classifier = TrainedClassifier("ce", given.classifiers["ce"].architecture, broken, None, {})
    with pytest.raises((FloatingPointError, ValueError), match="finite"):
        NPC(QUICK).fit(classifier, given, context(NPC))

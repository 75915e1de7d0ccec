"""The ten methods that train classifiers: selection, stopping, masks, faults; the loops on small stripes."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from harness.protocols.noisy_labels.metrics import BASES
from harness.protocols.noisy_labels.training.base import critical_weights, single_network, two_networks
from harness.protocols.noisy_labels.training.base.critical_weights import keep_critical, robust_early_learning
from harness.protocols.noisy_labels.training.base.material import Material, NoiseLevel, noisy_accuracy
from harness.protocols.noisy_labels.training.base.methods import METHODS, train_classifier
from harness.protocols.noisy_labels.training.base.schedules import forgotten_share, kept_count
from harness.protocols.noisy_labels.training.base.single_network import (
    cross_entropy,
    early_stopping,
    label_smoothing,
    last_epoch,
    symmetric,
)
from harness.protocols.noisy_labels.training.base.two_networks import co_teaching, exchanged_losses, jocor, smallest
from harness.protocols.noisy_labels.training.embedding_networks import EmbeddingNetwork, weights_of
from tests.harness.protocols.noisy_labels.noisy_stripes import NOISE, OPTIONS, labelled, material, striped


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_there_is_a_method_for_each_column_in_its_order() -> None:
    assert list(METHODS) == list(BASES)


@pytest.mark.parametrize("name", METHODS)
def test_each_method_learns_repeats_and_reports_noisy_accuracies(name: str) -> None:
    given = material(share=0.1, noise=NoiseLevel(0.1))
    state = torch.random.get_rng_state()
    one, again, other = (
        train_classifier(name, given.train, given.valid, given.options, given.noise, seed) for seed in (0, 0, 1)
    )
    assert torch.equal(state, torch.random.get_rng_state())
    assert same(list(one.weights), list(again.weights))
    assert not same(list(one.weights), list(other.weights))
    assert one.facts == again.facts
    predicted = one.outputs(given.train.images).classes
    assert one.facts["noisy_train_accuracy"] == pytest.approx(np.mean(predicted == given.train.labels))
    valid = one.outputs(given.valid.images).classes
    assert one.facts["noisy_valid_accuracy"] == pytest.approx(np.mean(valid == given.valid.labels))
    assert 1 <= one.facts["epochs"] <= OPTIONS.epochs
    assert np.mean(predicted == striped().targets[:100]) > 0.75
    assert (one.transition is not None) == (name in {"forward", "dualt", "tvr"})
    if one.transition is not None:
        np.testing.assert_allclose(one.transition.sum(axis=1), 1)


@pytest.mark.parametrize("network", ["mnist-convolutions"])
def test_networks_with_dropout_and_batch_normalisation_train(network: str) -> None:
    options = replace(OPTIONS, network=network, hidden=(), epochs=1, learning_rate=1e-3)
    given = material(options)
    one, again = (
        train_classifier("co_teaching", given.train, given.valid, options, given.noise, 0) for _ in range(2)
    )
    assert same(list(one.weights), list(again.weights))
    assert {array.dtype for array in one.weights} == {np.dtype("float32"), np.dtype("int64")}


def test_all_methods_of_a_seed_start_from_the_same_weights_and_batches() -> None:
    given = material()
    one, again = given.network(), material().network()
    assert same(weights_of(one), weights_of(again))
    assert not same(weights_of(one), weights_of(given.network(1)))
    assert not same(weights_of(one), weights_of(material(seed=1).network()))
    first, second = (torch.cat([labels for _, labels in given.epoch(given.stream("batches"))]) for _ in range(2))
    assert torch.equal(first, second)
    assert sorted(first.tolist()) == sorted(given.train.labels.tolist())


def test_early_stopping_keeps_the_weights_before_the_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    accuracies, seen = iter([0.5, 0.6, 0.6, 0.55, 0.9]), []

    def observed(network: nn.Module, part: object) -> float:
        seen.append(weights_of(network))
        return next(accuracies)

    monkeypatch.setattr(single_network, "noisy_accuracy", observed)
    found = early_stopping(material())
    assert len(seen) == 4  # an equal accuracy is no drop
    assert found.epochs == 3
    assert same(weights_of(found.network), seen[2])
    assert not same(weights_of(found.network), seen[3])


def test_early_stopping_is_the_beginning_of_cross_entropy() -> None:
    stopped = early_stopping(material(share=0.6))
    assert stopped.epochs < OPTIONS.epochs
    short = cross_entropy(material(replace(OPTIONS, epochs=stopped.epochs), share=0.6))
    assert same(weights_of(stopped.network), weights_of(short.network))


def test_without_a_drop_early_stopping_is_cross_entropy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_network, "noisy_accuracy", lambda network, part: 0.5)
    found = early_stopping(material())
    assert found.epochs == OPTIONS.epochs
    assert same(weights_of(found.network), weights_of(cross_entropy(material()).network))


def test_label_smoothing_smooths() -> None:
    given = material(replace(OPTIONS, epochs=150), share=0.0)

    def loss(network: EmbeddingNetwork, smoothing: float) -> float:
        found = network.eval()(given.training.pixels).detach()
        return float(F.cross_entropy(found, given.training.labels, label_smoothing=smoothing))

    plain, smooth = cross_entropy(given).network, label_smoothing(given).network
    # the least smoothed loss is the entropy of a label that is (0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3)
    least = -sum(p * math.log(p) for p in (0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3))
    assert loss(smooth, 0.1) == pytest.approx(least, abs=0.02)
    assert loss(plain, 0.1) > least + 0.1
    assert loss(plain, 0.0) < 0.01


def test_the_weights_of_symmetric_cross_entropy_depend_on_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()

    def observed(logits: Tensor, labels: Tensor, forward: float, reverse: float) -> Tensor:
        seen.add((forward, reverse))
        return F.cross_entropy(logits, labels)

    monkeypatch.setattr(single_network, "symmetric_cross_entropy", observed)
    grey = material(replace(OPTIONS, epochs=1))
    symmetric(grey)
    assert seen == {(0.01, 1.0)}
    colours = np.repeat(grey.train.images.images[..., None], 3, axis=3)
    part = labelled(colours, grey.train.labels)
    symmetric(Material(part, part, grey.options, None, 0))
    assert seen == {(0.01, 1.0), (0.1, 1.0)}


def test_co_teaching_learns_what_the_other_network_selects() -> None:
    random = np.random.default_rng(0)
    first, second = (torch.from_numpy(random.normal(size=(10, 3))) for _ in range(2))
    labels = torch.from_numpy(random.integers(3, size=10))
    found = exchanged_losses(first, second, labels, forgotten=0.3)
    one, two = (
        [-math.log(row[label]) for row, label in zip(logits.softmax(1).tolist(), labels, strict=True)]
        for logits in (first, second)
    )
    for losses, others, loss in ((one, two, found[0]), (two, one, found[1])):
        chosen = sorted(range(10), key=others.__getitem__)[:7]
        assert float(loss) == pytest.approx(sum(losses[item] for item in chosen) / 7)


def test_equal_losses_are_selected_in_their_order() -> None:
    assert smallest(torch.tensor([1.0, 0.0, 1.0, 1.0]), 3).tolist() == [1, 0, 2]


@pytest.mark.parametrize(("method", "rate"), [(co_teaching, 0.4), (jocor, 0.2)])
def test_selection_keeps_the_share_of_each_epoch(
    method: object, rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JoCoR halves the rate of asymmetric noise, Co-teaching does not."""
    counts = []

    def observed(losses: Tensor, count: int) -> Tensor:
        counts.append(count)
        return smallest(losses, count)

    monkeypatch.setattr(two_networks, "smallest", observed)
    options = replace(OPTIONS, epochs=40, batch=50)
    found = method(material(options, NoiseLevel(0.4, asymmetric=True)))  # type: ignore[operator]
    calls = 2 * (2 if method is co_teaching else 1)  # batches, networks
    expected = [kept_count(50, forgotten_share(epoch, 40, rate)) for epoch in range(40)]
    assert counts == np.repeat(expected, calls).tolist()
    assert (expected[0], expected[-1]) == (50, round(50 * (1 - rate)))
    assert found.facts == {"given_rate": rate}


def test_noisy_validation_labels_choose_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def best(first: float, second: float) -> list[np.ndarray]:
        accuracies = iter([first, second])
        monkeypatch.setattr(two_networks, "noisy_accuracy", lambda network, part: next(accuracies))
        return weights_of(co_teaching(material()).network)

    equal = best(0.5, 0.5)
    assert same(equal, best(0.6, 0.5))
    assert not same(equal, best(0.5, 0.6))


@pytest.mark.parametrize("share", [0.25, 0.6, 1.0])
def test_critical_weights_are_the_most_salient_share(share: float) -> None:
    random = np.random.default_rng(0)
    weights, gradients = [], []
    for shape in ((5, 4), (3, 5, 2, 2)):
        weight = nn.Parameter(torch.from_numpy(random.normal(size=shape)))
        weight.grad = torch.from_numpy(random.normal(size=shape))
        gradients.append(weight.grad.numpy().copy())
        weights.append(weight)
    keep_critical(weights, share)
    saliency = np.concatenate(
        [abs(w.detach().numpy() * g).ravel() for w, g in zip(weights, gradients, strict=True)]
    )
    before = np.concatenate([gradient.ravel() for gradient in gradients])
    after = np.concatenate([np.asarray(weight.grad).ravel() for weight in weights])
    chosen = np.argsort(-saliency)[: int(share * 80)]
    expected = np.zeros(80)
    expected[chosen] = share * before[chosen]
    np.testing.assert_allclose(after, expected)
    assert (after != 0).sum() == int(share * 80)


def test_without_a_critical_weight_no_gradient_is_left() -> None:
    weight = nn.Parameter(torch.ones(2, 2))
    weight.grad = torch.ones(2, 2)
    keep_critical([weight], 0.0)
    assert weight.grad.abs().sum() == 0
    with pytest.raises(ValueError, match="got one without"):
        keep_critical([nn.Parameter(torch.ones(1, 1))], 0.5)


def test_robust_early_learning_masks_weights_but_not_biases(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(critical_weights, "LEARNING_RATES", (1e-3,))
    monkeypatch.setattr(
        critical_weights, "keep_critical", lambda w, share: seen.append(([p.ndim for p in w], share))
    )
    found = robust_early_learning(material())
    assert seen == [([2, 2], 0.7)] * OPTIONS.epochs * 7
    assert found.facts == {"given_rate": 0.3, "learning_rate": 1e-3}


def test_noisy_validation_labels_choose_the_learning_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    accuracies = iter([0.5, 0.7, 0.7])
    monkeypatch.setattr(critical_weights, "noisy_accuracy", lambda network, part: next(accuracies))
    assert robust_early_learning(material()).facts["learning_rate"] == 1e-2


def test_accuracy_leaves_the_mode_of_the_network() -> None:
    given = material()
    network = given.network()
    assert network.training
    noisy_accuracy(network, given.training)
    assert network.training
    noisy_accuracy(network.eval(), given.training)
    assert not network.training


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan")])
def test_rates_outside_the_unit_interval_are_rejected(rate: float) -> None:
    with pytest.raises(ValueError, match=r"rate must lie in \[0, 1\], got"):
        NoiseLevel(rate)


@pytest.mark.parametrize(("name", "title"), [("co_teaching", "Co-teaching"), ("jocor", "JoCoR"), ("rel", "REL")])
def test_methods_that_need_the_rate_name_themselves(name: str, title: str) -> None:
    given = material()
    with pytest.raises(ValueError, match=f"{title} needs the rate of the noise, and none is known"):
        train_classifier(name, given.train, given.valid, given.options, None, 0)
    train_classifier("ce", given.train, given.valid, replace(given.options, epochs=1), None, 0)


def test_faults_of_the_material_are_named() -> None:
    given, images = material(), striped().images
    with pytest.raises(ValueError, match=r"base must be one of ce, es, .*, got 'magic'"):
        train_classifier("magic", given.train, given.valid, OPTIONS, NOISE, 0)
    one_class = labelled(images[:4], np.zeros(4, np.int64), classes=1)
    with pytest.raises(ValueError, match="two classes or more, got 1"):
        Material(one_class, one_class, OPTIONS, NOISE, 0)
    nothing = labelled(images[:0], np.zeros(0, np.int64))
    with pytest.raises(ValueError, match="valid must hold an image or more"):
        Material(given.train, nothing, OPTIONS, NOISE, 0)
    with pytest.raises(ValueError, match=r"label must lie in 0\.\.2, got 0\.\.3"):
        labelled(images[:2], np.array([0, 3]))
    twice = np.array([0, 0, 1, 1])
    several = replace(
        given.train.annotations,
        item=twice,
        label=twice,
        annotator=0 * twice,
        features=np.zeros((4, 0)),
        num_items=2,
    )
    with pytest.raises(ValueError, match="one label an image, got 4 for 2"):
        Material(
            replace(labelled(images[:2], np.array([0, 1])), annotations=several), given.valid, OPTIONS, NOISE, 0
        )


def test_a_training_that_diverges_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given = material()
    options = replace(OPTIONS, learning_rate=1e30)
    with pytest.raises(ArithmeticError, match="training of ce diverged"):
        train_classifier("ce", given.train, given.valid, options, NOISE, 0)


def test_last_epoch_continues_a_network() -> None:
    given = material(replace(OPTIONS, epochs=2))
    network = given.network()
    before = weights_of(network)
    found = last_epoch(given, F.cross_entropy, network)
    assert found.network is network
    assert not same(before, weights_of(network))

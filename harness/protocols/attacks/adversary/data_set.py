"""Construction of a data set of attacked images from clean ones: networks, dictionaries and signals.

For each fold f, arrays ``f<f>_<name>``; rows are flattened images of d pixels, q attacks in the recipe's order:

    network_<i>                         weights of the network under attack, in ``state_dict`` order
    train_images, _labels               (n, d) uint8, (n,): training images of the networks
    dictionary_images, _labels          (r m, d) float32 in [0, 1], (r m,): the first m of each class of these
    dictionary_changes, other_changes   (q, r m, d) float32: attacked minus clean, for the network under attack and
                                        for another (same architecture, other initial weights and batches)
    valid_images, _labels, _changes     (v, d), (v,), (q, v, d)
    test_images, _labels, _changes      (t, d), (t,), (q, t, d)
    test_changes_held_out               (q, s, d), the first s test images in the held-out radii
    test_changes_carlini_wagner         (s, d), if the recipe asks for it

Folds share no validation or test image. Attacks on dictionary, validation and test images have different seeds.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

import numpy as np
import torch
from torch import nn

from harness.payload import Payload
from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.carlini_wagner import carlini_wagner
from harness.protocols.attacks.adversary.images import Attacked
from harness.protocols.attacks.adversary.named_networks import named_network, weights_of
from harness.protocols.attacks.adversary.networks import initialised
from harness.protocols.attacks.adversary.projected_gradient import projected_gradient
from harness.protocols.attacks.adversary.recipe import Recipe
from harness.protocols.attacks.adversary.training import predicted_labels, train_classifier
from harness.protocols.images.arrays import ImageDataset
from harness.seeds import stream


def attacked_images(base: ImageDataset, recipe: Mapping[str, Any]) -> Payload:
    """Make all folds; the first split of `base` determines the training, validation and test images.

    Raises:
        ValueError: a recipe that does not fit, or too few images for it.
        NotANumber: a network's training diverged.
    """
    plan = Recipe.of(recipe)
    arrays: dict[str, np.ndarray] = {}
    facts = []
    with _threads(1 if plan.network == "dense" else torch.get_num_threads()):
        for fold in range(plan.folds):
            made = _fold(base, plan, fold)
            arrays |= {f"f{fold}_{name}": array for name, array in made.arrays.items()}
            facts.append(dict(made.facts))
    return Payload(arrays, {"num_classes": base.num_classes, "recipe": dict(recipe), "folds": facts})


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Set the number of torch's threads: products of small layers are slower with more threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _fold(base: ImageDataset, plan: Recipe, fold: int) -> Payload:
    split = base.splits[0]
    rows = pixel_rows(base.images)
    train = _drawn(split.train, min(plan.train, len(split.train)), plan.seed, "train", 0)
    valid, test = (
        _drawn(part, count, plan.seed, name, fold)
        for name, part, count in (("valid", split.valid, plan.valid), ("test", split.test, plan.test))
    )
    chosen = train[first_of_each_class(base.targets[train], plan.per_class, base.num_classes)]
    arguments = plan.arguments(rows.shape[1], base.num_classes)

    def trained(which: str) -> nn.Module:
        seed = stream("network under attack", plan.seed, fold, which)
        network = initialised(lambda: named_network(plan.network, arguments), seed)
        train_classifier(network, in_unit_interval(rows[train]), base.targets[train], plan.training, seed)
        return network.eval()

    victim, other = trained("first"), trained("other")

    def attacked(
        network: nn.Module, index: np.ndarray, purpose: str, budgets: tuple[Budget, ...]
    ) -> list[Attacked]:
        seed = stream("attacked images", plan.seed, fold, purpose)
        images, labels = in_unit_interval(rows[index]), base.targets[index]
        return [projected_gradient(network, images, labels, budget, seed) for budget in budgets]

    found = {
        "dictionary_changes": attacked(victim, chosen, "dictionary", plan.budgets),
        "other_changes": attacked(other, chosen, "other", plan.budgets),
        "valid_changes": attacked(victim, valid, "valid", plan.budgets),
        "test_changes": attacked(victim, test, "test", plan.budgets),
        "test_changes_held_out": attacked(victim, test[: plan.secondary], "held out", plan.held_out),
    }
    arrays = {
        **{f"network_{number}": weights for number, weights in enumerate(weights_of(victim))},
        "train_images": rows[train],
        "train_labels": base.targets[train],
        "dictionary_images": in_unit_interval(rows[chosen]),
        "dictionary_labels": base.targets[chosen],
        "valid_images": in_unit_interval(rows[valid]),
        "valid_labels": base.targets[valid],
        "test_images": in_unit_interval(rows[test]),
        "test_labels": base.targets[test],
        **{name: np.stack([attack.changes.numpy() for attack in attacks]) for name, attacks in found.items()},
    }
    if plan.carlini_wagner:
        l2 = next((budget for budget in plan.budgets if budget.norm == "l2"), plan.budgets[0])
        images, labels = arrays["test_images"][: plan.secondary], arrays["test_labels"][: plan.secondary]
        unseen = carlini_wagner(victim, images, labels, l2.step, plan.carlini_wagner)
        arrays["test_changes_carlini_wagner"] = unseen.changes.numpy()
    return Payload(arrays, _facts(base, plan, fold, arrays, found, (victim, other)))


def _facts(
    base: ImageDataset,
    plan: Recipe,
    fold: int,
    arrays: Mapping[str, np.ndarray],
    found: Mapping[str, list[Attacked]],
    networks: tuple[nn.Module, nn.Module],
) -> dict[str, Any]:
    """Return facts that are not in the arrays; success rates and counts of saturated images by array and family."""
    accuracies = [
        float((predicted_labels(network, arrays["valid_images"]) == arrays["valid_labels"]).mean())
        for network in networks
    ]
    return {
        "fold": fold,
        "seed": plan.seed,
        "network": plan.network,
        "arguments": list(plan.arguments(arrays["test_images"].shape[1], base.num_classes)),
        "weights": sum(name.startswith("network_") for name in arrays),
        "image_shape": list(base.images.shape[1:]),
        "families": [budget.norm for budget in plan.budgets],
        "budgets": [list(astuple(budget)) for budget in plan.budgets],
        "held_out_eps": [budget.eps for budget in plan.held_out],
        "clean_accuracy": accuracies[0],
        "other_clean_accuracy": accuracies[1],
        "success": {n: [float(a.success.float().mean()) for a in attacks] for n, attacks in found.items()},
        "stuck": {n: [int(a.stuck.sum()) for a in attacks] for n, attacks in found.items()},
    }


def _drawn(part: np.ndarray, count: int, seed: int, purpose: str, fold: int) -> np.ndarray:
    """Return the fold's `count` items of a part, in data-set order; folds share none."""
    if count * (fold + 1) > len(part):
        raise ValueError(
            f"{purpose} images are {len(part)}; expected {count * (fold + 1)} for {fold + 1} fold(s) of {count}"
        )
    shuffled = stream("attacked images", seed, purpose).permutation(part)
    return np.sort(shuffled[count * fold : count * (fold + 1)])


def first_of_each_class(labels: np.ndarray, per_class: int, classes: int) -> np.ndarray:
    """Return the positions of the first `per_class` items of each class, in order of class.

    Raises:
        ValueError: a class with fewer items.
    """
    counts = np.bincount(labels, minlength=classes)
    if counts.min() < per_class:
        raise ValueError(
            f"per_class is {per_class}; expected at most {counts.min()}, the images of class {counts.argmin()}"
        )
    return np.concatenate([np.flatnonzero(labels == label)[:per_class] for label in range(classes)])


def pixel_rows(images: np.ndarray) -> np.ndarray:
    """Return images (n, h, w) or (n, h, w, c) as rows (n, d), channels first; uint8 as they are."""
    ordered = images if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(ordered.reshape(len(images), -1))


def in_unit_interval(rows: np.ndarray) -> np.ndarray:
    """Return uint8 pixels as float32 in [0, 1]."""
    return rows.astype(np.float32) / np.float32(255)

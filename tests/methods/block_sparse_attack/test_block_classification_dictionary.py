"""The joint dictionary: which images, which columns, which order."""

import numpy as np
import pytest
import torch

from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.networks import dense, initialised
from harness.protocols.attacks.adversary.projected_gradient import projected_gradient
from methods.block_sparse_attack.classification.attack_atoms import attack_dictionary
from methods.block_sparse_attack.classification.joint_dictionary import JointDictionary, first_of_each_class

LABELS = np.array([1, 0, 1, 2, 0, 2, 1])


def small(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.uniform(size=(6, 5)), random.normal(size=(2, 6, 5))


def test_the_first_images_of_each_class_in_data_set_order() -> None:
    assert first_of_each_class(LABELS, 2, 3).tolist() == [1, 4, 0, 2, 3, 5]
    assert first_of_each_class(LABELS, 1, 3).tolist() == [1, 0, 3]


def test_columns_are_unit_and_attack_major() -> None:
    images, changes = small()
    labels = np.array([2, 0, 1, 0, 2, 1])
    changes[1, 3] = 0  # an attack that did nothing
    joint = JointDictionary.of(images, labels, changes, 3, ("l2", "linf"))
    assert joint.dictionary.groups.sizes == (2,) * 9
    for label in range(3):
        rows = np.flatnonzero(labels == label)
        expected = images[rows] / np.linalg.norm(images[rows], axis=1, keepdims=True)
        np.testing.assert_allclose(joint.dictionary.block(label).T, expected)
        np.testing.assert_array_equal(joint.signals.block(label), joint.dictionary.block(label))
        for attack in range(2):
            part = changes[attack, rows]
            norms = np.linalg.norm(part, axis=1, keepdims=True)
            block = joint.dictionary.block(joint.layout.attack_group(attack, label)).T
            np.testing.assert_allclose(block, part / np.where(norms > 0, norms, 1))
    assert not joint.dictionary.block(joint.layout.attack_group(1, 0))[:, 1].any()


def test_attack_energy_counts_the_attack_blocks_only() -> None:
    images, changes = small()
    joint = JointDictionary.of(images, np.array([0, 0, 1, 1, 2, 2]), changes, 3, ("l2", "linf"))
    codes = np.zeros((3, 18))
    codes[0, :6] = 1
    codes[1, 7] = 2
    signals = np.ones((3, 5))
    signals[2] = 0
    found = joint.attack_energy(signals, codes)
    np.testing.assert_allclose(found, [0, 2 / np.sqrt(5), 0])


def test_a_networks_own_perturbations_are_the_attack_blocks() -> None:
    random = np.random.default_rng(1)
    images, labels = random.uniform(size=(30, 8)).astype(np.float32), np.arange(30) % 3
    network = initialised(lambda: dense(8, 12, 3), random)
    budgets = (Budget("l1", 1.0, 0.3, 5, 0.5), Budget("linf", 0.1, 0.03, 5))
    made = {
        "per_class": 4,
        "classes": 3,
    }
    joint = attack_dictionary(network, images, labels, budgets, **made, generator=np.random.default_rng(7))
    again = attack_dictionary(network, images, labels, budgets, **made, generator=np.random.default_rng(7))
    assert joint.families == ("l1", "linf")
    np.testing.assert_array_equal(joint.dictionary.atoms, again.dictionary.atoms)
    chosen = first_of_each_class(labels, 4, 3)
    generator = np.random.default_rng(7)
    for attack, budget in enumerate(budgets):
        change = projected_gradient(
            network, torch.from_numpy(images[chosen]), labels[chosen], budget, generator
        ).changes
        unit = (change / change.norm(dim=1, keepdim=True)).numpy()
        for label in range(3):
            block = joint.dictionary.block(joint.layout.attack_group(attack, label)).T
            np.testing.assert_allclose(block, unit[4 * label : 4 * label + 4], atol=1e-6)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"labels": np.array([0, 0, 1, 1, 2, 3])}, "labels hold values out of range"),
        ({"labels": np.array([0, 0, 1, 1, 2, -1])}, "labels hold values out of range"),
        ({"labels": np.array([0, 0, 1, 1, 1, 2])}, "labels have 1 to 3 images a class"),
        ({"labels": np.zeros(5, int)}, "labels have shape"),
        ({"labels": np.zeros(6)}, "labels have shape"),
        ({"perturbations": np.zeros((2, 6, 4))}, "perturbations have shape"),
        ({"perturbations": np.zeros((1, 6, 5))}, "perturbations have shape"),
        ({"images": np.full((6, 5), np.nan)}, "NaN"),
        ({"images": np.zeros((6, 0))}, "images have shape"),
    ],
)
def test_what_does_not_fit_is_refused(changed: dict, message: str) -> None:
    images, changes = small()
    given = {"images": images, "labels": np.array([0, 0, 1, 1, 2, 2]), "perturbations": changes} | changed
    with pytest.raises(ValueError, match=message):
        JointDictionary.of(**given, classes=3, families=("l2", "linf"))


def test_too_few_images_or_repeated_norms_are_refused() -> None:
    with pytest.raises(ValueError, match="per_class is 3; expected at most 2, the images of class 0"):
        first_of_each_class(LABELS, 3, 3)
    with pytest.raises(ValueError, match="per_class"):
        first_of_each_class(LABELS, 0, 3)
    budget = Budget("l2", 1.0, 0.1, 1)
    rows, labels = np.zeros((3, 4)), np.arange(3)
    for budgets in ((), (budget, budget)):
        with pytest.raises(ValueError, match="budgets have norms"):
            attack_dictionary(
                dense(4, 3), rows, labels, budgets, per_class=1, classes=3, generator=np.random.default_rng(0)
            )

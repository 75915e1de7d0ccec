"""Input of contenders of attack identification, output of their models, cut of the folds. Numpy only."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.payload import Payload
from harness.protocols.attacks.arrays import AttackedDataset
from harness.seeds import stream

if TYPE_CHECKING:
    from torch import nn

NOT_ATTACKED = -1
UNSEEN = "test_changes_carlini_wagner"


@dataclass(frozen=True)
class NetworkUnderAttack:
    """The undefended network: a name of `adversary.named_networks`, its arguments and its trained weights."""

    name: str
    arguments: tuple[int, ...]
    weights: tuple[np.ndarray, ...]

    def build(self) -> "nn.Sequential":
        """Return the network in evaluation mode; it maps flattened images (n, d) to scores (n, classes)."""
        from harness.protocols.attacks.adversary.named_networks import network_with

        return network_with(self.name, self.arguments, self.weights)


@dataclass(frozen=True)
class AttackDictionary:
    """Training images and the changes that each attack adds to them.

    Attributes:
        images: (r m, d) float32 in [0, 1], m of each class.
        labels: (r m,).
        changes: (q, r m, d) float32, attacked minus clean.
    """

    images: np.ndarray
    labels: np.ndarray
    changes: np.ndarray


@dataclass(frozen=True)
class Known:
    """Knowledge of a defender before the first signal arrives.

    Attributes:
        network: the network under attack.
        dictionary: the attack dictionary.
        images, labels: training images of the network, (n, d) uint8 and (n,).
        families: names of the attacks, q; an attack is identified by its position here.
        budgets: ``(norm, eps, step, iterations, sparsity)`` of each, arguments of `adversary.budgets.Budget`.
        num_classes: number of classes r.
        image_shape: height and width, then channels if there are any.
    """

    network: NetworkUnderAttack
    dictionary: AttackDictionary
    images: np.ndarray
    labels: np.ndarray
    families: tuple[str, ...]
    budgets: tuple[tuple[Any, ...], ...]
    num_classes: int
    image_shape: tuple[int, ...]

    def with_dictionary(self, changes: np.ndarray) -> "Known":
        """Return a copy with other attacks on the dictionary's images."""
        return replace(self, dictionary=replace(self.dictionary, changes=changes))


@dataclass(frozen=True)
class LabelledSignals:
    """Validation signals: attacked training-side images that neither the network nor the dictionary holds.

    Attributes:
        signals: (n, d) float32.
        labels: class of each, (n,).
        attacks: family of each, (n,); `NOT_ATTACKED` for clean ones.
    """

    signals: np.ndarray
    labels: np.ndarray
    attacks: np.ndarray

    @property
    def attacked(self) -> np.ndarray:
        """Whether each signal is attacked, (n,)."""
        return self.attacks != NOT_ATTACKED


@dataclass(frozen=True)
class Identification:
    """Predictions of a model for n signals.

    Attributes:
        labels: class of each, (n,) integers.
        attacks: family of each, (n,) integers, or None for a model that identifies no attacks.
        denoised: estimate of the clean signals, (n, d), or None.
        attack_energy: share of each signal that is attributed to an attack, (n,) of 0 or more, or None.
        gap: certified relative optimality gap of each, (n,), NaN for a heuristic, or None.
    """

    labels: np.ndarray
    attacks: np.ndarray | None = None
    denoised: np.ndarray | None = None
    attack_energy: np.ndarray | None = None
    gap: np.ndarray | None = None


def known_of(inputs: Payload, view: Payload) -> Known:
    """Return the arguments of ``fit`` from the view of a fold."""
    facts = view.facts
    return Known(
        NetworkUnderAttack(
            facts["network"],
            tuple(facts["arguments"]),
            tuple(view[f"network_{number}"] for number in range(facts["weights"])),
        ),
        AttackDictionary(view["dictionary_images"], view["dictionary_labels"], view["dictionary_changes"]),
        view["train_images"],
        view["train_labels"],
        tuple(facts["families"]),
        tuple(tuple(budget) for budget in facts["budgets"]),
        int(inputs.facts["num_classes"]),
        tuple(facts["image_shape"]),
    )


def validation_of(view: Payload) -> LabelledSignals:
    """Return the validation signals: clean ones first, then each attack's."""
    images, changes = view["valid_images"], view["valid_changes"]
    families = np.arange(NOT_ATTACKED, len(changes))
    return LabelledSignals(
        np.concatenate([images, *(images + change for change in changes)]),
        np.tile(view["valid_labels"], len(families)),
        np.repeat(families, len(images)),
    )


@dataclass(frozen=True)
class TestGroups:
    """Composition of the test signals of a fold.

    Groups follow one another, signals within a group follow the order of the test images; then all are shuffled.

    Attributes:
        names: names of the groups: ``clean``, the families, ``held_out_<family>``, and any unseen attack.
        sizes: signals of each group; those in held-out radii may be of fewer images.
        order: position -> number of the signal before shuffling, (sum of sizes,).
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    order: np.ndarray

    @classmethod
    def of(cls, data: AttackedDataset, fold: int) -> "TestGroups":
        """Return the groups of a fold; the order depends on the data set's name and the fold alone."""
        held = data.folds[fold]
        families = tuple(held.facts["families"])
        whole, part = len(held["test_labels"]), held["test_changes_held_out"].shape[1]
        unseen = ("carlini_wagner",) if UNSEEN in held.arrays else ()
        names = ("clean", *families, *(f"held_out_{family}" for family in families), *unseen)
        sizes = (whole,) * (1 + len(families)) + (part,) * (len(names) - 1 - len(families))
        return cls(names, sizes, stream("order of signals", data.name, fold).permutation(sum(sizes)))

    @property
    def total(self) -> int:
        """Number of signals."""
        return len(self.order)

    def by_name(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Sort predictions for the shuffled signals, (total, ...), into one array for each group."""
        sorted_out = np.empty_like(values)
        sorted_out[self.order] = values
        return dict(zip(self.names, np.split(sorted_out, np.cumsum(self.sizes)[:-1]), strict=True))

    @property
    def images(self) -> np.ndarray:
        """The test image of each shuffled signal, (total,)."""
        return np.concatenate([np.arange(size) for size in self.sizes])[self.order]

    @property
    def groups(self) -> np.ndarray:
        """The group of each shuffled signal, (total,)."""
        return np.repeat(np.arange(len(self.names)), self.sizes)[self.order]

    def secondary(self, families: int) -> np.ndarray:
        """Return where signals in the dictionary's radii of the images with secondary attacks are, ascending."""
        group = self.groups
        return np.flatnonzero((group >= 1) & (group <= families) & (self.images < self.sizes[-1]))


def shuffled_signals(data: AttackedDataset, fold: int, groups: TestGroups) -> np.ndarray:
    """Return the test signals of a fold, (total, d) float32, in the shuffled order."""
    held = data.folds[fold]
    images = held["test_images"]
    changes = [*held["test_changes"], *held["test_changes_held_out"]]
    if UNSEEN in held.arrays:
        changes.append(held[UNSEEN])
    return np.concatenate([images, *(images[: len(change)] + change for change in changes)])[groups.order]

"""Recipe of a data set of attacked images: network, attacks and numbers of images, as plain values.

{
    "network": {"build": "dense", "hidden": (128, 128)},
    "training": {"epochs": 30, "learning_rate": 0.1, "momentum": 0.9, "batch_size": 64},
    "train": 1200, "per_class": 20, "valid": 40, "test": 40, "folds": 3, "seed": 0,
    "budgets": {"l1": (3.0, 0.3, 50), "l2": (1.0, 0.1, 50), "linf": (0.2, 0.02, 50)},   # eps, step, iterations
    "held_out": {"l1": 2.0, "l2": 0.7, "linf": 0.1},                                    # eps
    "carlini_wagner": 100,                                                              # iterations
}
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.training import ClassifierTraining


@dataclass(frozen=True)
class Recipe:
    """All options with which `harness.protocols.attacks.adversary.data_set` attacks a data set of images.

    Attributes:
        network: a name of `harness.protocols.attacks.adversary.named_networks`.
        hidden: widths of the hidden layers of a dense network.
        training: settings of the networks' training.
        train: largest number of training images.
        per_class: m, dictionary images of each class.
        valid, test: images of one fold; each is attacked by every family.
        secondary: number of test images (the first ones) that are also attacked in held-out radii and by
            Carlini-Wagner; signals of as many images are coded with another network's attacks.
        folds: replications, each with its own networks, attacks, validation and test images.
        budgets: budgets of the attacks, in the order of the dictionary's families.
        held_out: the same attacks in other radii, for test signals that the dictionary was not built for.
        carlini_wagner: iterations of a Carlini-Wagner attack on the test images, which no dictionary holds; 0 for
            none.
        seed: seed of all random draws.

    Raises:
        ValueError: a count out of its range, or attacks that do not fit together.
    """

    network: str
    training: ClassifierTraining
    train: int
    per_class: int
    valid: int
    test: int
    budgets: tuple[Budget, ...]
    held_out: tuple[Budget, ...]
    hidden: tuple[int, ...] = ()
    secondary: int = 40
    folds: int = 1
    carlini_wagner: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("train", "per_class", "valid", "test", "secondary", "folds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected 1 or more")
        if not self.budgets or [b.norm for b in self.budgets] != [b.norm for b in self.held_out]:
            raise ValueError("budgets and held_out must name the same attacks, one or more, in the same order")
        if self.carlini_wagner < 0:
            raise ValueError(f"carlini_wagner is {self.carlini_wagner}; expected 0 or more iterations")

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Recipe":
        """Read plain values, as a catalog entry or JSON gives them.

        Raises:
            ValueError: an unknown or a missing name, or a value out of its range.
        """
        known = {field.name for field in fields(cls)} - {"hidden"}
        needed = known - {"secondary", "folds", "carlini_wagner", "seed"}
        if set(options) - known or needed - set(options):
            raise ValueError(
                f"recipe: unknown {sorted(set(options) - known)}, missing {sorted(needed - set(options))}"
            )
        budgets = tuple(Budget(norm, *size) for norm, size in options["budgets"].items())
        if set(options["held_out"]) != {budget.norm for budget in budgets}:
            raise ValueError(f"held_out names {sorted(options['held_out'])}; expected {sorted(options['budgets'])}")
        return cls(
            **{
                **options,
                "network": options["network"]["build"],
                "hidden": tuple(options["network"].get("hidden", ())),
                "training": ClassifierTraining(**options["training"]),
                "budgets": budgets,
                "held_out": tuple(budget.within(options["held_out"][budget.norm]) for budget in budgets),
            }
        )

    def arguments(self, dimension: int, classes: int) -> tuple[int, ...]:
        """Return the arguments of the network for images of `dimension` pixels."""
        return (dimension, *self.hidden, classes) if self.network == "dense" else (classes,)

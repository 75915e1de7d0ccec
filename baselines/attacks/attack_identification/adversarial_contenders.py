"""Adversarial training as contenders: networks of the architecture that is under attack, trained on attacks.

They identify no attacks. The protocol attacks each of them directly (`white_box_accuracy`); their accuracy on the
task's signals, attacks on the undefended network, is that of a transferred attack.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from torch import Tensor, nn

from baselines.attacks.attack_identification.adversarial_training import AdversarialLoss
from harness.contract.contender import Settings
from harness.contract.context import Context
from harness.protocols.attacks.adversary.budgets import Budget
from harness.protocols.attacks.adversary.named_networks import named_network
from harness.protocols.attacks.adversary.networks import initialised
from harness.protocols.attacks.adversary.training import ClassifierTraining, predicted_labels, train_classifier
from harness.protocols.attacks.attack_identification import AttackIdentifier
from harness.protocols.attacks.signals import Identification, Known, LabelledSignals

REACH = 2.5  # steps reach this many radii together (Madry et al. 2018)


@dataclass(frozen=True)
class AdversarialSettings(Settings):
    """Settings of adversarial training, chosen by white-box accuracy on validation images of first replications.

    Attributes:
        updates, learning_rate: gradient updates, rounded to whole epochs, and their size.
        dense_updates, dense_learning_rate: the same for networks without convolutions: an update costs a fraction,
            and the faces' network, with 36 images a class, forgets them all at the rate that suits convolutions.
        iterations: steps of the inner attacks; each is `REACH` eps / iterations long.
        warm: whether training starts from the undefended network's weights instead of fresh ones.
        ramp: share of the updates over which the radii grow from zero: in full radii from the start, training
            within a large linf ball ends at a constant network.
        momentum, batch_size: options of the descent.
    """

    updates: int
    dense_updates: int
    iterations: int
    warm: bool = True
    ramp: float = 0.5
    learning_rate: float = 0.1
    dense_learning_rate: float = 0.02
    momentum: float = 0.9
    batch_size: int = 128


class GrowingLoss:
    """The adversarial loss with radii that grow linearly over the first updates."""

    def __init__(
        self, scheme: str, budgets: tuple[Budget, ...], growing: float, generator: np.random.Generator
    ) -> None:
        self.scheme, self.budgets, self.generator = scheme, budgets, generator
        self.growing, self.done = max(growing, 1.0), 0

    def __call__(self, network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy at images attacked within the current radii."""
        self.done += 1
        size = min(1.0, self.done / self.growing)
        now = tuple(replace(budget, eps=size * budget.eps, step=size * budget.step) for budget in self.budgets)
        return AdversarialLoss(self.scheme, now, self.generator)(network, images, labels)


@dataclass
class AdversariallyTrainedNetwork:
    """Adversarially trained network as a model."""

    network: nn.Module
    facts: dict[str, Any]

    @property
    def num_parameters(self) -> int:
        """Number of weights of the network."""
        return sum(parameter.numel() for parameter in self.network.parameters())

    def identify(self, signals: np.ndarray) -> Identification:
        """Return the network's classes of signals (n, d)."""
        return Identification(predicted_labels(self.network, signals))


class AdversarialTraining(AttackIdentifier):
    """Base of the schemes of adversarial training.

    Attributes:
        scheme: one of `adversarial_training.SCHEMES`.
    """

    streams = ("init", "batches", "attacks")
    scheme: ClassVar[str]

    @classmethod
    def configurations(cls, profile: str) -> Sequence[Settings]:
        """Return one configuration: a search would multiply the cost of the most expensive baseline."""
        of = {
            "smoke": AdversarialSettings(updates=60, dense_updates=60, iterations=5, batch_size=64),
            "standard": AdversarialSettings(updates=160, dense_updates=640, iterations=5),
            "paper": AdversarialSettings(updates=7000, dense_updates=7000, iterations=50, warm=False, ramp=0.1),
        }
        return (of[profile],)

    def fit(self, known: Known, valid: LabelledSignals, context: Context) -> AdversariallyTrainedNetwork:
        """Return a network of the known architecture, trained on the known training images."""
        s = self.settings
        network = known.network.build() if s.warm else _fresh(known, context.stream("init"))
        dense = known.network.name == "dense"
        wanted, rate = (s.dense_updates, s.dense_learning_rate) if dense else (s.updates, s.learning_rate)
        epochs = max(1, round(wanted * s.batch_size / len(known.images)))
        updates = epochs * -(-len(known.images) // s.batch_size)
        loss = GrowingLoss(
            self.scheme, inner_budgets(known, s.iterations), s.ramp * updates, context.stream("attacks")
        )
        settings = ClassifierTraining(epochs, rate, s.momentum, s.batch_size)
        images = known.images / np.float32(255)
        losses = train_classifier(network, images, known.labels, settings, context.stream("batches"), loss)
        for epoch, value in enumerate(losses):
            context.log(epoch, adversarial_loss=value)
        return AdversariallyTrainedNetwork(network.eval(), {"epochs": epochs, "adversarial_loss": losses[-1]})


def _fresh(known: Known, generator: np.random.Generator) -> nn.Sequential:
    return initialised(lambda: named_network(known.network.name, known.network.arguments), generator)


def inner_budgets(known: Known, iterations: int) -> tuple[Budget, ...]:
    """Return attack budgets with the task's radii and the settings' number of steps."""
    budgets = (Budget(*budget) for budget in known.budgets)
    return tuple(replace(b, step=REACH * b.eps / iterations, iterations=iterations) for b in budgets)


class AdversarialM1(AdversarialTraining):
    """Adversarial training on attacks within the l1 ball."""

    scheme = "M1"


class AdversarialM2(AdversarialTraining):
    """Adversarial training on attacks within the l2 ball."""

    scheme = "M2"


class AdversarialMinf(AdversarialTraining):
    """Adversarial training on attacks within the linf ball (Madry et al. 2018)."""

    scheme = "Minf"


class AdversarialAVG(AdversarialTraining):
    """Adversarial training on the mean loss of all three attacks (Tramèr & Boneh 2019)."""

    scheme = "AVG"


class AdversarialMAX(AdversarialTraining):
    """Adversarial training on the worst of the three attacks for each image (Tramèr & Boneh 2019)."""

    scheme = "MAX"


class AdversarialMSD(AdversarialTraining):
    """Adversarial training on multi steepest descent in the union of the balls (Maini, Wong & Kolter 2020)."""

    scheme = "MSD"

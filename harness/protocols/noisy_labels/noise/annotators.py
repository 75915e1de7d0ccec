"""Simulated annotators: some are reliable, some guess; each image gets the labels of several.

Side information of a label: who gave it, and the time it took, whose distribution differs between reliable and bad
annotators (Collier et al. 2022, TRAM, on CIFAR-10H; our simulation).
"""

from dataclasses import dataclass

import numpy as np

from harness.protocols.noisy_labels.arrays import Annotations
from harness.protocols.noisy_labels.noise.synthetic import inverted

TIME_SPREAD = 0.4
"""Standard deviation of the logarithm of the times."""


@dataclass(frozen=True)
class Annotators:
    """A crowd.

    Attributes:
        count: number of annotators.
        bad: share of them that is bad, rounded to whole annotators.
        labels_an_image: labels of each image, by different annotators.
        good_reliability, bad_reliability: probability that the true class is copied; a class is guessed otherwise,
            uniformly over all.
        swapped: pair of classes that bad annotators exchange instead of guessing; empty for guessing.
        permuted: share of the labels whose annotators are exchanged at random, which makes them misleading.
        good_time, bad_time: mean of the logarithm of the time of a label.

    Raises:
        ValueError: a number out of its range.
    """

    count: int = 20
    bad: float = 0.75
    labels_an_image: int = 2
    good_reliability: float = 0.95
    bad_reliability: float = 0.1
    swapped: tuple[int, ...] = ()
    permuted: float = 0.0
    good_time: float = 0.0
    bad_time: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "swapped", tuple(self.swapped))
        for name in ("bad", "good_reliability", "bad_reliability", "permuted"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0..1, got {getattr(self, name)!r}")
        if not 1 <= self.labels_an_image <= self.count:
            raise ValueError(
                f"labels_an_image must lie in 1..{self.count}, the number of annotators, "
                f"got {self.labels_an_image!r}"
            )
        if len(self.swapped) not in (0, 2):
            raise ValueError(f"swapped must be two classes or none, got {self.swapped!r}")

    def annotate(self, targets: np.ndarray, classes: int, random: np.random.Generator) -> Annotations:
        """Return the labels of all annotators for images of classes `targets`, (n,).

        Raises:
            ValueError: a swapped class that there is not.
        """
        if any(not 0 <= label < classes for label in self.swapped):
            raise ValueError(f"swapped must be two of the {classes} classes, got {self.swapped!r}")
        items = len(targets)
        bad = bad_ones(self.count, self.bad, random)
        annotator = distinct_annotators(items, self.count, self.labels_an_image, random)
        item = np.repeat(np.arange(items), self.labels_an_image)
        truth = targets[item]
        copied = random.random(len(item)) < np.where(bad, self.bad_reliability, self.good_reliability)[annotator]
        guessed = random.integers(classes, size=len(item))
        if self.swapped:
            first, second = self.swapped
            exchanged = np.where(truth == first, second, np.where(truth == second, first, truth))
            guessed = np.where(bad[annotator], exchanged, guessed)
        label = np.where(copied, truth, guessed)
        time = times_taken(np.where(bad, self.bad_time, self.good_time)[annotator], random)
        moved = np.flatnonzero(random.random(len(item)) < self.permuted)
        annotator[moved] = annotator[random.permutation(moved)]
        return Annotations(item, label, annotator, time, items, self.count, classes)


@dataclass(frozen=True)
class HumanLikeAnnotators:
    """A crowd that knows each image as people do: their labels are drawn from the shares h of people's labels.

    Annotator r has a reliability p_r and a temperature T_r. With probability p_r its label is drawn from
    ``h^(1/T_r) / sum h^(1/T_r)``, else uniformly over all classes. At T_r = 1 it errs as a random person does; a
    colder one mostly gives the majority's label, a warmer one takes rare labels for common ones. A class that
    nobody chose is only guessed. Logarithms of temperatures are normal with mean 0. Our simulation: counts of
    CIFAR-10H hold no annotators.

    Attributes:
        count: number of annotators.
        bad: share of them that is bad, rounded to whole annotators.
        labels_an_image: labels of each image, by different annotators.
        good_reliability, bad_reliability: p_r.
        temperature_spread: standard deviation of log T_r.
        good_time, bad_time: mean of the logarithm of the time of a label.

    Raises:
        ValueError: a number out of its range.
    """

    count: int = 100
    bad: float = 0.5
    labels_an_image: int = 2
    good_reliability: float = 0.98
    bad_reliability: float = 0.1
    temperature_spread: float = 0.5
    good_time: float = 0.0
    bad_time: float = 1.0

    def __post_init__(self) -> None:
        for name in ("bad", "good_reliability", "bad_reliability"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must lie in 0..1, got {getattr(self, name)!r}")
        if not 1 <= self.labels_an_image <= self.count:
            raise ValueError(
                f"labels_an_image must lie in 1..{self.count}, the number of annotators, "
                f"got {self.labels_an_image!r}"
            )
        if not self.temperature_spread >= 0:
            raise ValueError(f"temperature_spread must be 0 or more, got {self.temperature_spread!r}")

    def annotate(self, shares: np.ndarray, random: np.random.Generator) -> Annotations:
        """Return the labels of all annotators for images whose labels by people have `shares`, (n, classes)."""
        items, classes = shares.shape
        bad = bad_ones(self.count, self.bad, random)
        temperature = np.exp(random.normal(0.0, self.temperature_spread, self.count))
        annotator = distinct_annotators(items, self.count, self.labels_an_image, random)
        item = np.repeat(np.arange(items), self.labels_an_image)
        known = tempered(shares[item], temperature[annotator])
        seen = inverted(known, random.random(len(item)))
        reliability = np.where(bad, self.bad_reliability, self.good_reliability)[annotator]
        label = np.where(random.random(len(item)) < reliability, seen, random.integers(classes, size=len(item)))
        time = times_taken(np.where(bad, self.bad_time, self.good_time)[annotator], random)
        return Annotations(item, label, annotator, time, items, self.count, classes)


def tempered(shares: np.ndarray, temperature: np.ndarray) -> np.ndarray:
    """Return ``shares^(1/T)``, normalised, (p, classes) and (p,) -> (p, classes); zeros stay zero."""
    relative = shares / shares.max(axis=1, keepdims=True)
    raised = relative ** (1 / temperature[:, None])
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def bad_ones(count: int, share: float, random: np.random.Generator) -> np.ndarray:
    """Return which of `count` annotators are bad, (count,) bool; their number is rounded."""
    bad = np.zeros(count, bool)
    bad[random.permutation(count)[: round(share * count)]] = True
    return bad


def distinct_annotators(items: int, count: int, per: int, random: np.random.Generator) -> np.ndarray:
    """Return `per` different ones of `count` annotators for each image, drawn uniformly, (items * per,)."""
    return random.random((items, count)).argsort(axis=1)[:, :per].ravel()


def times_taken(logarithm: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return log-normal times as a feature, (p, 1) float32, from the means of their logarithms, (p,)."""
    return np.exp(random.normal(logarithm, TIME_SPREAD))[:, None].astype(np.float32)

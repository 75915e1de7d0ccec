"""Noisy labels that depend on the class, on the image, or on its likeness to another class; vectorised.

Every function takes clean targets (n,) and a generator, and returns noisy labels (n,) int64.
Sources: the noise of Bae et al. 2022 (NPC), section 5; Xia et al. 2020 (instance-dependent noise).
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

MAPS: Mapping[str, tuple[int, ...]] = {
    "mnist": (0, 1, 7, 8, 4, 6, 5, 7, 8, 9),
    "fashion-mnist": (6, 1, 4, 3, 4, 7, 6, 7, 8, 9),
    "cifar10": (0, 1, 0, 5, 7, 3, 6, 7, 8, 1),
}
"""The class that asymmetric noise puts in the place of each; some stay as they are."""

SPREAD = 0.1
"""Standard deviation of the rates of single images under instance-dependent noise, before truncation to [0, 1]."""


def symmetric(targets: np.ndarray, rate: float, classes: int, random: np.random.Generator) -> np.ndarray:
    """Return labels of which a share `rate` differs from the target, each other class as often.

    Raises:
        ValueError: a rate outside 0..(classes - 1) / classes.
    """
    most = (classes - 1) / classes
    _require_rate(rate, most)
    redrawn = random.random(len(targets)) < rate / most  # of all classes, the target among them
    return np.where(redrawn, random.integers(classes, size=len(targets)), targets)


def asymmetric(targets: np.ndarray, rate: float, mapping: Sequence[int], random: np.random.Generator) -> np.ndarray:
    """Return labels that are ``mapping[target]`` with probability `rate`.

    Raises:
        ValueError: a rate outside 0..1.
    """
    _require_rate(rate, 1.0)
    return np.where(random.random(len(targets)) < rate, np.asarray(mapping)[targets], targets)


def instance_dependent(
    rows: np.ndarray, targets: np.ndarray, rate: float, classes: int, random: np.random.Generator
) -> np.ndarray:
    """Return labels whose errors depend on the image: one random projection for each class.

    An image is mislabelled with a probability q from a normal distribution around `rate`, truncated to [0, 1]; the
    wrong class is drawn from the softmax of the image's scores x W_y. All images of a class are one product.

    Args:
        rows: (n, d) pixels.

    Raises:
        ValueError: a rate outside 0..1.
    """
    rates = truncated_normal(rate, len(targets), random)
    projections = random.standard_normal((classes, rows.shape[1], classes), np.float32)
    return instance_labels(rows, targets, rates, projections, random.random(len(targets)))


def instance_labels(
    rows: np.ndarray, targets: np.ndarray, rates: np.ndarray, projections: np.ndarray, uniform: np.ndarray
) -> np.ndarray:
    """Return the labels of :func:`instance_dependent` for given random numbers, (n,) int64.

    Args:
        rates: (n,) probability that each label is wrong.
        projections: (classes, d, classes), W_y of each class y.
        uniform: (n,) numbers of [0, 1), of which each draws a label by inversion.
    """
    scores = np.empty((len(targets), len(projections)), np.result_type(rows, projections))
    for label, projection in enumerate(projections):
        members = targets == label
        scores[members] = rows[members] @ projection
    everyone = np.arange(len(targets))
    scores[everyone, targets] = -np.inf
    raised = np.exp(scores - scores.max(axis=1, keepdims=True), dtype=np.float64)
    chances = rates[:, None] * raised / raised.sum(axis=1, keepdims=True)
    chances[everyone, targets] += 1 - rates
    return inverted(chances, uniform)


def truncated_normal(mean: float, count: int, random: np.random.Generator) -> np.ndarray:
    """Return numbers of a normal distribution of deviation `SPREAD`, truncated to [0, 1], (count,).

    Raises:
        ValueError: a mean outside 0..1.
    """
    from scipy.stats import truncnorm

    _require_rate(mean, 1.0)
    found = truncnorm.rvs(-mean / SPREAD, (1 - mean) / SPREAD, mean, SPREAD, size=count, random_state=random)
    return np.asarray(found, np.float64)


def similarity_dependent(
    rows: np.ndarray, targets: np.ndarray, rate: float, classes: int, random: np.random.Generator
) -> np.ndarray:
    """Return labels that are wrong where an auxiliary classifier is least sure of the class.

    A logistic regression, fitted crosswise in five folds on clean labels, gives the probability of the target and
    the likeliest other class; the share `rate` of the images with the smallest probability gets that other class.

    Raises:
        ValueError: a rate outside 0..1.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    _require_rate(rate, 1.0)
    folds = StratifiedKFold(5, shuffle=True, random_state=int(random.integers(2**31)))
    model = LogisticRegression(max_iter=200)
    chances = cross_val_predict(model, rows, targets, cv=folds, method="predict_proba")
    everyone = np.arange(len(targets))
    own = chances[everyone, targets].copy()
    chances[everyone, targets] = -1.0
    least = np.argsort(own, kind="stable")[: int(rate * len(targets))]
    labels = targets.copy()
    labels[least] = chances[least].argmax(axis=1)
    return labels


def inverted(chances: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Return the class of each row of probabilities that a number of [0, 1) draws, (n, classes), (n,) -> (n,)."""
    sums = np.cumsum(chances, axis=1)
    return np.asarray((uniform[:, None] * sums[:, -1:] >= sums).sum(axis=1), np.int64)


def _require_rate(rate: float, most: float) -> None:
    if not 0 <= rate <= most:
        raise ValueError(f"rate must lie in 0..{most:g}, got {rate!r}")


def transition_of(targets: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the shares of the labels of each class, (classes, classes); row j is of the targets j."""
    counts = np.zeros((classes, classes))
    np.add.at(counts, (targets, labels), 1.0)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)


Noise = Callable[[np.ndarray, np.ndarray, float, int, np.random.Generator], np.ndarray]
"""(rows, targets, rate, classes, generator) -> noisy labels."""


def noise_named(name: str, mapping: str = "") -> Noise:
    """Return a noise by its name: symmetric, asymmetric, instance-dependent or similarity-dependent.

    Args:
        mapping: a name of `MAPS`, for asymmetric noise.

    Raises:
        ValueError: an unknown name, or one that `MAPS` lacks.
    """
    if name == "asymmetric":
        if mapping not in MAPS:
            raise ValueError(f"mapping must be one of {', '.join(MAPS)}, got {mapping!r}")
        return lambda rows, targets, rate, classes, random: asymmetric(targets, rate, MAPS[mapping], random)
    noises: dict[str, Noise] = {
        "symmetric": lambda rows, targets, rate, classes, random: symmetric(targets, rate, classes, random),
        "instance-dependent": instance_dependent,
        "similarity-dependent": similarity_dependent,
    }
    if name not in noises:
        raise ValueError(f"noise must be one of {', '.join(['asymmetric', *noises])}, got {name!r}")
    return noises[name]

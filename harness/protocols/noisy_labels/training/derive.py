"""Derivation of noisy sets with classifiers: each method trains one on every draw of the noisy labels.

The recipe is that of `noise.derive` and ``"networks": {"network": "perceptron", "hidden": [256, 256], "epochs": 25,
"bases": [...]}``: fields of `ClassificationOptions`, and names of `base.methods.METHODS`, all of them by default.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from multiprocessing import get_context
from typing import Any

import torch

from harness.payload import Payload
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.noisy_labels.arrays import NoisyDataset, NoisyImages
from harness.protocols.noisy_labels.classifiers import TrainedClassifier, classifier_arrays
from harness.protocols.noisy_labels.noise.derive import noisy_images
from harness.protocols.noisy_labels.options import ClassificationOptions
from harness.protocols.noisy_labels.training.base.material import NoiseLevel
from harness.protocols.noisy_labels.training.base.methods import METHODS, train_classifier
from harness.seeds import derive_seed


@dataclass(frozen=True)
class ClassifierJob:
    """The training of one classifier, without any clean label; arguments of `train_classifier`."""

    base: str
    train: NoisyImages
    valid: NoisyImages
    options: ClassificationOptions
    noise: NoiseLevel | None
    seed: int


def noisy_images_with_classifiers(base: ImageDataset, recipe: Mapping[str, Any]) -> Payload:
    """Return the set of `noise.derive.noisy_images` with the arrays ``n<draw>_<name>`` of its classifiers.

    Classifiers are trained side by side, in as many processes as torch has threads here; each has one thread, so
    that their number does not change the result.

    Raises:
        ValueError: a recipe that is not one, or labels that the methods cannot learn from.
        ArithmeticError: a training diverged.
    """
    options, bases = network_options(recipe)
    noisy = noisy_images(base, recipe)
    networks = trained_networks(noisy, options, bases, processes=torch.get_num_threads())
    arrays = {f"n{draw}_{n}": array for draw, one in enumerate(networks) for n, array in one.arrays.items()}
    facts = {**noisy.facts, "networks": [dict(one.facts) for one in networks]}
    return Payload({**noisy.arrays, **arrays}, facts)


def network_options(recipe: Mapping[str, Any]) -> tuple[ClassificationOptions, tuple[str, ...]]:
    """Return network, schedule and methods of a recipe.

    Raises:
        ValueError: names that are missing, unknown or repeated, or a value out of its range.
    """
    if "networks" not in recipe:
        raise ValueError("recipe: missing ['networks']")
    given = dict(recipe["networks"])
    bases = tuple(given.pop("bases", METHODS))
    if unknown := set(given) - {field.name for field in fields(ClassificationOptions)}:
        raise ValueError(f"networks: unknown {sorted(unknown)}")
    if not bases or len(set(bases)) < len(bases) or set(bases) - set(METHODS):
        raise ValueError(f"bases must be different names of {', '.join(METHODS)}, got {list(bases)}")
    return ClassificationOptions(**{**given, "hidden": tuple(given.get("hidden", ()))}), bases


def noise_level(noise: Mapping[str, Any]) -> NoiseLevel | None:
    """Return what the recipe of a noise gives to methods that must know its rate, or None where it has no rate."""
    return NoiseLevel(noise["rate"], noise["kind"] == "asymmetric") if "rate" in noise else None


def trained_networks(
    noisy: Payload, options: ClassificationOptions, bases: Sequence[str], processes: int
) -> list[Payload]:
    """Return the payload of `classifiers.classifier_arrays` for each draw.

    Args:
        noisy: the payload of `noise.derive.noisy_images`; its clean labels are not passed on.
    """
    data, recipe = NoisyDataset.from_payload(noisy, "noisy images", "", ""), noisy.facts["recipe"]
    jobs = []
    for split in data.splits:
        train, valid = (
            NoisyImages(ImageSet(data.images[part], data.num_classes), data.draws[split.number].of_items(part))
            for part in (split.train, split.valid)
        )
        seed = derive_seed("base classifiers", recipe.get("seed", 0), split.number)
        noise = noise_level(recipe["noise"])
        jobs += [ClassifierJob(base, train, valid, options, noise, seed) for base in bases]
    trained = _trained(jobs, min(processes, len(jobs)))
    return [classifier_arrays(trained[start : start + len(bases)]) for start in range(0, len(jobs), len(bases))]


def _trained(jobs: Sequence[ClassifierJob], processes: int) -> list[TrainedClassifier]:
    if processes == 1:
        return [_train(job) for job in jobs]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_train, jobs))


def _train(job: ClassifierJob) -> TrainedClassifier:
    with _one_thread():
        return train_classifier(job.base, job.train, job.valid, job.options, job.noise, job.seed)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Use one thread of torch: trainings side by side fill the cores, and products of small layers gain nothing."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)

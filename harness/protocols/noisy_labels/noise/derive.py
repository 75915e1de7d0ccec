"""Derivation of noisy sets from clean image sets: one split, several draws of noisy labels.

Recipe, plain values:

{
    "train": 1200,             # images of the training side, drawn at random; a tenth of them validates
    "leftover": "test",        # other images of the training side: "test" or "unused"
    "test": 4000,              # limit of test images, in data-set order; absent for all
    "draws": 10,
    "noise": {"kind": "symmetric", "rate": 0.2},
             # or {"kind": "asymmetric", "rate": 0.4, "mapping": "mnist"}
             # or "instance-dependent", "similarity-dependent", with a rate
             # or {"kind": "annotators", "count": 20, "bad": 0.75, ...}: fields of `annotators.Annotators`
    "seed": 0,
}
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from harness.contract.split import Split, split_arrays
from harness.payload import Payload
from harness.protocols.images.arrays import ImageDataset, ImageSet
from harness.protocols.noisy_labels.arrays import Annotations
from harness.protocols.noisy_labels.noise.annotators import Annotators
from harness.protocols.noisy_labels.noise.synthetic import noise_named, transition_of
from harness.seeds import stream

VALID_SHARE = 0.1


def noisy_images(base: ImageDataset, recipe: Mapping[str, Any]) -> Payload:
    """Return images, clean targets, one split a draw and the noisy labels of each draw.

    The first split of `base` says which images are of the training side (its training and validation parts).

    Raises:
        ValueError: the recipe lacks or misspells a name, or asks for more images than there are.
    """
    _check(recipe)
    seed = recipe.get("seed", 0)
    kept, split = split_of(base, recipe)
    images, targets = base.images[kept], base.targets[kept]
    rows = ImageSet(images, base.num_classes).flattened()
    draws = [
        annotations(rows, targets, base.num_classes, recipe["noise"], stream("noisy labels", seed, number))
        for number in range(recipe["draws"])
    ]
    arrays = {
        "images": images,
        "targets": targets,
        **split_arrays([split] * len(draws)),
        "transitions": np.stack([transition_of(targets[d.item], d.label, base.num_classes) for d in draws]),
    }
    for number, draw in enumerate(draws):
        arrays |= draw.arrays(f"r{number}_")
    facts = {
        "num_classes": base.num_classes,
        "num_annotators": draws[0].num_annotators,
        "recipe": dict(recipe),
        "noise_rates": [float(np.mean(d.label != targets[d.item])) for d in draws],
    }
    return Payload(arrays, facts)


def split_of(base: ImageDataset, recipe: Mapping[str, Any]) -> tuple[np.ndarray, Split]:
    """Return the images of the set, and the split among them: training, validation and test part in this order."""
    official = base.splits[0]
    pool = np.sort(np.concatenate([official.train, official.valid]))
    count = int(recipe["train"])
    if not 2 <= count <= len(pool):
        raise ValueError(f"train must lie in 2..{len(pool)}, the images of the training side, got {count}")
    shuffled = stream("noisy images", recipe.get("seed", 0)).permutation(pool)
    test = official.test
    if recipe.get("leftover", "unused") == "test":
        test = np.sort(np.concatenate([test, shuffled[count:]]))
    test = test[: recipe.get("test", len(test))]
    valid = max(1, round(VALID_SHARE * count))
    ends = np.cumsum([0, count - valid, valid, len(test)])
    kept = np.concatenate([np.sort(shuffled[valid:count]), np.sort(shuffled[:valid]), test])
    return kept, Split(*(np.arange(start, end) for start, end in pairwise(ends)))


def annotations(
    rows: np.ndarray, targets: np.ndarray, classes: int, noise: Mapping[str, Any], random: np.random.Generator
) -> Annotations:
    """Return one draw of the noisy labels of images with pixels `rows`, (n, d).

    Raises:
        ValueError: a noise that lacks its kind or rate, is unknown or cannot be.
    """
    given = dict(noise)
    if (kind := given.pop("kind", None)) is None:
        raise ValueError(f"noise must have a kind, got {dict(noise)!r}")
    if kind == "annotators":
        return Annotators(**given).annotate(targets, classes, random)
    draw = noise_named(kind, given.get("mapping", ""))
    if "rate" not in given or set(given) - {"rate", "mapping"}:
        raise ValueError(f"noise {kind} must have a rate, and a mapping if it is asymmetric, got {dict(noise)!r}")
    labels = draw(rows, targets, given["rate"], classes, random).astype(np.int64)
    everyone = np.arange(len(targets))
    nobody = np.zeros_like(everyone)
    return Annotations(everyone, labels, nobody, np.zeros((len(targets), 0), np.float32), len(targets), 1, classes)


def _check(recipe: Mapping[str, Any]) -> None:
    needed, known = {"train", "draws", "noise"}, {"train", "draws", "noise", "leftover", "test", "seed", "networks"}
    if needed - set(recipe) or set(recipe) - known:
        raise ValueError(f"recipe: missing {sorted(needed - set(recipe))}, unknown {sorted(set(recipe) - known)}")
    if recipe["draws"] < 1:
        raise ValueError(f"draws must be 1 or more, got {recipe['draws']!r}")
    if recipe.get("leftover", "unused") not in ("test", "unused"):
        raise ValueError(f"leftover must be 'test' or 'unused', got {recipe['leftover']!r}")

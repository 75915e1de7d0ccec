"""Small images that a small network learns at once (a class is a bright row), and attacks on them."""

from typing import Any

import numpy as np

from harness.contract.split import Split
from harness.protocols.attacks.adversary.data_set import attacked_images
from harness.protocols.attacks.arrays import AttackedDataset, fold_payloads
from harness.protocols.images.arrays import ImageDataset

SIDE, CLASSES = 5, 3

RECIPE: dict[str, Any] = {
    "network": {"build": "dense", "hidden": [16]},
    "training": {"epochs": 15, "learning_rate": 0.2, "momentum": 0.9, "batch_size": 16},
    "train": 60,
    "per_class": 6,
    "budgets": {"l1": [2.5, 0.6, 8], "l2": [1.0, 0.3, 8], "linf": [0.3, 0.08, 8]},
    "held_out": {"l1": 1.2, "l2": 0.5, "linf": 0.15},
    "valid": 6,
    "test": 9,
    "secondary": 5,
    "folds": 2,
    "carlini_wagner": 15,
    "seed": 0,
}


def striped(count: int = 120, seed: int = 0) -> ImageDataset:
    """Return images of bright rows; half train, a quarter validates, a quarter tests."""
    random = np.random.default_rng(seed)
    targets = random.integers(CLASSES, size=count)
    images = random.integers(0, 60, size=(count, SIDE, SIDE))
    for number, target in enumerate(targets):
        images[number, target] += random.integers(90, 180, size=SIDE)
    half, quarter = count // 2, count // 4
    ends = np.arange(half), np.arange(half, half + quarter), np.arange(half + quarter, count)
    return ImageDataset(
        "striped", images.astype(np.uint8), targets, CLASSES, [Split(*ends)], f"striped-{seed}", "generated"
    )


def attacked_stripes(**changes: Any) -> AttackedDataset:
    """Return what the recipe makes of them."""
    made = attacked_images(striped(), {**RECIPE, **changes})
    return AttackedDataset("attacked-stripes", fold_payloads(made), CLASSES, "stripes", "generated")

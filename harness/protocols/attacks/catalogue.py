"""The sets of attacked images, derived from image data sets. Importing it imports no library."""

from functools import partial

from harness.data.entry import DatasetEntry

_attacked = partial(
    DatasetEntry,
    type="harness.protocols.attacks.arrays:AttackedDataset",
    kind="derived",
    loader="harness.protocols.attacks.adversary.data_set:attacked_images",
)
_DIGITS_ATTACKS = {
    "network": {"build": "dense", "hidden": (128, 128)},
    "training": {"epochs": 30, "learning_rate": 0.1, "momentum": 0.9, "batch_size": 64},
    "train": 1200,
    "per_class": 20,
    "budgets": {"l1": (3.0, 0.3, 50), "l2": (1.0, 0.1, 50), "linf": (0.2, 0.02, 50)},
    "held_out": {"l1": 2.0, "l2": 0.7, "linf": 0.1},
    "seed": 0,
}
_MNIST_ATTACKS = {
    "network": {"build": "two_convolutions"},
    "training": {"epochs": 3, "learning_rate": 0.1, "momentum": 0.5, "batch_size": 128},
    "train": 20_000,
    "per_class": 50,
    "budgets": {"l1": (10.0, 0.8, 50), "l2": (2.0, 0.1, 50), "linf": (0.3, 0.01, 50)},
    "held_out": {"l1": 5.0, "l2": 1.0, "linf": 0.15},
    "valid": 20,
    "test": 50,
    "secondary": 20,
    "folds": 5,
    "seed": 0,
}
_YALE_ATTACKS = {
    "network": {"build": "dense", "hidden": (256, 256)},
    "training": {"epochs": 75, "learning_rate": 0.05, "momentum": 0.5, "batch_size": 128},
    "train": 1368,
    "per_class": 20,
    "budgets": {"l1": (7.5, 1.0, 100), "l2": (1.0, 0.02, 200), "linf": (0.03, 0.003, 100)},
    "held_out": {"l1": 3.75, "l2": 0.5, "linf": 0.015},
    "valid": 19,
    "test": 38,
    "secondary": 10,
    "folds": 5,
    "seed": 0,
}

DATASETS: tuple[DatasetEntry, ...] = (
    _attacked(
        name="attacked-digits-small",
        base="digits",
        title="40 digits of 8 x 8 pixels and a network, attacked in l1, l2 and linf",
        licence="as digits",
        options={**_DIGITS_ATTACKS, "valid": 20, "test": 40, "secondary": 10, "folds": 1},
    ),
    _attacked(
        name="attacked-digits",
        base="digits",
        title="digits of 8 x 8 pixels and 10 networks, attacked in l1, l2 and linf",
        licence="as digits",
        options={**_DIGITS_ATTACKS, "valid": 25, "test": 35, "folds": 10},
    ),
    _attacked(
        name="attacked-mnist",
        base="mnist-20k",
        title="MNIST and 5 networks, attacked in l1, l2 and linf, 50 atoms a class",
        licence="as mnist",
        options=_MNIST_ATTACKS,
    ),
    _attacked(
        name="attacked-mnist-paper",
        base="mnist",
        title="MNIST and 3 networks of 4 convolutions, attacked as published, 200 atoms a class",
        licence="as mnist",
        options={
            **_MNIST_ATTACKS,
            "network": {"build": "four_convolutions"},
            "training": {"epochs": 100, "learning_rate": 0.1, "momentum": 0.5, "batch_size": 128},
            "train": 55_000,
            "per_class": 200,
            "budgets": {"l1": (10.0, 0.8, 100), "l2": (2.0, 0.1, 200), "linf": (0.3, 0.01, 100)},
            "valid": 100,
            "test": 200,
            "secondary": 100,
            "folds": 3,
        },
    ),
    _attacked(
        name="attacked-yale",
        base="yale-faces",
        title="Extended Yale B faces and 5 networks, attacked in l1, l2 and linf, 20 atoms a face",
        licence="as yale-faces",
        options=_YALE_ATTACKS,
    ),
)

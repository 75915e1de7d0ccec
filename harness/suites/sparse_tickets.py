"""Suite `sparse`, weights: tasks of pruning to fixed densities, and who prunes in them."""

from typing import Any

from harness.task import Extent, Layout, Task

PRUNING = "network-pruning"

CIFAR: dict[str, Any] = {
    "epochs": 160,
    "batch": 128,
    "learning_rate": 0.1,
    "momentum": 0.9,
    "milestones": [0.5, 0.75],
    "rewind_epoch": 8,
    "augment": True,
    "mean": [0.4914, 0.4822, 0.4465],
    "deviation": [0.2470, 0.2435, 0.2616],
}
"""The paper's schedule on CIFAR-10, rewound to 5 % of the training."""


def tickets(
    name: str, title: str, dataset: str, extents: dict[str, Extent], layout: Layout = "seeds", **options: Any
) -> Task:
    """A task of pruning one network to several densities."""
    return Task(name, title, PRUNING, dataset, "accuracy", layout, extents, options=options)


TASKS = (
    tickets(
        "tickets-digits",
        "digits, 64-96-96-10 perceptron",
        "digits",
        {"smoke": Extent(folds=1)},
        "folds",
        network="perceptron",
        hidden=[96, 96],
        epochs=6,
        rounds=[2, 3],
        rewind_epoch=1,
    ),
    tickets(
        "tickets-mnist-mlp",
        "MNIST, 784-256-256-10 perceptron",
        "mnist-6k",
        {"standard": Extent(seeds=3), "paper": Extent(seeds=10)},
        network="perceptron",
        hidden=[256, 256],
        epochs=8,
        rounds=[6, 9, 12],
        rewind_epoch=1,
    ),
    tickets(
        "tickets-mnist-conv",
        "MNIST at 14 x 14, 1,200 images, 4 convolutions",
        "mnist-3k",
        {"standard": Extent(seeds=3)},
        network="four-convolutions",
        epochs=4,
        batch=50,
        rounds=[2, 4, 6],
        rewind_epoch=1,
        halvings=1,
        train_images=1200,
        valid_images=600,
    ),
    tickets(
        "tickets-mnist-conv-6k",
        "MNIST, 4 convolutions",
        "mnist-6k",
        {"paper": Extent(seeds=5)},
        network="four-convolutions",
        epochs=4,
        rounds=[2, 4, 6],
        rewind_epoch=1,
    ),
    tickets(
        "tickets-cifar-resnet20",
        "CIFAR-10 (JPEG), 8,000 images, ResNet-20",
        "cifar10-jpeg-8k",
        {"paper": Extent(seeds=3)},
        network="resnet20",
        rounds=[2, 4, 6, 9],
        weight_decay=1e-4,
        **CIFAR,
    ),
    tickets(
        "tickets-cifar-resnet18",
        "CIFAR-10 (JPEG), ResNet-18, 80 to 33 % of the weights",
        "cifar10-jpeg",
        {"paper": Extent(seeds=3)},
        network="resnet18",
        rounds=[1, 2, 3, 4, 5],
        weight_decay=1e-4,
        **CIFAR,
    ),
    tickets(
        "tickets-cifar-resnet18-extreme",
        "CIFAR-10 (JPEG), ResNet-18, the sparsest winning tickets",
        "cifar10-jpeg",
        {"paper": Extent(seeds=3)},
        network="resnet18",
        rounds=[3, 7],
        weight_decay=1e-4,
        **CIFAR,
    ),
    tickets(
        "tickets-cifar-vgg16",
        "CIFAR-10 (JPEG), VGG-16",
        "cifar10-jpeg",
        {"paper": Extent(seeds=3)},
        network="vgg16",
        rounds=[2, 4, 5, 7],
        weight_decay=2e-4,
        **CIFAR,
    ),
)

CONTENDERS = {
    PRUNING: (
        "regroup",
        "refill",
        "refill-plus",
        "imp",
        "regroup-group-aware",
        "regroup-random-partition",
        "regroup-random-ticket",
        "refill-random-ticket",
        "imp-random-ticket",
        "dense",
        "one-shot-magnitude",
        "random-mask",
        "snip",
        "grasp",
        "synflow",
        "admm",
        "channel-l1",
        "network-slimming",
        "group-lasso",
    )
}

REFERENCES = {PRUNING: "dense"}

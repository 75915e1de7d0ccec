"""Suite `sparse`: sparsity that saves time, in weights (structured lottery tickets) and gradients (DRAGONN)."""

from dataclasses import replace
from typing import Any

from harness.task import Extent, Suite, Task

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

DIGITS = {"widths": [512, 512], "batch": 64, "steps": 200, "learning_rates": [0.1], "ratio": 0.01, "workers": 2}
"""One learning rate, no momentum: the smallest task on which methods differ."""

SMOKE = {**DIGITS, "steps": 60}
"""Enough steps to learn something, few enough for all contenders within half a minute."""

SEARCHED = {**DIGITS, "learning_rates": [0.1, 0.3, 1.0], "search_steps": 50}

MNIST = {
    "widths": [256, 256],
    "batch": 64,
    "steps": 1440,
    "search_steps": 480,
    "learning_rates": [0.03, 0.1, 0.3],
    "linear_decay": True,
    "momentum": 0.9,
    "ratio": 0.01,
    "workers": 2,
    "simulated_steps": 8,
}
"""A narrow network, so that every element waits for far fewer steps than the run has, also at ρ = 0.001.

The search takes a third of the steps: after an eighth, rates three times too high have the lowest validation loss.
"""

PAPER = {
    "widths": [1024, 1024],
    "batch": 256,
    "epochs": 5,
    "learning_rates": [0.02, 0.05, 0.1],
    "momentum": 0.9,
    "ratio": 0.01,
    "workers": 2,
}
"""All images, five epochs, a full grid."""

PRUNERS = (
    "regroup", "refill", "refill-plus", "imp", "regroup-group-aware", "regroup-random-partition",
    "regroup-random-ticket", "refill-random-ticket", "imp-random-ticket", "dense", "one-shot-magnitude",
    "random-mask", "snip", "grasp", "synflow", "admm", "channel-l1", "network-slimming", "group-lasso",
)  # fmt: skip
"""Contenders of pruning."""

CLAIMED = (
    "regroup", "refill", "imp", "regroup-group-aware", "regroup-random-partition", "regroup-random-ticket",
    "refill-random-ticket", "imp-random-ticket", "dense", "one-shot-magnitude", "random-mask", "channel-l1",
    "network-slimming",
)  # fmt: skip
"""Contenders of the convolutional network: those of the claims, and network slimming, which needs batch norms."""

LEVELS = [1, 2, 3, 4, 6]
"""Rounds of the levels 80, 64, 51, 41 and 26 %: the paper's Refill keeps 33 % and more, its Regroup 20 %."""

VARIANTS = (
    "dragonn-sampled", "dragonn-exact", "dragonn-ema", "dragonn-exp", "dragonn-max-abs", "dragonn-probe2",
    "dragonn-probe4", "dragonn-fixed-wire", "dragonn-dgc-memory", "dragonn-cost",
)  # fmt: skip
"""Contenders of the tasks that compare DRAGONN with its own variants."""

ANY_RATIO = ("sgd-fp16", "sgd-powersgd")
"""Contenders whose result does not depend on ρ; all of them are in the profiles smoke and paper."""

THRESHOLDS = ("sgd-dgc", "sgd-redsync", "sgd-gaussian-k", "sgd-sidco")
"""Sparsifiers that approximate top-k; they differ most from it at the small ratio."""

COMPARED = ("sgd-dense", "dragonn", "dragonn-no-feedback", "sgd-topk", "sgd-randomk")
"""Contenders at both ratios."""


def tickets(
    name: str, title: str, dataset: str, seeds: dict[str, int], contenders: tuple[str, ...] = (), **options: Any
) -> Task:
    """Return a task of pruning one network to several densities."""
    extents = {profile: Extent(seeds=n) for profile, n in seeds.items()}
    return Task(name, title, "network-pruning", dataset, "accuracy", "seeds", extents, options=options,
                contenders=contenders)  # fmt: skip


def cifar_tickets(name: str, title: str, dataset: str, **options: Any) -> Task:
    """Return a task of pruning a network for CIFAR-10 in the paper's schedule."""
    return tickets(f"tickets-cifar-{name}", f"CIFAR-10 (JPEG), {title}", dataset, {"paper": 5}, **options, **CIFAR)


def exchange(name: str, title: str, dataset: str, seeds: dict[str, int], **options: Any) -> Task:
    """Return a task of compressed gradients; its processes use all cores and are timed, so its trials run alone."""
    extents = {profile: Extent(seeds=n) for profile, n in seeds.items()}
    return Task(name, title, "gradient-compression", dataset, "accuracy", "seeds", extents, time_ranked=True,
                options=options)  # fmt: skip


def among(task: Task, *contenders: str) -> Task:
    """Return a task for some of the suite's contenders."""
    return replace(task, contenders=contenders)


def variants(task: Task) -> Task:
    """Return a task for the variants of DRAGONN, which are ranked apart and compared with the default."""
    return replace(task, contenders=VARIANTS, reference="dragonn-sampled", table="variants")


def whole_set(name: str, title: str, dataset: str, workers: int = 2, ratio: float = 0.01) -> Task:
    """Return a task of compressed gradients on a whole data set."""
    title = f"{title}, 5 epochs, {workers} workers, ρ = {ratio:g}"
    options = {**PAPER, "workers": workers, "ratio": ratio}
    return exchange(f"ddp-{dataset}-full-{name}", title, dataset, {"paper": 3}, **options)


TICKETS = (
    Task("tickets-digits", "digits, 64-96-96-10 perceptron", "network-pruning", "digits", "accuracy", "folds",
         {"smoke": Extent()},
         options={"network": "perceptron", "hidden": [96, 96], "epochs": 6, "rounds": [2, 3], "rewind_epoch": 1}),
    tickets("tickets-mnist-mlp", "MNIST, 784-256-256-10 perceptron", "mnist-6k", {"standard": 8, "paper": 10},
            tuple(name for name in PRUNERS if name != "network-slimming"),  # it would be the group lasso once more
            network="perceptron", hidden=[256, 256], epochs=8, rounds=LEVELS, rewind_epoch=1),
    tickets("tickets-mnist-conv", "MNIST at 14 x 14, 2,000 images, 4 convolutions", "mnist-3k", {"standard": 5},
            CLAIMED, network="four-convolutions", epochs=4, batch=50, rounds=LEVELS, rewind_epoch=1, halvings=1,
            train_images=2000, valid_images=600),
    tickets("tickets-mnist-conv-6k", "MNIST, 4 convolutions", "mnist-6k", {"paper": 5},
            network="four-convolutions", epochs=4, rounds=LEVELS, rewind_epoch=1),
    cifar_tickets("resnet20", "8,000 images, ResNet-20 (a ticket takes about 15 core-hours)", "cifar10-jpeg-8k",
                  network="resnet20", rounds=LEVELS, weight_decay=1e-4),
    cifar_tickets("resnet18", "ResNet-18, 80 to 33 % of the weights", "cifar10-jpeg",
                  network="resnet18", rounds=[1, 2, 3, 4, 5], weight_decay=1e-4),
    cifar_tickets("resnet18-extreme", "ResNet-18, the sparsest winning tickets", "cifar10-jpeg",
                  network="resnet18", rounds=[3, 7], weight_decay=1e-4),
    cifar_tickets("vgg16", "VGG-16", "cifar10-jpeg", network="vgg16", rounds=[2, 4, 5, 7], weight_decay=2e-4),
)  # fmt: skip

GRADIENTS = (
    exchange("ddp-digits", "digits, 60 steps, 2 workers", "digits", {"smoke": 1}, **SMOKE),
    variants(exchange("ddp-digits-short", "digits, 20 steps, 2 workers", "digits", {"smoke": 1},
                      **{**SMOKE, "steps": 20})),
    variants(exchange("ddp-digits-variants", "digits, 2 workers, ρ = 0.01", "digits", {"standard": 5}, **SEARCHED)),
    among(exchange("ddp-mnist-w2", "MNIST, 2 workers, ρ = 0.01", "mnist-20k", {"standard": 5}, **MNIST),
          *COMPARED, *ANY_RATIO),
    among(exchange("ddp-mnist-w2-sparse", "MNIST, 2 workers, ρ = 0.001", "mnist-20k", {"standard": 5},
                   **{**MNIST, "ratio": 0.001}), *COMPARED, *THRESHOLDS),
    *(
        task
        for title, dataset in (("MNIST", "mnist"), ("Fashion-MNIST", "fashion-mnist"))
        for task in (
            whole_set("w2", title, dataset),
            whole_set("w2-sparse", title, dataset, ratio=0.001),
            whole_set("w4", title, dataset, workers=4),
            whole_set("w4-sparse", title, dataset, workers=4, ratio=0.001),
            variants(whole_set("variants", title, dataset)),
        )
    ),
)  # fmt: skip

SUITE = Suite(
    "sparse",
    "Sparsity that saves time: lottery tickets in blocks, hash-sparsified gradients",
    (*TICKETS, *GRADIENTS),
    contenders={
        "network-pruning": PRUNERS,
        "gradient-compression": (
            "dragonn", "dragonn-no-feedback", "sgd-dense", "sgd-fp16", "sgd-bf16", "sgd-powersgd", "sgd-topk",
            "sgd-append", "sgd-randomk", "sgd-dgc", "sgd-redsync", "sgd-gaussian-k", "sgd-sidco", "sgd-threshold",
        ),
    },
    references={"network-pruning": "dense", "gradient-compression": "sgd-dense"},
    kernels=("regrouping", "block-inference", "hash-sparsification"),
)  # fmt: skip

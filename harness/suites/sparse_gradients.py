"""Suite `sparse`, gradients: tasks of data-parallel training, and who exchanges gradients in them."""

from typing import Any

from harness.task import Extent, Task

RANKED, VARIANTS = "gradient-compression", "gradient-compression-variants"

DIGITS = {"widths": [512, 512], "batch": 64, "steps": 200, "learning_rates": [0.1], "ratio": 0.01, "workers": 2}
"""One learning rate, no momentum: the smallest task on which methods differ."""

SMOKE = {**DIGITS, "steps": 60}
"""Enough steps to learn something, few enough for all contenders within half a minute."""

MNIST = {
    "widths": [1024, 1024],
    "batch": 64,
    "steps": 180,
    "search_steps": 20,
    "learning_rates": [0.02, 0.05, 0.1],
    "momentum": 0.9,
    "ratio": 0.01,
    "workers": 2,
}

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


def exchange(name: str, title: str, dataset: str, extents: dict[str, int], protocol: str, **options: Any) -> Task:
    """A task whose trials run alone, for their processes use all cores and are timed."""
    seeds = {profile: Extent(seeds=n) for profile, n in extents.items()}
    return Task(name, title, protocol, dataset, "accuracy", "seeds", seeds, time_ranked=True, options=options)


def paper_tasks(title: str, dataset: str) -> tuple[Task, ...]:
    """The whole data set with two and four workers, at both ratios, and with variants."""

    def task(name: str, protocol: str = RANKED, workers: int = 2, ratio: float = 0.01) -> Task:
        of = f"{title}, 5 epochs, {workers} workers, ρ = {ratio:g}"
        options = {**PAPER, "workers": workers, "ratio": ratio}
        return exchange(f"ddp-{dataset}-full-{name}", of, dataset, {"paper": 3}, protocol, **options)

    return (
        task("w2"),
        task("w2-sparse", ratio=0.001),
        task("w4", workers=4),
        task("w4-sparse", workers=4, ratio=0.001),
        task("variants", VARIANTS),
    )


TASKS = (
    exchange("ddp-digits", "digits, 60 steps, 2 workers", "digits", {"smoke": 1}, RANKED, **SMOKE),
    exchange(
        "ddp-digits-short",
        "digits, 20 steps, 2 workers",
        "digits",
        {"smoke": 1},
        VARIANTS,
        **{**SMOKE, "steps": 20},
    ),
    exchange("ddp-digits-variants", "digits, 2 workers, ρ = 0.01", "digits", {"standard": 3}, VARIANTS, **DIGITS),
    exchange("ddp-mnist-w2", "MNIST, 2 workers, ρ = 0.01", "mnist-20k", {"standard": 3}, RANKED, **MNIST),
    exchange(
        "ddp-mnist-w2-sparse",
        "MNIST, 2 workers, ρ = 0.001",
        "mnist-20k",
        {"standard": 3},
        RANKED,
        **{**MNIST, "ratio": 0.001},
    ),
    exchange(
        "ddp-mnist-w4",
        "MNIST, 4 workers, ρ = 0.01",
        "mnist-20k",
        {"standard": 3},
        RANKED,
        **{**MNIST, "workers": 4, "steps": 60, "search_steps": 15, "simulated_steps": 8},
    ),
    *paper_tasks("MNIST", "mnist"),
    *paper_tasks("Fashion-MNIST", "fashion-mnist"),
)

CONTENDERS = {
    RANKED: (
        "dragonn",
        "dragonn-no-feedback",
        "sgd-dense",
        "sgd-fp16",
        "sgd-bf16",
        "sgd-powersgd",
        "sgd-topk",
        "sgd-append",
        "sgd-randomk",
        "sgd-dgc",
        "sgd-redsync",
        "sgd-gaussian-k",
        "sgd-sidco",
        "sgd-threshold",
    ),
    VARIANTS: (
        "dragonn-sampled",
        "dragonn-exact",
        "dragonn-ema",
        "dragonn-exp",
        "dragonn-max-abs",
        "dragonn-probe2",
        "dragonn-probe4",
        "dragonn-fixed-wire",
        "dragonn-dgc-memory",
        "dragonn-cost",
    ),
}

REFERENCES = {RANKED: "sgd-dense", VARIANTS: "dragonn-sampled"}

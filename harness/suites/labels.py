"""Suite `labels`: noisy labels explained by side information (TRAM), and noisy predictions corrected (NPC)."""

from typing import Any

from harness.task import Extent, Suite, Task


def draws(**counts: int) -> dict[str, Extent]:
    """Return extents by profile; each draw has its own noisy labels and its own training."""
    return {profile: Extent(folds=n) for profile, n in counts.items()}


def crowd(name: str, title: str, dataset: str, extents: dict[str, Extent], **options: Any) -> Task:
    """Return a task of classification from the labels of annotators."""
    return Task(name, title, "noisy-label-classification", dataset, "accuracy", "replications", extents,
                options=options)  # fmt: skip


def calibration(name: str, title: str, dataset: str, extents: dict[str, Extent]) -> Task:
    """Return a task of calibration; a trial corrects every classifier of a draw."""
    return Task(name, title, "prediction-calibration", dataset, "accuracy", "replications", extents)


def sine(steps: int, extents: dict[str, Extent]) -> Task:
    """Return a task of regression with side information."""
    title, options = f"noisy sine, {steps} steps (generated)", {"steps": steps}
    return Task(f"privileged-sine-{steps}", title, "privileged-regression", "privileged-sine", "mse_to_marginal",
                "replications", extents, options=options)  # fmt: skip


WIDE_RESNET = {
    "network": "wide-resnet-28-10",
    "hidden": [],
    "epochs": 200,
    "batch": 512,
    "learning_rate": 0.4,
    "optimiser": "sgd",
    "weight_decay": 2e-4,
    "milestones": [60, 120, 160],
    "warm_up": 1,
    "crop_and_flip": True,
}
"""The published schedule on CIFAR-10H."""

ALWAYS = draws(standard=10, paper=10)

TASKS = (
    crowd("crowd-digits-small", "digits, 20 annotators, 15 bad, 15 epochs", "digits-crowd-small", draws(smoke=1),
          epochs=15),
    crowd("crowd-digits-75", "digits, 20 annotators, 15 of them bad", "digits-crowd-75", ALWAYS),
    crowd("crowd-digits-50", "digits, 20 annotators, 10 of them bad", "digits-crowd-50", ALWAYS),
    crowd("crowd-mnist-75", "4,000 of MNIST, 20 annotators, 15 of them bad", "mnist-crowd-75",
          draws(standard=5, paper=5), epochs=20),
    Task("crowd-cifar10h", "CIFAR-10H: labels of 2,571 people, as published", "noisy-label-classification",
         "cifar10h-crowd", "accuracy", "seeds", {"paper": Extent(seeds=3)}, options=WIDE_RESNET),
    sine(10, draws(smoke=1, standard=10, paper=10)),
    sine(200, ALWAYS),
    calibration("calibrate-digits", "digits, half of the labels wrong", "digits-sym50", draws(smoke=1)),
    calibration("calibrate-mnist-sym20", "MNIST, 20 % of the labels wrong", "mnist-sym20", draws(standard=5)),
    calibration("calibrate-mnist-sym50", "MNIST, half of the labels wrong", "mnist-sym50", draws(standard=5)),
    calibration("calibrate-mnist-asym40", "MNIST, 40 % of some classes mistaken for another", "mnist-asym40",
                draws(standard=5)),
    calibration("calibrate-mnist-idn40", "MNIST, 40 % of the labels wrong, depending on the image", "mnist-idn40",
                draws(standard=5)),
)  # fmt: skip

SUITE = Suite(
    "labels",
    "Noisy labels: side information at training time, and calibration of noisy predictions",
    TASKS,
    contenders={
        "noisy-label-classification": (
            "tram", "het-tram", "tram-zeros", "tram-random", "tram-no-stop-gradient", "no-pi", "early-stopping",
            "label-smoothing", "majority-vote", "dawid-skene", "crowd-layer", "confident-learning",
            "pi-zero-imputation", "pi-mean-imputation", "full-marginalisation", "sampled-marginalisation",
            "generalised-distillation",
        ),
        "privileged-regression": ("regression-tram", "regression-tram-zeros", "regression-no-pi"),
        "prediction-calibration": (
            "npc", "npc-proba", "npc-paper-delta", "npc-rho", "none", "knn", "rog", "global-h",
            "early-stopping-base",
        ),
    },
    references={
        "noisy-label-classification": "no-pi",
        "privileged-regression": "regression-no-pi",
        "prediction-calibration": "none",
    },
    kernels=("tram-step", "pi-marginalisation", "npc-composition", "knn-prior", "instance-dependent-noise"),
)  # fmt: skip

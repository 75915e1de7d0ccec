"""Suite `robust`: reverse-engineering of lp attacks by block-sparse recovery."""

from harness.task import Extent, Suite, Task


def attacks(name: str, title: str, dataset: str, **replications: int) -> Task:
    """Return a task of attack identification; each replication has its own network, attacks and test images."""
    extents = {profile: Extent(folds=n) for profile, n in replications.items()}
    return Task(name, title, "attack-identification", dataset, "accuracy", "replications", extents)


TASKS = (
    attacks("attacks-digits-small", "attacked digits, 8 x 8 pixels, 40 test images (bundled)",
            "attacked-digits-small", smoke=1),
    attacks("attacks-digits", "attacked digits, 8 x 8 pixels (bundled)", "attacked-digits", standard=10, paper=10),
    attacks("attacks-mnist", "attacked MNIST, 50 atoms a class", "attacked-mnist", standard=5),
    attacks("attacks-yale", "attacked Extended Yale B faces, 32 x 32 pixels, 20 atoms a face", "attacked-yale",
            standard=5, paper=5),
    attacks("attacks-mnist-paper", "attacked MNIST as published: 4 convolutions, 200 atoms a class",
            "attacked-mnist-paper", paper=3),
)  # fmt: skip

SUITE = Suite(
    "robust",
    "Robustness: which attack, and what was the clean signal",
    TASKS,
    contenders={
        "attack-identification": (
            "sbsc", "sbsc-network", "sbsc-orthonormal", "sbsc-convex", "sbsc-ball", "sbsc-irls1", "sbsc-irls2",
            "sbsc-irls3", "sbsc-irls4", "bsc", "undefended", "nearest-subspace", "src", "pca-denoising",
            "tv-denoising", "norm-ratio-detector", "adversarial-m1", "adversarial-m2", "adversarial-minf",
            "adversarial-avg", "adversarial-max", "adversarial-msd",
        ),
    },
    references={"attack-identification": "undefended"},
    kernels=("block-sparse-recovery",),
)  # fmt: skip

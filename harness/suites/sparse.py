"""Suite `sparse`: sparsity that saves time, in weights (structured lottery tickets) and gradients (DRAGONN)."""

from harness.task import Suite

SUITE = Suite(
    "sparse",
    "Sparsity that saves time: lottery tickets in blocks, hash-sparsified gradients",
    tasks=(),
    contenders={},
    references={},
    kernels=("regrouping", "block-inference", "hash-sparsification"),
)

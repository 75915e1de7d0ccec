"""Suite `robust`: reverse-engineering of lp attacks by block-sparse recovery."""

from harness.task import Suite

SUITE = Suite(
    "robust",
    "Robustness: which attack, and what was the clean signal",
    tasks=(),
    contenders={},
    references={},
    kernels=("block-sparse-recovery",),
)

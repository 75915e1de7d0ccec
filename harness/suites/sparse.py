"""Suite `sparse`: sparsity that saves time, in weights (structured lottery tickets) and gradients (DRAGONN)."""

from harness.suites import sparse_gradient_claims as gradient_claims
from harness.suites import sparse_gradients as gradients
from harness.suites import sparse_ticket_claims as ticket_claims
from harness.suites import sparse_tickets as pruning
from harness.task import Suite

SUITE = Suite(
    "sparse",
    "Sparsity that saves time: lottery tickets in blocks, hash-sparsified gradients",
    tasks=(*pruning.TASKS, *gradients.TASKS),
    contenders={**pruning.CONTENDERS, **gradients.CONTENDERS},
    references={**pruning.REFERENCES, **gradients.REFERENCES},
    kernels=("regrouping", "block-inference", "hash-sparsification"),
    claims=(*ticket_claims.CLAIMS, *gradient_claims.CLAIMS),
)

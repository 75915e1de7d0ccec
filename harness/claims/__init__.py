"""Claims of papers as declared predicates over records, and the verdicts of the records on them.

A method declares its claims (:mod:`harness.claims.declaration`); :func:`harness.claims.judge.judge_suite` returns
their verdicts. Importing this package imports no other part of the harness, so declarations stay light.
"""

from harness.claims.declaration import Claim, Control, Reported
from harness.claims.quantities import Contrast, KernelSpeed, MeanDifference, MeanLevel, Slope, Term
from harness.claims.verdict import (
    NOT_RUN,
    ClaimVerdict,
    ControlCheck,
    Part,
)

__all__ = [
    "NOT_RUN",
    "Claim",
    "ClaimVerdict",
    "Contrast",
    "Control",
    "ControlCheck",
    "KernelSpeed",
    "MeanDifference",
    "MeanLevel",
    "Part",
    "Reported",
    "Slope",
    "Term",
]

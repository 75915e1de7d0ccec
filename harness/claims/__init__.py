"""Claims of papers as declared predicates over records, and what the records say of them.

A suite file declares its claims (:mod:`harness.claims.declaration`); :func:`harness.claims.judge.judge_suite` gives
each its verdict. Importing this package imports no other part of the harness, so that suite files stay light.
"""

from harness.claims.declaration import Claim, Control, Reported
from harness.claims.quantities import Contrast, Difference, KernelSpeed, Level, Slope, Term
from harness.claims.verdict import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    NOT_SEEN,
    REPRODUCED,
    ControlCheck,
    Part,
    Verdict,
)

__all__ = [
    "INCONCLUSIVE",
    "NOT_REPRODUCED",
    "NOT_RUN",
    "NOT_SEEN",
    "REPRODUCED",
    "Claim",
    "Contrast",
    "Control",
    "ControlCheck",
    "Difference",
    "KernelSpeed",
    "Level",
    "Part",
    "Reported",
    "Slope",
    "Term",
    "Verdict",
]

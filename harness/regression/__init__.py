"""The regression gate: are new records worse than the reference, by more than noise and by more than a margin?

    metric     non-inferiority to the reference, paired trial by trial, Holm over all contenders of all tasks
    speed      time relative to the peers of the same run; slower by the two-condition rule, and seen twice
    memory     growth above a margin in every process or trial
    size       parameters, a count without noise
    quality    quality figures of a kernel's output, so that a faster but worse kernel is seen
    outcome    trials and implementations that succeeded and now fail

Each returns changes (:class:`~harness.regression.changes.Change`) with a word: *regressed*, *improved*, *changed*,
*unsure*, *same* or *unmeasured*. A speed is *same* only where the slowdown that must not pass is excluded, so noise
never turns into a pass. The ranked metric is named by its declared title. Source: statistics.md, section 5.
"""

from harness.regression.changes import Change, GateReport
from harness.regression.speed import SpeedRule

__all__ = ["Change", "GateReport", "SpeedRule"]

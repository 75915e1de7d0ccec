"""The regression gate: are new records worse than the reference, by more than noise and by more than a margin?

    accuracy   non-inferiority to the reference, paired trial by trial, Holm over all contenders of all tasks
    speed      time relative to the peers of the same run; slower by the two-condition rule, and seen twice
    memory     growth above a margin in every process or trial
    size       parameters, a count without noise
    quality    what a kernel's output is worth, so that speed is not bought with it
    outcome    what succeeded and now fails

Each gives changes (:class:`~harness.regression.changes.Change`) with a word: *regressed*, *improved*, *changed*,
*unsure*, *same* or *unmeasured*. A speed is only called *same* where a slowdown of the size that must not pass is
excluded: noise never turns into a pass. Source: statistics.md, section 5.
"""

from harness.regression.changes import Change, Report
from harness.regression.speed import SpeedRule

__all__ = ["Change", "Report", "SpeedRule"]

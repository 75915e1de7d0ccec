"""Positive controls: whether a baseline lies within the range that others have published for it."""

import math

from harness.claims.declaration import Claim, Control
from harness.claims.estimate import estimate
from harness.claims.quantities import MeanLevel
from harness.claims.rules import on_scale, orientation
from harness.claims.samples import Samples
from harness.claims.verdict import ControlCheck
from harness.claims.wording import shown_bounds, shown_figure

ROUNDING = 1e-9
"""Tolerance for a baseline without any spread on the bound itself."""


def check_controls(claim: Claim, samples: Samples) -> tuple[ControlCheck, ...]:
    """Return the check of each control of a claim."""
    return tuple(check_control(control, samples, claim.alpha) for control in claim.controls)


def check_control(control: Control, samples: Samples, alpha: float) -> ControlCheck:
    """Return whether the interval of a baseline's mean overlaps its published range.

    A baseline that failed is outside; one without records is neither inside nor outside.

    Raises:
        UnknownName: no such task.
    """
    level = MeanLevel(control.task, control.contender, control.metric)
    found = estimate(level, samples)
    published = f"published {control.low:g}…{control.high:g}, {control.provenance}"
    name = f"{control.contender} on {control.task}"
    if found.absent:
        return ControlCheck(control, None, f"{name}: not run ({published})")
    if found.failed or found.test is None:
        return ControlCheck(control, False, f"{name}: failed ({published})")
    interval = found.test.interval_at(1 - 2 * alpha)
    sign = orientation(level, found.scale)
    ends = sorted(sign * on_scale(end, level, found.scale) for end in (control.low, control.high))
    low, high = (interval.low, interval.high) if interval.known else (interval.estimate,) * 2
    within = low <= ends[1] + ROUNDING and ends[0] - ROUNDING <= high
    bounds = shown_bounds(level, found.scale, interval)
    figure = shown_figure(level, found.scale, interval).removeprefix("A = ")
    measured = f"{figure} ({bounds})" if bounds and math.isfinite(interval.low) else figure
    return ControlCheck(control, within, f"{name}: {measured}, {published}")

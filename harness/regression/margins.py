"""Loss of accuracy that the gate tolerates, and the reason for it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.statistics import TrialLayout, Values, arrange
from harness.tables.scales import Scale


@dataclass(frozen=True)
class Margin:
    """A loss that is tolerated, on the analysed scale (fractions for per cent, decades for errors)."""

    value: float
    reason: str


def margin(scale: Scale, reference: Values, layout: TrialLayout) -> Margin:
    """Return Δ = max(margin of the field, 2 s_seed / √n), below which a loss is within the noise of the seeds.

    s_seed is the reference's own deviation over seeds (within folds where there are several seeds a fold), n its
    number of trials. With one seed a fold, the deviation over seeds cannot be separated from the difficulty of the
    folds, and Δ is the margin of the field.
    """
    field = _of_the_field(scale, list(reference.values()))
    deviation, n = _seed_deviation(reference, layout)
    spread = 2 * deviation / math.sqrt(n) if n else 0.0
    if spread <= field.value:
        return field
    return Margin(spread, f"margin {_shown(scale, spread)}: 2 s/√n over the reference's {n} seeds")


def _of_the_field(scale: Scale, values: Sequence[float | None]) -> Margin:
    if scale.kind == "percent":
        return Margin(0.005, "margin 0.5 points: customary for accuracy")
    if scale.kind == "log10":
        return Margin(0.1, "margin ×1.26: a tenth of a decade, where contenders lie decades apart")
    known = [abs(v) for v in values if v is not None and math.isfinite(v)]
    return Margin(0.01 * float(np.mean(known)) if known else 0.0, "margin 1 %: customary for errors")


def _seed_deviation(reference: Values, layout: TrialLayout) -> tuple[float, int]:
    """Return the deviation over seeds of one trial and the number of trials; (0, 0) where it is not known."""
    table = arrange(reference, layout).values  # (folds, seeds)
    if table.shape[1] < 2 or np.isnan(table).any():
        return 0.0, 0
    return float(np.sqrt(table.var(axis=1, ddof=1).mean())), table.size


def _shown(scale: Scale, value: float) -> str:
    if scale.kind == "percent":
        return f"{100 * value:.1f} points"
    return f"×{10**value:.2f}" if scale.kind == "log10" else f"{value:.3g}"

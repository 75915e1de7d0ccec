"""Loss of a ranked metric that the gate tolerates, and the reason for it, by the metric's kind."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.contract.metric import Kind, Metric
from harness.statistics import TrialLayout, Values, arrange
from harness.tables.scales import scale_of

REASONS: Mapping[Kind, str] = {
    "share": "customary for accuracies and other shares",
    "score": "the gate's choice for scores",
    "error": "customary for errors",
    "time": "the gate's choice for times",
    "size": "the gate's choice for sizes",
    "rate": "the gate's choice for rates",
    "factor": "the gate's choice for factors",
    "count": "the gate's choice for counts",
    "number": "the gate's choice for numbers",
}
"""Kind of metric -> where the margin of the field comes from."""


@dataclass(frozen=True)
class Margin:
    """A loss that is tolerated, on the analysed scale (fractions for per cent, decades for logarithms).

    Attributes:
        value: the margin of the field, or the noise of the reference's seeds if that is larger.
        field: the margin of the field.
    """

    value: float
    reason: str
    field: float
    field_reason: str


def margin(metric: Metric, reference: Values, layout: TrialLayout) -> Margin:
    """Return Δ = max(margin of the field, 2 s_seed / √n), below which a loss is within the noise of the seeds.

    s_seed is the reference's own deviation over seeds (within folds where there are several seeds a fold), n its
    number of trials. With one seed a fold, the deviation over seeds cannot be separated from the difficulty of the
    folds, and Δ is the margin of the field.
    """
    field, reason = _of_the_field(metric, list(reference.values()))
    deviation, n = _seed_deviation(reference, layout)
    spread = 2 * deviation / math.sqrt(n) if n else 0.0
    if spread <= field:
        return Margin(field, reason, field, reason)
    shown = f"margin {shown_loss(metric, spread)}: 2 s/√n over the reference's {n} seeds"
    return Margin(spread, shown, field, reason)


def shown_loss(metric: Metric, value: float) -> str:
    """Write a loss on the analysed scale without sign: points, a factor, or the metric's own unit."""
    scale = scale_of(metric)
    if scale.kind == "percent":
        return f"{100 * value:.1f} points"
    return f"×{10**value:.2f}" if scale.kind == "log10" else f"{value:.3g} {metric.unit}".strip()


def _of_the_field(metric: Metric, values: Sequence[float | None]) -> tuple[float, str]:
    scale, why = scale_of(metric), REASONS[metric.kind]
    if scale.kind == "percent":
        return 0.005, f"margin 0.5 points: {why}"
    if scale.kind == "log10":
        why = "where contenders lie decades apart" if metric.kind == "error" else why
        return 0.1, f"margin ×1.26: a tenth of a decade, {why}"
    known = [abs(v) for v in values if v is not None and math.isfinite(v)]
    return 0.01 * float(np.mean(known)) if known else 0.0, f"margin 1 % of the reference: {why}"


def _seed_deviation(reference: Values, layout: TrialLayout) -> tuple[float, int]:
    """Return the deviation over seeds of one trial and the number of trials; (0, 0) where it is not known."""
    table = arrange(reference, layout).values  # (folds, seeds)
    if table.shape[1] < 2 or np.isnan(table).any():
        return 0.0, 0
    return float(np.sqrt(table.var(axis=1, ddof=1).mean())), table.size

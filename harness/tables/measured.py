"""Measured values as text in the unit of their metric: 97.1 ± 0.3, 12.3 ± 0.4 (ms), 7.45 MiB, 0.62 ± 0.03."""

import math

from harness.contract.metric import Metric
from harness.tables.columns import ABSENT
from harness.tables.values import Measure

BYTES = (("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10), ("B", 1.0))


def measured(metric: Metric, measure: Measure | None) -> str:
    """Write mean ± standard deviation; no ± for single units, nor for constant values that are no shares."""
    if measure is None or not math.isfinite(measure.mean):
        return ABSENT
    if metric.unit == "bytes":
        return _bytes(measure)
    if metric.zero and measure.mean == 0:
        return metric.zero
    text = number(metric, measure.mean)
    if not math.isfinite(measure.std) or (measure.std == 0 and metric.kind != "share"):
        return text
    return f"{text} ± {_rounded(measure.std * _factor(metric), _decimals(metric, measure.mean))}"


def number(metric: Metric, value: float) -> str:
    """Write a value without its unit: shares in percent with one decimal, others with three digits."""
    if not math.isfinite(value):
        return ABSENT
    if metric.unit == "bytes":
        return _bytes(Measure(value, math.nan, 1))
    return _rounded(value * _factor(metric), _decimals(metric, value))


def _factor(metric: Metric) -> float:
    return 100.0 if metric.kind == "share" else 1.0


def _decimals(metric: Metric, value: float) -> int:
    """Return the decimals that show three digits of a value, from none to nine; one for percent, two for ratios."""
    if metric.kind == "share":
        return 1
    size = abs(value)
    if metric.unit == "×" and size >= 0.1:
        return 2
    return min(max(2 - math.floor(math.log10(size)), 0), 9) if size > 0 else 0


def _rounded(value: float, decimals: int) -> str:
    if decimals >= 6 and value:
        return f"{value:.1e}"
    return f"{value:,.{decimals}f}"


def _bytes(measure: Measure) -> str:
    unit, size = next(((u, s) for u, s in BYTES if abs(measure.mean) >= s), BYTES[-1])
    decimals = 0 if unit == "B" else min(max(2 - math.floor(math.log10(abs(measure.mean) / size)), 0), 2)
    text = f"{measure.mean / size:,.{decimals}f} {unit}"
    varies = math.isfinite(measure.std) and measure.std > 0
    return f"{text} ± {_rounded(measure.std / size, decimals)}" if varies else text

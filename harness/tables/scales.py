"""Scales on which metrics are averaged, tested and shown.

Accuracies and areas under curves are averaged as they are and shown in percent. Reconstruction errors, times and
bytes are averaged and tested as log10: they are positive and vary by factors, from one seed to the next and by
decades between contenders. On the plain scale the mean of three seeds is the worst seed, its t interval reaches
below zero, and the paired test depends on that seed alone; on the log scale a mean is a geometric mean, a
difference is a ratio and the test compares the ratios that a reader compares.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.contract.metric import Metric

if TYPE_CHECKING:
    import numpy as np

SMALLEST_VALUE = 2.0**-1022
"""Smallest normal float64; a zero, which has no logarithm, counts as it."""

MINUS = "−"
AnalysisKind = Literal["percent", "log10", "plain"]


@dataclass(frozen=True)
class Scale:
    """Conversion of a metric's values to the analysed scale, and of results to text.

    Attributes:
        kind: ``percent`` (shown times 100), ``log10`` (analysed as log10, shown as a geometric mean) or ``plain``.
        higher_is_better: direction of the metric.
        floor: on the log10 scale, values below it count as it.
    """

    kind: AnalysisKind
    higher_is_better: bool
    floor: float = 0.0

    def analysed(self, values: "np.ndarray") -> "np.ndarray":
        """Return the values on the scale on which means and differences are taken."""
        if self.kind != "log10":
            return values
        import numpy as np

        return np.log10(np.maximum(values, self.floor or SMALLEST_VALUE))

    def restored(self, value: float) -> float:
        """Return a mean or a bound of it in the metric's own unit."""
        if self.kind != "log10":
            return value
        return _power(value) if value > math.log10(SMALLEST_VALUE) else 0.0

    @property
    def arrow(self) -> str:
        """An arrow to the better side."""
        return "↑" if self.higher_is_better else "↓"

    @property
    def unit(self) -> str:
        """Unit of shown values; empty for the metric's own unit."""
        return "%" if self.kind == "percent" else ""

    @property
    def difference_unit(self) -> str:
        """Unit of shown differences."""
        return {"percent": "points", "log10": "ratio", "plain": ""}[self.kind]

    @property
    def spread_unit(self) -> str:
        """Unit of shown standard deviations."""
        return {"percent": "points", "log10": "decades", "plain": ""}[self.kind]

    def value(self, value: float) -> str:
        """Write an analysed mean, or a bound of one, as text."""
        if not math.isfinite(value):
            return "—"
        if self.kind == "percent":
            return f"{100 * value:.1f}"
        return f"{self.restored(value):.1e}" if self.kind == "log10" else f"{value:.4g}"

    def interval(self, low: float, high: float) -> str:
        """Write the bounds of an interval as text; empty where there are none."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        return f"[{self.value(low)}, {self.value(high)}]"

    def difference(self, difference: float) -> str:
        """Write a difference of analysed values as text: points with their sign, or a ratio."""
        if not math.isfinite(difference):
            return "—"
        if self.kind == "log10":
            return f"×{_ratio(difference)}"
        text = f"{100 * difference:+z.1f}" if self.kind == "percent" else f"{difference:+z.3g}"
        return text.replace("-", MINUS)

    def spread(self, deviation: float) -> str:
        """Write a standard deviation of analysed values as text."""
        if not math.isfinite(deviation):
            return "—"
        if self.kind == "percent":
            return f"{100 * deviation:.1f}"
        return f"{deviation:.2f}" if self.kind == "log10" else f"{deviation:.2g}"


def scale_of(metric: Metric) -> Scale:
    """Return the scale of a metric; one without a better direction counts as better the higher it is."""
    kind: AnalysisKind = "log10" if metric.scale == "log" else "percent" if metric.kind == "share" else "plain"
    return Scale(kind, metric.higher_is_better is not False, metric.floor)


def analysed_bounds(metric: Metric) -> tuple[float, float]:
    """Return the smallest and largest possible mean of a metric on the analysed scale."""
    assert metric.bounds is not None
    low, high = metric.bounds
    if scale_of(metric).kind != "log10":
        return low, high
    return -math.inf, math.log10(high) if math.isfinite(high) else math.inf


def _power(decades: float) -> float:
    """Return 10 to the power of `decades`, at most the largest power of ten that a float can hold."""
    return 10.0 ** min(decades, 308.0)


def _ratio(decades: float) -> str:
    ratio = _power(decades)
    if not 1e-3 <= ratio < 1e6:
        return f"{ratio:.1e}"
    if ratio >= 10:
        return f"{ratio:,.0f}"
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"

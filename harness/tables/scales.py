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

SMALLEST_ERROR = 2.0**-46
"""Square of the float32 resolution; a smaller mean squared error of float32 predictions is rounding."""

MINUS = "−"
AnalysisKind = Literal["percent", "log10", "plain"]


@dataclass(frozen=True)
class Scale:
    """Conversion of a metric's values to the analysed scale, and of results to text.

    Attributes:
        kind: ``percent`` (shown times 100), ``log10`` (analysed as log10, shown as a geometric mean) or ``plain``.
        higher_is_better: direction of the metric.
    """

    kind: AnalysisKind
    higher_is_better: bool

    def analysed(self, values: "np.ndarray") -> "np.ndarray":
        """Return the values on the scale on which means and differences are taken."""
        if self.kind != "log10":
            return values
        import numpy as np

        return np.log10(np.maximum(values, SMALLEST_ERROR))

    def restored(self, value: float) -> float:
        """Return a mean or a bound of it in the metric's own unit."""
        return 10.0**value if self.kind == "log10" else value

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
        return f"{10.0**value:.1e}" if self.kind == "log10" else f"{value:.4g}"

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
    return Scale(kind, metric.higher_is_better is not False)


def _ratio(decades: float) -> str:
    ratio = 10.0**decades
    if not 1e-3 <= ratio < 1e6:
        return f"{ratio:.1e}"
    if ratio >= 10:
        return f"{ratio:,.0f}"
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"

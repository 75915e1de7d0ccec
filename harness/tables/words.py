"""Numbers as text: p values, times, sizes, counts and ratios."""

import math

from harness.statistics import ConfidenceInterval
from harness.tables.columns import ABSENT


def p_value(p: float) -> str:
    """Write a p value with two digits; "<0.001" below that."""
    if math.isnan(p):
        return ABSENT
    if p < 0.001:
        return "<0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def seconds(value: float) -> str:
    """Write seconds with a fitting unit: 12 ms, 3.4 s, 2 min 05 s."""
    if not math.isfinite(value):
        return ABSENT
    if value < 1:
        return f"{1000 * value:.0f} ms" if value >= 0.001 else f"{1000 * value:.2f} ms"
    return duration(value)


def size(value: float) -> str:
    """Write bytes as MiB or GiB."""
    if not math.isfinite(value):
        return ABSENT
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:.0f} MiB"


def count(value: float) -> str:
    """Write a whole number with separators."""
    return f"{value:,.0f}" if math.isfinite(value) else ABSENT


def duration(seconds: float) -> str:
    """Write seconds in readable units: 0.8 s, 42 s, 3 min 05 s, 1 h 20 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def time_text(seconds: float) -> str:
    """Write a time with three digits and a fitting unit: 1.53 ms, 234 µs, 12.1 s."""
    if not math.isfinite(seconds):
        return ABSENT
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{three_digits(seconds / size)} {unit}"
    return f"{three_digits(seconds / 1e-9)} ns"


def three_digits(value: float) -> str:
    """Write a number with three significant digits, without an exponent where it is below a million."""
    if not math.isfinite(value):
        return ABSENT
    if value == 0 or not 1e-4 <= abs(value) < 1e6:
        return f"{value:.3g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def ratio_text(ratio: ConfidenceInterval | None) -> str:
    """Write a ratio with its interval: 5.20 [5.05, 5.36]."""
    if ratio is None:
        return ABSENT
    if not ratio.known:
        return three_digits(ratio.estimate)
    return f"{three_digits(ratio.estimate)} [{three_digits(ratio.low)}, {three_digits(ratio.high)}]"


def memory_text(size: float) -> str:
    """Write bytes as MiB, or GiB from a thousand of them on."""
    if not math.isfinite(size):
        return ABSENT
    return f"{size / 2**20:.1f} MiB" if size < 1000 * 2**20 else f"{size / 2**30:.2f} GiB"

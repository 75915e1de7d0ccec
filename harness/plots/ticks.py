"""Ranges of axes and round ticks on them, on linear and logarithmic scales."""

import math
from collections.abc import Iterable

ROOM = 0.04
WANTED = 5
SHORTEST = 5.0
"""Factor that a logarithmic axis must span to hold two of 1, 2, 5, 10, ..."""
LONG = 40.0
"""Factor from which 2 and 5 beside two powers of ten would be too many."""
MANTISSAS = (1, 2, 2.5, 5, 10)
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
Range = tuple[float, float]


def spanning(
    values: Iterable[float],
    *,
    logarithmic: bool = False,
    within: Range = (-math.inf, math.inf),
    room: float = ROOM,
) -> Range:
    """Return a range (low, high) that holds all finite values with some room, but nothing outside `within`.

    Raises:
        ValueError: no value is finite (and positive, on a logarithmic axis).
    """
    known = [value for value in values if math.isfinite(value) and (value > 0 or not logarithmic)]
    if not known:
        raise ValueError("an axis needs at least one finite value (above 0 if it is logarithmic), got none")
    low, high = min(known), max(known)
    if logarithmic:
        factor = 10 ** (room * (math.log10(high / low) or 1.0))
        return low / factor, high * factor
    spread = high - low or abs(high) or 1.0
    low, high = max(low - room * spread, within[0]), min(high + room * spread, within[1])
    return low, high if high > low else low + spread


def ticks(low: float, high: float, *, logarithmic: bool = False, wanted: int = WANTED) -> list[float]:
    """Return about `wanted` round values between two others, ascending.

    On a logarithmic scale these are powers of ten, every few of them on a long axis, with 2 and 5 between them on a
    short one, and even steps on one that is too short for two of these.
    """
    from matplotlib.ticker import Locator, LogLocator, MaxNLocator

    locator: Locator = MaxNLocator(wanted, steps=MANTISSAS)
    slack = 1e-9 * (high - low)
    if logarithmic and high >= SHORTEST * low:
        powers = math.floor(math.log10(high)) - math.ceil(math.log10(low)) + 1
        long = powers >= 3 or (powers == 2 and high >= LONG * low)
        locator = LogLocator(subs=(1.0,) if long else (1.0, 2.0, 5.0), numticks=wanted + 2)
        slack = 1e-9 * low
    return [float(tick) for tick in locator.tick_values(low, high) if low - slack <= tick <= high + slack]


def plain(value: float) -> str:
    """Write a tick with few characters: 0.25, 40, 2,000, 10⁵, 2×10⁻⁴."""
    if not value or 1e-3 <= abs(value) < 1e5:
        return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}").replace("-", "−")
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    factor = f"{float(mantissa):g}".replace("-", "−")
    power = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return power if factor == "1" else f"{factor}×{power}"

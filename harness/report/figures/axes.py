"""Axes of figures: from values to pixels, with round ticks on linear and logarithmic scales."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
ROOM = 0.04
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Axis:
    """A straight axis.

    Attributes:
        low, high: the values at `start` and `end`; above 0 if `logarithmic`.
        start, end: pixels; `start` may be the larger one, as on a vertical axis.
    """

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        """Return the pixel of a value; values beyond the ends land on them."""
        position = (self._place(value) - self._place(self.low)) / (self._place(self.high) - self._place(self.low))
        return self.start + (self.end - self.start) * min(max(position, 0.0), 1.0)

    def holds(self, value: float) -> bool:
        """Whether a value is between the ends."""
        return self.low <= value <= self.high

    def ticks(self, wanted: int = 5) -> list[float]:
        """Return about `wanted` round values between the ends, ascending."""
        return (
            log_ticks(self.low, self.high, wanted)
            if self.logarithmic
            else linear_ticks(self.low, self.high, wanted)
        )

    def _place(self, value: float) -> float:
        if not self.logarithmic:
            return value
        return math.log10(value) if value > 0 else -math.inf


def spanning(
    values: Iterable[float],
    start: float,
    end: float,
    *,
    logarithmic: bool = False,
    within: tuple[float, float] = (-math.inf, math.inf),
    room: float = ROOM,
) -> Axis:
    """Return an axis that holds all finite values with some room, but nothing outside `within`.

    Raises:
        ValueError: no value is finite (and positive, on a logarithmic axis).
    """
    known = [v for v in values if math.isfinite(v) and (v > 0 or not logarithmic)]
    if not known:
        raise ValueError("an axis needs at least one finite value (above 0 if it is logarithmic)")
    low, high = min(known), max(known)
    if logarithmic:
        spread = math.log10(high / low) or 1.0
        return Axis(low / 10 ** (room * spread), high * 10 ** (room * spread), start, end, True)
    spread = high - low or abs(high) or 1.0
    low, high = max(low - room * spread, within[0]), min(high + room * spread, within[1])
    return Axis(low, high if high > low else low + spread, start, end)


def linear_ticks(low: float, high: float, wanted: int) -> list[float]:
    """Return multiples of 1, 2, 2.5 or 5 times a power of ten."""
    raw = (high - low) / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s * power for s in STEPS if s * power >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    ticks = [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]
    return [tick + 0.0 for tick in ticks]


def log_ticks(low: float, high: float, wanted: int) -> list[float]:
    """Return powers of ten, every few of them on a long axis, with 2 and 5 between them on a short one."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    decades = last - first + 1
    if decades >= 3:
        return [10.0**k for k in range(first, last + 1, -(-decades // (wanted + 1)))]
    multiples = (m * 10.0**k for k in count(first - 1) for m in (1.0, 2.0, 5.0))
    ticks = []
    for tick in multiples:
        if tick > high * (1 + 1e-9):
            break
        if tick >= low * (1 - 1e-9):
            ticks.append(tick)
    return ticks if len(ticks) > 1 else linear_ticks(low, high, wanted)


Labeller = Callable[[float], str]


def plain(value: float) -> str:
    """Write a tick with few characters: 0.25, 40, 2,000, 10⁵, 2×10⁻⁴."""
    if not value or 1e-3 <= abs(value) < 1e5:
        return (f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}").replace("-", "−")
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    factor = f"{float(mantissa):g}".replace("-", "−")
    power = "10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return power if factor == "1" else f"{factor}×{power}"

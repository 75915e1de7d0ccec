"""Quantities, thresholds and figures of claims as text, in the unit of the tables."""

from dataclasses import replace

from harness.claims.declaration import Claim, Reported
from harness.claims.quantities import Contrast, KernelSpeed, MeanLevel, Quantity, Slope
from harness.claims.quantity_scale import scale_of_quantity
from harness.claims.rules import orientation
from harness.statistics import ConfidenceInterval, format_value
from harness.statistics.intervals import cut, within_bounds
from harness.tables.scales import MINUS, Scale
from harness.tables.words import p_value


def shown_figure(quantity: Quantity, scale: Scale, interval: ConfidenceInterval) -> str:
    """Return the estimate with its name: "A − B = +0.74 points", "B ÷ A = ×134", "A = 85.6 %"."""
    value = _restored(quantity, scale, interval.estimate)
    resolution = _resolution(quantity, scale, interval)
    if isinstance(quantity, Slope):
        return f"exponent{' A − B' if quantity.against else ''} = {_number(value, resolution, signed=True)}"
    if isinstance(quantity, MeanLevel):
        return f"A = {_number(value, resolution)}{' %' if scale.kind == 'percent' else ''}"
    if scale.kind == "log10":
        sides = "effect" if isinstance(quantity, Contrast) else "A ÷ B" if _a_first(quantity, scale) else "B ÷ A"
        return f"{sides} = ×{factor(value)}"
    sides = "effect" if isinstance(quantity, Contrast) else "A − B" if scale.higher_is_better else "B − A"
    unit = " points" if scale.kind == "percent" else ""
    return f"{sides} = {_number(value, resolution, signed=True)}{unit}"


def shown_bounds(quantity: Quantity, scale: Scale, interval: ConfidenceInterval) -> str:
    """Return the bounds of the interval in the same unit, "0.54…0.94"; "" without any."""
    if not interval.known:
        return ""
    ends = _ends(quantity, scale, interval)
    if scale.kind == "log10" and not isinstance(quantity, Slope | MeanLevel):
        return "…".join(f"×{factor(end)}" for end in ends)
    return "…".join(_number(end, _resolution(quantity, scale, interval)) for end in ends)


def _ends(quantity: Quantity, scale: Scale, interval: ConfidenceInterval) -> list[float]:
    """Return the bounds in the shown unit, the smaller first: those of shares stay within 0 to 100 %."""
    sign = orientation(quantity, scale)
    low, high = sorted((sign * interval.low, sign * interval.high))
    plain = replace(interval, estimate=sign * interval.estimate, low=low, high=high)
    if scale.kind == "percent":
        plain = within_bounds(plain, (0.0, 1.0)) if isinstance(quantity, MeanLevel) else cut(plain, (-1.0, 1.0))
    return sorted(_restored(quantity, scale, sign * end) for end in (plain.low, plain.high))


def _a_first(quantity: Quantity, scale: Scale) -> bool:
    return scale.higher_is_better and not isinstance(quantity, KernelSpeed)


def _restored(quantity: Quantity, scale: Scale, value: float) -> float:
    """Return an oriented estimate, or a bound of one, in the shown unit."""
    value *= orientation(quantity, scale)
    if isinstance(quantity, Slope):
        return value
    if scale.kind == "percent":
        return 100 * value
    return scale.restored(value)


def _resolution(quantity: Quantity, scale: Scale, interval: ConfidenceInterval) -> float:
    """Return the half-width of the interval in the shown unit, which decides the number of digits."""
    ends = _ends(quantity, scale, interval)
    return (ends[1] - ends[0]) / 2


def _number(value: float, resolution: float, *, signed: bool = False) -> str:
    text = format_value(value, resolution, signed=signed)
    return (text if float(text) else text.lstrip("+-")).replace("-", MINUS)


def factor(value: float) -> str:
    """Write a factor with three digits at most: 0.98, 1.24, 13.4, 1,300."""
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}" if value < 1e6 else f"{value:.1e}"
    return f"{value:.3g}"


def shown_assertion(claim: Claim) -> str:
    """Return what decides the size of a claim: "tolerance ±4 points", "margin ±0.5 points", "at least ×10"."""
    before, after = _units(claim.quantities[0])
    if claim.kind == "faster":
        tolerance = f", tolerance {100 * claim.tolerance:g} %" if claim.tolerance else ""
        return f"at least ×{claim.size:g}{tolerance}"
    if claim.margin:
        return f"margin {'±' if claim.kind in ('equal', 'number') else ''}{before}{claim.margin:g}{after}"
    if claim.size:
        return f"at least {before}{claim.size:g}{after}"
    if claim.reported is None or claim.reported.value <= 0:
        return "no size claimed"
    return f"tolerance ±{claim.size_tolerance or claim.reported.value / 4:.3g}{after}"


def _units(quantity: Quantity) -> tuple[str, str]:
    """Return the text before and after a size or margin: a factor's "×", an accuracy's "points"."""
    if isinstance(quantity, Slope):
        return "", ""
    kind = "log10" if isinstance(quantity, KernelSpeed) else scale_of_quantity(quantity).kind
    return "×" if kind == "log10" else "", " points" if kind == "percent" else ""


def shown_reported(claim: Claim) -> str:
    """Return the paper's figure with its spread and n: "+0.9 ± 0.3 (n = 10)"; "" without one."""
    reported = claim.reported
    if reported is None:
        return ""
    level = all(isinstance(quantity, MeanLevel) for quantity in claim.quantities)
    sign = "" if level or claim.kind == "faster" else "+"
    spread = f" ± {reported.spread:g}" if reported.spread is not None else ""
    return f"{format(reported.value, sign + 'g').replace('-', MINUS)}{spread}{_source(reported)}"


def _source(reported: Reported) -> str:
    known = [f"n = {reported.n}"] if reported.n is not None else []
    if reported.provenance != "verified":
        known.append(reported.provenance)
    return f" ({', '.join(known)})" if known else ""


def p_text(name: str, p: float) -> str:
    """Return "paired t p = 0.012", or "paired t p < 0.001"."""
    text = p_value(p)
    return f"{name} p {text.replace('<', '< ')}" if text.startswith("<") else f"{name} p = {text}"

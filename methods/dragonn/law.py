"""Expected number of s selected elements that m slots keep: balls in bins.

One try keeps the number of slots that are hit: m(1 - (1 - 1/m)^s) on average. With p tries and the first empty
slot, the share u of occupied slots grows with the load α = s/m as du/dα = 1 - u^p from u(0) = 0. Hence
α = ∫ du/(1 - u^p) = u·₂F₁(1, 1/p; 1 + 1/p; u^p).
"""

import math

from scipy.optimize import brentq
from scipy.special import hyp2f1


def expected_kept(selected: int, slots: int, tries: int = 1) -> float:
    """Return the expected number of elements kept; exact for one try, the limit of a large table for more.

    Raises:
        ValueError: selected < 0, slots < 1 or tries < 1.
    """
    for name, got, least in (("selected", selected, 0), ("slots", slots, 1), ("tries", tries, 1)):
        if got < least:
            raise ValueError(f"{name} is {got}; allowed are {least} or more")
    if selected == 0 or slots == 1:
        return float(min(selected, 1))
    if tries == 1:
        return -slots * math.expm1(selected * math.log1p(-1 / slots))
    load = selected / slots
    return slots * float(brentq(lambda u: u * hyp2f1(1, 1 / tries, 1 + 1 / tries, u**tries) - load, 0, 1 - 1e-15))


def sd_kept(selected: int, slots: int) -> float:
    """Return the standard deviation of the number kept by one try: that of the number of empty slots."""
    if slots == 1:
        return 0.0
    one = selected * math.log1p(-1 / slots)
    two = selected * math.log1p(-2 / slots) if slots > 2 else -math.inf * selected if selected else 0.0
    # Var = m(m-1)(1-2/m)^s + m(1-1/m)^s - m²(1-1/m)^2s, with the large terms taken together
    empty = slots * math.exp(one)
    variance = empty - slots * math.exp(two) + slots**2 * math.exp(2 * one) * math.expm1(two - 2 * one)
    return math.sqrt(max(variance, 0.0))

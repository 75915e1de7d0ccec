"""The table of kinds: what is decided where, and that p values and intervals say the same."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.claims import Claim, Contrast, MeanDifference, MeanLevel, Reported, Slope, Term
from harness.claims.rules import Thresholds, thresholds
from harness.statistics import paired_t
from harness.tables.scales import Scale

UP = {kind: Scale(kind, higher_is_better=True) for kind in ("percent", "log10", "plain")}
DOWN = {kind: Scale(kind, higher_is_better=False) for kind in ("percent", "log10", "plain")}
PAIR, LEVEL = MeanDifference("mutag", "a", "b"), MeanLevel("mutag", "a")
SLOPE = Slope("a", (("x", 1.0), ("y", 2.0), ("z", 4.0)))
EFFECT = Contrast("effect", (Term(1.0, "mutag", "a"), Term(-1.0, "mutag", "b")))


def claim(kind, quantity, **fields):
    if kind == "number":
        fields["reported"] = Reported(fields.pop("value"))
    return Claim("c", "s", kind, (quantity,), "reason", 2, **fields)


@pytest.mark.parametrize(
    ("kind", "quantity", "scale", "fields", "low", "high"),
    [
        ("superiority", PAIR, UP["percent"], {}, 0.0, math.inf),
        ("superiority", PAIR, UP["percent"], {"size": 0.5}, 0.005, math.inf),
        ("superiority", PAIR, DOWN["log10"], {"size": 10.0}, 1.0, math.inf),
        ("superiority", LEVEL, DOWN["log10"], {"size": 0.01}, 2.0, math.inf),
        ("superiority", LEVEL, UP["percent"], {"size": 90.0}, 0.9, math.inf),
        ("no worse", PAIR, UP["percent"], {"margin": 0.5}, -0.005, math.inf),
        ("no worse", PAIR, DOWN["log10"], {"margin": 1.01}, -math.log10(1.01), math.inf),
        ("equal", PAIR, DOWN["plain"], {"margin": 0.2}, -0.2, 0.2),
        ("number", LEVEL, UP["percent"], {"value": 78.9, "margin": 1.0}, 0.779, 0.799),
        ("number", LEVEL, DOWN["plain"], {"value": 19.3, "margin": 0.2}, -19.5, -19.1),
        ("number", SLOPE, UP["log10"], {"value": -0.078, "margin": 0.01}, -0.088, -0.068),
        ("number", EFFECT, DOWN["plain"], {"value": 0.3, "margin": 0.1}, -0.4, -0.2),
        ("faster", PAIR, DOWN["log10"], {"size": 2.0, "tolerance": 0.05}, math.log10(1.9), math.inf),
    ],
)
def test_thresholds(kind, quantity, scale, fields, low, high):
    found = thresholds(claim(kind, quantity, **fields), quantity, scale)
    assert (found.low, found.high) == pytest.approx((low, high))


@settings(max_examples=300)
@given(st.integers(0, 10**6), st.integers(2, 15), st.floats(-2, 2), st.floats(0.01, 3))
def test_p_values_decide_as_the_interval_does(seed: int, n: int, shift: float, width: float):
    test = paired_t(np.random.default_rng(seed).standard_normal(n) + shift)
    interval = test.interval_at(0.90)
    above, within = Thresholds(0.3), Thresholds(-width, width)
    assert (above.p_holds(test) < 0.05) == (interval.low > 0.3)
    assert (above.p_fails(test) < 0.05) == (interval.high < 0.3)
    assert (within.p_holds(test) < 0.05) == (-width < interval.low and interval.high < width)
    assert (within.p_fails(test) < 0.05) == (interval.low > width or interval.high < -width)


@settings(max_examples=100)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=9), st.floats(-1, 1), st.floats(0.01, 1))
def test_no_test_both_holds_and_fails(values: list[float], low: float, width: float):
    test = paired_t(values)
    for bounds in (Thresholds(low), Thresholds(low, low + width)):
        assert not (bounds.p_holds(test) < 0.05 and bounds.p_fails(test) < 0.05)
        assert bounds.distance(test.difference) >= 0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "superiorty"}, "did you mean 'superiority'"),
        ({"quantities": ()}, "at least one quantity"),
        ({"needed": 3}, r"needed must lie within 0\.\.1, got 3"),
        ({"reason": " "}, "needs a reason"),
        ({"minimal_units": 1}, "minimal_units must be at least 2, got 1"),
        ({"alpha": 0.6}, "alpha must lie strictly between 0 and 0.5, got 0.6"),
        ({"kind": "equal"}, "needs a margin above 0"),
        ({"kind": "number", "margin": 1.0}, "needs the reported figure"),
        ({"kind": "faster"}, "needs a factor above 0"),
        ({"margin": 0.5}, "has a size, not a margin"),
        ({"kind": "equal", "margin": 1.0, "size": 1.0}, "has a margin, not a size"),
        ({"kind": "no worse", "margin": 1.0, "reported": Reported(0.4)}, "expected a smaller margin"),
        ({"tolerance": 0.1}, "tolerance is a fraction"),
    ],
)
def test_a_declaration_that_says_nothing_is_refused(fields, message):
    given = {"kind": "superiority", "quantities": (PAIR,), "reason": "r", "minimal_units": 5} | fields
    with pytest.raises(ValueError, match=f"claim 'c': .*{message}"):
        Claim("c", "s", given.pop("kind"), **given)


def test_a_range_upside_down_is_refused():
    from harness.claims import Control

    with pytest.raises(ValueError, match="low must not exceed high, got 82 > 80"):
        Control("cora", "gcn", 82, 80, "nobody")

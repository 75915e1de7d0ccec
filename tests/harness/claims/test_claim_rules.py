"""What claims assert, the p values of their statements, and the verdict that follows: rules of every kind."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.claims import Claim, Contrast, Control, MeanDifference, MeanLevel, Reported, Slope, Term
from harness.claims.rules import TESTS, Assertion, assertion, verdict_word
from harness.claims.verdict import DECIDED, FAVOURABLE
from harness.statistics import paired_t
from harness.tables.scales import Scale

UP = {kind: Scale(kind, higher_is_better=True) for kind in ("percent", "log10", "plain")}
DOWN = {kind: Scale(kind, higher_is_better=False) for kind in ("percent", "log10", "plain")}
PAIR, LEVEL = MeanDifference("mutag", "a", "b"), MeanLevel("mutag", "a")
SLOPE = Slope("a", (("x", 1.0), ("y", 2.0), ("z", 4.0)))
EFFECT = Contrast("effect", (Term(1.0, "mutag", "a"), Term(-1.0, "mutag", "b")))
NONE = math.nan


def claim(kind, quantity, **fields):
    if "value" in fields:
        fields["reported"] = Reported(fields.pop("value"))
    return Claim("c", "s", kind, (quantity,), "reason", 2, uncontrolled="a test", **fields)


@pytest.mark.parametrize(
    ("kind", "quantity", "scale", "fields", "expected"),
    [
        ("superiority", PAIR, UP["percent"], {}, (0.0, NONE, NONE, NONE)),
        ("superiority", PAIR, UP["percent"], {"matters": 0.5}, (0.0, NONE, NONE, 0.005)),
        ("superiority", PAIR, UP["percent"], {"value": 2.0}, (0.0, 0.015, 0.025, 0.005)),
        ("superiority", PAIR, UP["percent"], {"value": 2.0, "size_tolerance": 1}, (0.0, 0.01, 0.03, 0.005)),
        ("superiority", PAIR, UP["percent"], {"size": 0.5}, (0.0, 0.005, math.inf, 0.00125)),
        ("superiority", PAIR, DOWN["log10"], {"size": 10.0}, (0.0, 1.0, math.inf, 0.25)),
        ("superiority", LEVEL, DOWN["log10"], {"size": 0.01}, (0.0, 2.0, math.inf, 0.5)),
        ("no worse", PAIR, UP["percent"], {"margin": 0.5}, (-0.005, NONE, NONE, NONE)),
        ("no worse", PAIR, DOWN["log10"], {"margin": 1.01}, (-math.log10(1.01), NONE, NONE, NONE)),
        ("equal", PAIR, DOWN["plain"], {"margin": 0.2}, (NONE, -0.2, 0.2, NONE)),
        ("number", LEVEL, UP["percent"], {"value": 78.9, "margin": 1.0}, (NONE, 0.779, 0.799, NONE)),
        ("number", LEVEL, DOWN["plain"], {"value": 19.3, "margin": 0.2}, (NONE, -19.5, -19.1, NONE)),
        ("number", SLOPE, UP["plain"], {"value": -0.078, "margin": 0.01}, (NONE, -0.088, -0.068, NONE)),
        ("number", EFFECT, DOWN["plain"], {"value": 0.3, "margin": 0.1}, (NONE, -0.4, -0.2, NONE)),
        ("faster", PAIR, DOWN["log10"], {"size": 1.0, "tolerance": 0.03}, (math.log10(0.97), NONE, NONE, NONE)),
        ("faster", PAIR, DOWN["log10"], {"size": 2.0, "tolerance": 0.05}, (0.0, math.log10(1.9), math.inf, None)),
    ],
)
def test_what_a_claim_asserts(kind, quantity, scale, fields, expected):
    found = assertion(claim(kind, quantity, **fields), quantity, scale)
    for value, wanted in zip((found.direction, found.low, found.high, found.matters), expected, strict=True):
        assert wanted is None or value == pytest.approx(wanted, nan_ok=True)
    assert found.ranged == (kind in ("equal", "number"))


@settings(max_examples=300)
@given(st.integers(0, 10**6), st.integers(2, 15), st.floats(-2, 2), st.floats(0.01, 3))
def test_p_values_decide_as_the_interval_does(seed: int, n: int, shift: float, width: float):
    test = paired_t(np.random.default_rng(seed).standard_normal(n) + shift)
    interval = test.interval_at(0.90)
    p = Assertion(direction=0.3, low=-width, high=width, ranged=True, matters=0.7).p_values(test)
    assert (p["above"] < 0.05) == (interval.low > 0.3)
    assert (p["below"] < 0.05) == (interval.high < 0.3)
    assert (p["inside"] < 0.05) == (-width < interval.low and interval.high < width)
    assert (p["too small"] < 0.05) == (interval.high < -width)
    assert (p["too large"] < 0.05) == (interval.low > width)
    assert (p["negligible"] < 0.05) == (interval.low > -0.7 and interval.high < 0.7)
    assert p["outside"] == min(1.0, 2 * min(p["too small"], p["too large"]))


def test_statements_that_a_claim_does_not_make_have_p_1():
    p = Assertion(direction=0.0).p_values(paired_t([1.0, 1.1, 0.9]))
    assert p["above"] < 0.05
    assert all(p[name] == 1.0 for name in TESTS if name not in ("above", "below"))


SIZED = Assertion(direction=0.0, low=3.0, high=5.0, matters=1.0)
CASES = [
    ((4.0, 0.1), "reproduced, direction and size"),
    ((9.0, 0.1), "direction holds, larger than claimed"),
    ((2.0, 0.1), "direction holds, size excluded"),
    ((4.0, 1.5), "direction holds, size open"),
    ((0.0, 0.2), "no effect that matters"),
    ((-2.0, 0.2), "reversed"),
    ((0.9, 1.0), "size excluded, leans for"),
    ((-0.9, 1.0), "size excluded, leans against"),
    ((0.0, 1.2), "size excluded, direction open"),
    ((4.0, 4.0), "open, leans for"),
    ((-2.5, 2.4), "size excluded, leans against"),
    ((0.5, 4.0), "open"),
    ((-4.0, 4.5), "open, leans against"),
]


@pytest.mark.parametrize(("sample", "word"), CASES)
def test_the_first_row_that_fits(sample: tuple[float, float], word: str):
    """Mean and standard error on nine degrees of freedom; [L, U] is mean ± 1.8331 standard errors."""
    mean, error = sample
    base = np.linspace(-1, 1, 10)
    values = mean + (base - base.mean()) / base.std(ddof=1) * error * math.sqrt(10)
    p = SIZED.p_values(paired_t(values))
    assert verdict_word(SIZED, "superiority", p, p, 0.05) == word


@pytest.mark.parametrize(
    ("kind", "mean", "word"),
    [
        ("number", 4.0, "reproduced"),
        ("number", 9.0, "size excluded"),
        ("equal", 9.0, "reversed"),
        ("number", 5.0, "open"),
        ("equal", 4.8, "open, leans for"),
        ("number", 5.5, "open, leans against"),
    ],
)
def test_ranges(kind: str, mean: float, word: str):
    ranged = Assertion(low=3.0, high=5.0, ranged=True)
    p = ranged.p_values(paired_t(mean + 0.5 * np.array([-1.0, 0.2, 0.9, -0.7, 0.6])))
    assert verdict_word(ranged, kind, p, p, 0.05) == word


@settings(max_examples=200)
@given(st.lists(st.floats(-10, 10), min_size=3, max_size=9), st.floats(0.1, 5))
def test_a_verdict_is_consistent_with_its_interval(values: list[float], width: float):
    asserted = Assertion(direction=0.0, low=width, high=3 * width, matters=width / 2)
    test = paired_t(values)
    interval, p = test.interval_at(0.9), asserted.p_values(test)
    word = verdict_word(asserted, "superiority", p, p, 0.05)
    if test.error > 0:
        assert (word in FAVOURABLE) == (interval.low > 0)
        assert (word == "reversed") == (interval.high < 0)
    mirrored = verdict_word(
        asserted, "superiority", *(asserted.p_values(paired_t([-v for v in values])),) * 2, 0.05
    )
    assert not (word in FAVOURABLE and mirrored in FAVOURABLE)
    assert not (word in DECIDED and "open, " in word)


def test_a_correction_for_the_family_takes_decisions_and_leaves_leans():
    p = SIZED.p_values(paired_t(4.0 + np.array([-1.0, 0.2, 0.9, -0.7, 0.6])))
    corrected = dict.fromkeys(p, 1.0)
    assert verdict_word(SIZED, "superiority", corrected, p, 0.05) == "open, leans for"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"kind": "superiorty"}, "did you mean 'superiority'"),
        ({"quantities": ()}, "at least one quantity"),
        ({"combine": "all"}, "combine must be one of mean, each, some, got 'all'"),
        ({"uncontrolled": ""}, "needs a positive control"),
        ({"reason": " "}, "needs a reason"),
        ({"minimal_units": 1}, "minimal_units must be at least 2, got 1"),
        ({"alpha": 0.6}, "alpha must lie strictly between 0 and 0.5, got 0.6"),
        ({"kind": "equal"}, "needs a margin above 0"),
        ({"kind": "number", "margin": 1.0}, "needs the reported figure"),
        ({"kind": "faster"}, "needs a factor above 0"),
        ({"margin": 0.5}, "has a size, not a margin"),
        ({"kind": "equal", "margin": 1.0, "size": 1.0}, "has a margin, not a size"),
        ({"kind": "equal", "margin": 1.0, "matters": 1.0}, "matters is at least 0, and of kind 'superiority'"),
        ({"size_tolerance": -1.0}, "size_tolerance is at least 0"),
        ({"kind": "no worse", "margin": 1.0, "reported": Reported(0.4)}, "expected a smaller margin"),
        ({"tolerance": 0.1}, "tolerance is a fraction"),
    ],
)
def test_a_faulty_declaration_is_refused(fields, message):
    given_fields = {"kind": "superiority", "quantities": (PAIR,), "reason": "r", "minimal_units": 5}
    given_fields |= {"uncontrolled": "a test"} | fields
    with pytest.raises(ValueError, match=f"claim 'c': .*{message}"):
        Claim("c", "s", given_fields.pop("kind"), **given_fields)


def test_a_range_upside_down_is_refused():
    with pytest.raises(ValueError, match="low must not exceed high, got 82 > 80"):
        Control("cora", "gcn", 82, 80, "nobody")

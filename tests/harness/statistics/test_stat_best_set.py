"""Best sets, studentised ranges and Dunnett's test: worked digits, limits, and error rates by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import studentized_range, t

from harness.statistics import TableDecisions, decide_table, moderate
from harness.statistics.max_t import dunnett_p, range_p

FIVE = {
    "A": np.array([93.41, 93.62, 93.18]),
    "B": np.array([93.05, 92.71, 92.98]),
    "C": np.array([92.90, 93.35, 93.02]),
    "D": np.array([91.20, 92.60, 91.90]),
    "E": np.array([92.10, 92.14, 92.05]),
}
"""Five contenders with three seeds; the digits below were computed from them by hand-checked formulas."""


ACCURACY = 3e-5
"""Of p values by quadrature."""


def table(units: dict[str, np.ndarray], **settings: object) -> TableDecisions:
    return decide_table({name: float(np.nanmean(u)) for name, u in units.items()}, units, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("k", "n", "dunnett"),
    [
        *((3, 3, 2.6104), (3, 5, 2.2173), (3, 10, 2.0404), (5, 3, 2.5532), (5, 5, 2.3430), (5, 10, 2.2384)),
        *((14, 3, 2.6778), (14, 5, 2.5996), (14, 10, 2.5576)),
    ],
)
def test_critical_values_of_dunnett(k: int, n: int, dunnett: float) -> None:
    df = (k - 1) * (n - 1)
    assert brentq(lambda d: float(dunnett_p(d, k - 1, df)) - 0.05, 0.5, 20) == pytest.approx(dunnett, abs=6e-5)


@pytest.mark.parametrize(
    ("k", "n", "range_"),
    [(5, 3, 3.4547), (5, 5, 3.0637), (5, 10, 2.8708), (14, 3, 3.6847), (14, 5, 3.5167), (14, 10, 3.4255)],
)
def test_critical_values_of_the_studentised_range(k: int, n: int, range_: float) -> None:
    df = (k - 1) * (n - 1)
    assert brentq(lambda d: float(range_p(d, k, df)) - 0.05, 0.5, 20) == pytest.approx(range_, abs=6e-5)


@pytest.mark.parametrize("k", [2, 3, 14, 30])
@pytest.mark.parametrize("df", [2.0, 3.7, 12.0, 300.0])
def test_the_studentised_range_is_that_of_scipy(k: int, df: float) -> None:
    for value in (0.5, 2.0, 4.0, 9.0):
        expected = studentized_range.sf(math.sqrt(2) * value, k, df)
        assert float(range_p(value, k, df)) == pytest.approx(expected, abs=3e-5)


@pytest.mark.parametrize("df", [2.0, 5.5, 40.0])
def test_one_comparison_is_the_t_test(df: float) -> None:
    values = np.array([-3.0, -1.0, 0.0, 0.5, 2.0, 6.0])
    np.testing.assert_allclose(dunnett_p(values, 1, df), t.sf(values, df), atol=1e-5)
    np.testing.assert_allclose(dunnett_p(values, 1, df, two_sided=True), 2 * t.sf(abs(values), df), atol=1e-5)
    np.testing.assert_allclose(range_p(values, 2, df), 2 * t.sf(abs(values), df), atol=1e-5)


@given(st.integers(1, 30), st.floats(2, 200), st.floats(0, 10), st.floats(0, 10))
def test_p_falls_with_t_and_rises_with_the_number_of_comparisons(k: int, df: float, one: float, two: float) -> None:
    low, high = sorted((one, two))
    for p in (dunnett_p, range_p):
        assert float(p(high, k, df)) <= float(p(low, k, df)) + ACCURACY
        assert float(p(low, k, df)) <= float(p(low, k + 1, df)) + ACCURACY


def test_infinite_and_unknown_statistics() -> None:
    np.testing.assert_array_equal(dunnett_p([math.inf, -math.inf, math.nan], 4, 8.0), [0.0, 1.0, math.nan])
    np.testing.assert_array_equal(range_p([math.inf, math.nan], 4, 8.0), [0.0, math.nan])


def test_independent_seeds_with_shrunken_variances() -> None:
    found = moderate(np.stack(list(FIVE.values())), paired=False)
    raw = np.array([0.04843333, 0.03223333, 0.05430000, 0.49000000, 0.00203333])
    np.testing.assert_allclose(found.variances, (2 * raw + 4 * 0.1254) / 6, rtol=1e-6)
    np.testing.assert_allclose(found.statistics()[0, 1:], [1.926444, 1.209176, 4.422348, 5.275824], atol=1e-6)
    np.testing.assert_array_equal(found.degrees()[0, 1:], 10)
    decided = table(FIVE, paired=False)
    assert set(decided.best_set) == {"A", "B", "C"}
    assert {p.name for p in decided.places if p.group == "worse"} == {"D", "E"}


def test_paired_seeds_with_shrunken_variances() -> None:
    found = moderate(np.stack(list(FIVE.values())))
    raw = np.array([0.03297167, 0.16344667, 0.00322167, 0.34602167, 0.03048000])
    assert raw.mean() == pytest.approx(0.11522833, abs=1e-8)  # of the block design's mean square
    np.testing.assert_allclose(found.variances, (2 * raw + 4 * raw.mean()) / 6, rtol=1e-6)
    np.testing.assert_allclose(found.statistics()[0, 1:], [1.813114, 1.333224, 4.921087, 5.413389], atol=1e-6)
    np.testing.assert_array_equal(found.degrees()[0, 1:], 8)
    assert set(table(FIVE).best_set) == {"A", "B", "C"}


def test_two_contenders_get_the_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    units = rng.standard_normal((2, 7)) + 5 * rng.standard_normal(7)
    difference = units[0] - units[1]
    found = moderate(units)
    expected = difference.mean() / (difference.std(ddof=1) / math.sqrt(7))
    assert found.statistics()[0, 1] == pytest.approx(expected)
    assert found.degrees()[0, 1] == 6


def test_the_order_of_the_contenders_and_a_common_effect_of_units_change_nothing() -> None:
    effect = np.array([3.0, -40.0, 7.0])
    plain, moved = table(FIVE), table({name: FIVE[name] + effect for name in reversed(FIVE)})
    assert [p.name for p in plain.places] == [p.name for p in moved.places]
    assert [p.group for p in plain.places] == [p.group for p in moved.places]


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_the_scale_of_the_metric_changes_no_decision(factor: float) -> None:
    plain, scaled = table(FIVE, reference="B"), table({n: factor * u for n, u in FIVE.items()}, reference="B")
    for one, other in zip(plain.places, scaled.places, strict=True):
        assert (one.name, one.group, one.low, one.high) == (other.name, other.group, other.low, other.high)


def test_lower_is_better_mirrors_the_table() -> None:
    plain = table(FIVE, reference="B")
    mirrored = table({n: -u for n, u in FIVE.items()}, reference="B", higher_is_better=False)
    for one, other in zip(plain.places, mirrored.places, strict=True):
        assert (one.name, one.group, one.low, one.high) == (other.name, other.group, other.low, other.high)
        if one.reference is not None and other.reference is not None:
            assert one.reference.difference == pytest.approx(-other.reference.difference)


def test_failures_rank_last_and_missing_units_are_compared_on_what_is_there() -> None:
    units = {**FIVE, "F": np.array([85.0, np.nan, 85.1])}
    scores = {**{n: float(np.nanmean(u)) for n, u in units.items()}, "G": math.nan}
    decided = decide_table(scores, units)
    by_name = {place.name: place for place in decided.places}
    assert by_name["F"].group == "worse"
    assert by_name["G"].group == "failed"
    assert (by_name["G"].low, by_name["G"].high) == (7, 7)
    assert by_name["A"].group == "may be best"


def test_one_unit_and_one_contender_decide_nothing() -> None:
    single = decide_table({"a": 1.0, "b": 2.0}, {"a": np.array([1.0]), "b": np.array([2.0])})
    assert single.best_set == ("b", "a")
    alone = decide_table({"a": 1.0}, {"a": np.array([1.0, 2.0])}, reference="a")
    assert (alone.places[0].low, alone.places[0].high, alone.places[0].reference) == (1, 1, None)


@pytest.mark.parametrize(("n", "decided"), [(2, False), (4, False), (5, True)])
def test_differences_that_do_not_vary_need_five_units(n: int, decided: bool) -> None:
    units = {"a": np.full(n, 0.9), "b": np.full(n, 0.8)}
    assert (table(units).best_set == ("a",)) is decided


@pytest.mark.parametrize(("k", "n", "spread"), [(14, 3, 1.0), (14, 5, 1.0), (5, 10, 1.0), (3, 3, 0.5)])
def test_the_best_stays_in_the_set_also_with_unequal_variances(k: int, n: int, spread: float) -> None:
    rng, runs, lost, false_worse = np.random.default_rng((k, n)), 160, 0, 0
    for _ in range(runs):
        sd = np.exp(spread / 2 * rng.standard_normal(k))
        values = sd[:, None] * rng.standard_normal((k, n)) + rng.standard_normal(n)
        decided = table({str(i): row for i, row in enumerate(values)})
        lost += "0" not in decided.best_set  # all are equally good: any of them is a best one
        false_worse += bool(decided.better.any())
    allowed = 3.5 * math.sqrt(0.05 * 0.95 / runs)
    assert lost / runs <= 0.06 + allowed
    assert false_worse / runs <= 0.07 + allowed


def test_five_deviations_among_fourteen_contenders_are_found_with_three_units() -> None:
    rng, found, runs = np.random.default_rng(5), 0.0, 60
    for _ in range(runs):
        sd = np.exp(0.25 * rng.standard_normal(14))
        values = sd[:, None] * rng.standard_normal((14, 3)) + rng.standard_normal(3)
        values[0] += 5.0
        decided = table({str(i): row for i, row in enumerate(values)})
        found += sum(place.group != "may be best" for place in decided.places if place.name != "0") / 13
    assert found / runs >= 0.90


def with_erratic(values: np.ndarray, sd: float, rng: np.random.Generator) -> TableDecisions:
    """Decide a table with one more contender, the last, of mean 0 and standard deviation `sd`."""
    last = sd * rng.standard_normal((1, values.shape[1]))
    return table({str(i): row for i, row in enumerate(np.vstack([values, last]))})


@pytest.mark.parametrize(("k", "n"), [(13, 3), (8, 5), (4, 10)])
def test_one_erratic_contender_changes_nobody_elses_variance(k: int, n: int) -> None:
    rng = np.random.default_rng((k, n))
    values = rng.standard_normal((k, n)) + rng.standard_normal(n)
    alone = moderate(values)
    beside = moderate(np.vstack([values, 1000.0 * rng.standard_normal(n)]))
    np.testing.assert_allclose(beside.variances[:-1], alone.variances, rtol=1e-8)  # units are rounded to 12 digits
    np.testing.assert_array_equal(beside.df, [*alone.df, n - 1])
    assert beside.variances[-1] > 100.0


def test_losers_are_found_beside_an_erratic_contender() -> None:
    rng, found, runs = np.random.default_rng(6), 0.0, 60
    for _ in range(runs):
        values = rng.standard_normal((8, 5)) + rng.standard_normal(5)
        values[0] += 5.0
        decided = with_erratic(values, 50.0, rng)
        found += sum(place.group != "may be best" for place in decided.places if place.name not in "08") / 7
    assert found / runs >= 0.95


@pytest.mark.parametrize(("k", "n"), [(13, 3), (8, 5), (4, 10)])
def test_an_erratic_contender_is_as_rarely_wrongly_out_as_others(k: int, n: int) -> None:
    rng, runs, lost = np.random.default_rng((k, n, 1)), 200, np.zeros(2)
    for _ in range(runs):
        decided = with_erratic(rng.standard_normal((k, n)) + rng.standard_normal(n), 50.0, rng)
        lost += ["0" not in decided.best_set, str(k) not in decided.best_set]
    assert (lost / runs <= 0.06 + 3.5 * math.sqrt(0.05 * 0.95 / runs)).all()

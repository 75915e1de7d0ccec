"""The two-condition rule: its power, its false alarms and its promise, by simulation and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.regression.speed import SpeedRule, processes_needed, slowdown

RULE = SpeedRule()


def draws(rng: np.random.Generator, count: int, deviation: float, true: float = 0.0) -> list[float]:
    return (math.log1p(true) + rng.normal(0, deviation, count)).tolist()


def verdict(rng: np.random.Generator, count: int, deviation: float, true: float) -> str:
    """Return what the gate says of one kernel, a second session included where the first is slower."""
    reference = draws(rng, count, deviation)
    first = slowdown(reference, draws(rng, count, deviation, true), RULE).pace
    if first != "slower":
        return first
    second = slowdown(reference, draws(rng, count, deviation, true), RULE).pace
    return "regressed" if second == "slower" else second


def shares(count: int, deviation: float, true: float, runs: int = 400) -> dict[str, float]:
    rng = np.random.default_rng([count, round(1000 * deviation), round(1000 * true)])
    said = [verdict(rng, count, deviation, true) for _ in range(runs)]
    return {word: said.count(word) / runs for word in ("regressed", "same", "unsure", "slower", "faster")}


def test_the_estimate_is_the_ratio_of_geometric_means() -> None:
    found = slowdown([math.log(2.0)] * 5, [math.log(2.4)] * 5, RULE)
    assert found.ratio.estimate == pytest.approx(1.2)
    assert found.deviation == pytest.approx(0.0)


def test_worked_example_of_ten_processes() -> None:
    # The times of the worked example of statistics.md, section 5: A is the reference, B the new version.
    a = (10.21, 10.35, 10.18, 10.40, 10.25, 10.31, 10.22, 10.55, 10.27, 10.30)
    b = (9.12, 9.25, 9.05, 9.31, 9.11, 9.20, 9.08, 9.48, 9.15, 9.17)
    found = slowdown(np.log(a).tolist(), np.log(b).tolist(), RULE)
    assert found.ratio.estimate == pytest.approx(0.892049, abs=1e-6)
    assert found.pace == "faster"
    assert slowdown(np.log(b).tolist(), np.log(a).tolist(), RULE).pace == "slower"


@pytest.mark.parametrize("deviation", [0.01, 0.02, 0.03, 0.05])
def test_a_planted_slowdown_of_ten_per_cent_is_caught_with_the_processes_that_are_asked_for(
    deviation: float,
) -> None:
    count = processes_needed(deviation, RULE)
    found = shares(count, deviation, true=0.10)
    assert found["regressed"] >= 0.85  # 0.9 by design; three errors of 400 runs below
    assert found["same"] <= 0.05


@pytest.mark.parametrize("deviation", [0.01, 0.03, 0.05])
def test_unchanged_code_is_never_called_a_regression(deviation: float) -> None:
    found = shares(processes_needed(deviation, RULE), deviation, true=0.0, runs=2000)
    assert found["regressed"] == 0.0
    assert found["same"] >= 0.95


def test_twenty_of_twenty_calm_runs_of_thirty_kernels_stay_green() -> None:
    rng = np.random.default_rng(20)
    said = [verdict(rng, 10, 0.03, 0.0) for _ in range(20 * 30)]
    assert set(said) <= {"same", "faster"}


@given(st.floats(0.005, 0.5), st.integers(5, 30), st.integers(0, 2**32 - 1))
def test_noise_never_turns_into_a_pass(deviation: float, count: int, seed: int) -> None:
    """What is called same has an upper bound below the slowdown that must not pass."""
    rng = np.random.default_rng(seed)
    found = slowdown(draws(rng, count, deviation), draws(rng, count, deviation, 0.1), RULE)
    bound = found.test.interval_at(0.90).high
    assert (found.pace == "same") <= (bound < RULE.limit)


def test_a_true_slowdown_passes_as_same_at_most_once_in_twenty_whatever_the_noise() -> None:
    for deviation in (0.03, 0.1, 0.3):
        passed = shares(5, deviation, true=0.10, runs=1500)["same"]
        assert passed <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1500)


def test_the_point_condition_keeps_tiny_but_certain_slowdowns_out() -> None:
    rng = np.random.default_rng(3)
    found = slowdown(draws(rng, 20, 0.001), draws(rng, 20, 0.001, 0.02), RULE)
    assert found.p_slower < 1e-6
    assert found.pace == "same"


def test_more_noise_needs_more_processes() -> None:
    needed = [processes_needed(s, RULE) for s in (0.0, 0.02, 0.03, 0.05, 0.1)]
    assert needed == [5, 6, 8, 15, 48]
    assert processes_needed(10.0, RULE) == 1000

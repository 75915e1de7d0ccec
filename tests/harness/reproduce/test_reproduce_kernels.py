"""Ratios of two sessions: Welch's interval against its definition, and what counts as different."""

import math

import numpy as np
import pytest
from scipy import stats

from harness.kernels.contract import Implementation, KernelCase, KernelCost
from harness.kernels.results import CaseBoard, KernelRow, Timing
from harness.reproduce.kernels import compare, quotient_interval
from harness.statistics import speed_ratio


def times(ratio: float, noise: float, processes: int = 5, seed: int = 0) -> list[float]:
    generator = np.random.default_rng(seed)
    return list(ratio * np.exp(noise * generator.standard_normal(processes)))


def board(ratio: float, noise: float = 0.01, processes: int = 5, seed: int = 0) -> CaseBoard:
    interval = speed_ratio([1.0] * processes, times(ratio, noise, processes, seed))
    timing = Timing(ratio, interval, 0.5, {}, {})
    row = KernelRow(Implementation("peer", "module:peer", "peer"), {1: timing})
    return CaseBoard(KernelCase("n=5", 5, {}), KernelCost(0.0, 0.0), [row], {}, processes, 0.0)


def test_the_interval_is_that_of_welch() -> None:
    first, second = times(2.0, 0.1, seed=1), times(2.4, 0.3, 7, seed=2)
    before, now = speed_ratio([1.0] * 5, first), speed_ratio([1.0] * 7, second)
    expected = stats.ttest_ind(np.log(second), np.log(first), equal_var=False).confidence_interval(0.9)
    assert quotient_interval(before, now, 0.9) == pytest.approx((math.exp(expected.low), math.exp(expected.high)))


@pytest.mark.parametrize(
    ("now", "caveat", "word"),
    [
        (2.05, "", "agrees"),
        (2.40, "", "agrees"),
        (3.00, "", "differs"),
        (1.40, "", "differs"),
        (3.00, "stale: code changed since", "stale"),
        (3.00, "another processor", "not compared"),
        (2.05, "another processor", "agrees"),
    ],
)
def test_only_what_is_surely_beyond_the_margin_differs(now: float, caveat: str, word: str) -> None:
    (finding,) = compare("k:n=5", board(2.0, seed=1), board(now, seed=2), caveat)
    assert finding.word == word
    assert "margin ×1.25" in finding.reason


def test_noise_and_absence_are_no_agreement() -> None:
    (noisy,) = compare("k:n=5", board(2.0), board(2.0, noise=3.0))
    assert (noisy.word, noisy.reason) == ("not compared", "too noisy")
    absent = CaseBoard(KernelCase("n=5", 5, {}), KernelCost(0.0, 0.0), [], {}, 5, 0.0)
    (missing,) = compare("k:n=5", board(2.0), absent)
    assert missing.word == "not compared"
    assert not compare("k:n=5", board(2.0, noise=3.0), board(2.0)), "a ratio that was never measured is no claim"

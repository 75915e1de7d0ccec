"""The tolerance against closed forms and a simulation of its error."""

import math

import numpy as np
import pytest

from harness.reproduce.findings import Reproduction, exit_code
from harness.reproduce.tolerance import ERROR, PublishedTable, seed_deviation, tolerance


def table(
    contenders: int, folds: int, seeds: int, deviation: float, generator: np.random.Generator
) -> PublishedTable:
    who, fold, _ = np.meshgrid(range(contenders), range(folds), range(seeds), indexing="ij")
    noise = deviation * generator.standard_normal(who.size)
    values = 0.5 + 0.1 * who.ravel() + 0.03 * fold.ravel() + noise
    return PublishedTable(np.array([f"c{i}" for i in who.ravel()], dtype=object), fold.ravel(), values)


def test_over_seeds_the_deviation_is_pooled_within_cells() -> None:
    folds, values = np.repeat([0, 1], 4), np.array([1.0, 2.0, 3.0, 4.0, 11.0, 12.0, 13.0, 14.0])
    known = seed_deviation(PublishedTable(np.full(8, "c", dtype=object), folds, values))
    assert known is not None
    assert known.freedom == 6
    assert known.deviation == pytest.approx(math.sqrt(10 / 6))


def test_with_one_seed_a_fold_it_is_what_contenders_and_folds_leave_over() -> None:
    generator = np.random.default_rng(0)
    exact = seed_deviation(table(4, 5, 1, 0.0, generator))
    assert exact is not None
    assert exact.freedom == 12
    assert exact.deviation == pytest.approx(0, abs=1e-12)
    noisy = [seed_deviation(table(4, 5, 1, 0.02, generator)) for _ in range(400)]
    assert np.mean([known.deviation**2 for known in noisy if known]) == pytest.approx(0.02**2, rel=0.1)


def test_too_small_a_table_gives_none() -> None:
    assert tolerance(table(1, 3, 1, 0.1, np.random.default_rng(0)), 0.5, 1) is None
    assert tolerance(PublishedTable(np.array([]), np.array([]), np.array([])), 0.5, 1) is None


@pytest.mark.parametrize("seeds", [1, 3])
def test_draws_of_one_distribution_rarely_exceed_it(seeds: int) -> None:
    generator, beyond = np.random.default_rng(seeds), 0
    for _ in range(2000):
        known = tolerance(table(3, 4, seeds, 0.02, generator), 0.5, 1)
        assert known is not None
        first, second = 0.02 * generator.standard_normal(2)
        beyond += abs(first - second) > known.largest
    assert beyond / 2000 < 2 * ERROR


def test_equal_values_allow_for_rounding_only() -> None:
    known = tolerance(PublishedTable(np.full(10, "c", dtype=object), np.zeros(10), np.full(10, 0.5)), 0.5, 5)
    assert known is not None
    assert known.largest == pytest.approx(0.5e-6)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["same bits", "agrees"], 0),
        (["same bits", "failed"], 1),
        (["failed", "differs", "not compared"], 3),
        (["agrees", "stale"], 4),
        (["not compared"], 4),
        ([], 4),
    ],
)
def test_exit_codes(words: list, code: int) -> None:
    assert exit_code([Reproduction("x", word) for word in words]) == code

"""Error rates and coverage by simulation, layout by layout."""

import math

import numpy as np
import pytest

from harness.claims.calibration import ALPHA, BOARDS, LAYOUTS, SHARES, Calibration, board, calibrate, render
from harness.claims.rules import Assertion
from harness.statistics import paired_t

RUNS = 600


@pytest.fixture(scope="module")
def found() -> list[Calibration]:
    return calibrate(RUNS, seed=1)


def test_every_rate_is_allowed(found: list[Calibration]) -> None:
    """5 % on the threshold, 93 to 98 % coverage, 95 % for the best set; within the error of the simulation."""
    assert len(found) == 4 * len(LAYOUTS) + 1 + 2 * len(BOARDS) + len(SHARES)
    assert [row for row in found if not row.passed] == []


def test_the_simulation_can_fail() -> None:
    """Thirty seed-and-fold values taken as independent: the rate that the layouts must prevent."""
    rng, alarms, asserted = np.random.default_rng(0), 0, Assertion(direction=0.0)
    for _ in range(400):
        shared = math.sqrt(0.1) * rng.standard_normal() + math.sqrt(0.9) * rng.standard_normal(10)
        gains = shared + 0.5 * rng.standard_normal((3, 10))
        alarms += asserted.p_values(paired_t(gains.ravel()[:24]))["above"] <= ALPHA
    assert not Calibration("naive", "false", alarms / 400, (0.0, ALPHA), 400).passed


def test_boards_with_equal_variances_keep_a_best_one_too() -> None:
    kept, worse = board(5, 5, 200, spread=0.0)
    assert kept.passed
    assert worse.passed


def test_the_table_names_every_layout(found: list[Calibration]) -> None:
    text = render(found)
    for layout in LAYOUTS:
        assert layout in text
    assert "NO" not in text.split()

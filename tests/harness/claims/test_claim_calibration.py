"""Error rates and coverage by simulation, layout by layout."""

import math

import numpy as np
import pytest

from harness.claims.calibration import ALPHA, LAYOUTS, calibrate, null_cases, render, simulation_margin
from harness.statistics import paired_t

REPLICATIONS = 1500


@pytest.fixture(scope="module")
def found():
    return calibrate(REPLICATIONS, seed=1)


def test_neither_word_is_said_too_often(found):
    """5 % under the null, and what 1 500 runs cannot tell from it (3.5 standard errors: 2 points)."""
    allowed = ALPHA + simulation_margin(ALPHA, REPLICATIONS)
    assert len(found) == 2 * len(LAYOUTS) + 1
    for row in found[:-1]:
        assert row.false_holds <= allowed, row
        assert row.false_fails <= allowed, row
    suite = found[-1]
    assert max(suite.false_holds, suite.false_fails) <= ALPHA + simulation_margin(ALPHA, suite.replications)


def test_intervals_cover_what_they_promise(found):
    """95 % within 93 to 97 %, the 90 % interval of the verdicts about 90 %; folds err on the wide side."""
    for row in found[:-1]:
        assert 0.93 <= row.coverage_95 <= 0.97, row
        margin = simulation_margin(0.9, REPLICATIONS)
        assert 0.90 - margin <= row.coverage_90 <= 0.90 + margin + 0.015 * ("folds" in row.layout), row


def test_the_simulation_can_fail():
    """Thirty seed-and-fold values taken as independent: the rate that the layouts must prevent."""
    rng, alarms = np.random.default_rng(0), 0
    bounds, truth = null_cases()["superiority, no worse, faster"]
    for _ in range(400):
        shared = math.sqrt(0.1) * rng.standard_normal() + math.sqrt(0.9) * rng.standard_normal(10)
        gains = truth + shared + 0.5 * rng.standard_normal((3, 10))
        alarms += bounds.p_holds(paired_t(gains.ravel()[:24])) <= ALPHA
    assert alarms / 400 > 0.15


def test_the_table_names_every_layout_and_its_own_precision(found):
    text = render(found)
    for layout in LAYOUTS:
        assert layout in text
    assert "1,500 replications a layout, 375 suites" in text
    assert "± 2.0" in text

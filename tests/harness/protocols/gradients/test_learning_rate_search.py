"""The search for the learning rate: the best of a geometric grid is found wherever it lies, never at an edge."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocols.gradients.data_parallel.training import DataParallelSettings, RankResult, StepTimes
from harness.protocols.gradients.data_parallel.tuning import MOST_EXTENSIONS, LearningRateGrid, Tuned, search

GRID = (0.03, 0.1, 0.3)


def valley(best: float, diverges: float = math.inf) -> Callable[[float], float]:
    """Return a loss that grows with the distance from a rate in decades, infinite from another rate on."""
    return lambda rate: math.inf if rate >= diverges else abs(math.log10(rate / best))


@given(st.floats(-3.5, 1.5))
def test_the_best_rate_has_a_worse_one_on_either_side(decade: float) -> None:
    losses = search(GRID, valley(10**decade))
    rates = list(losses)
    assert rates == sorted(rates)
    assert set(GRID) <= set(rates)
    place = rates.index(min(rates, key=losses.__getitem__))
    assert 0 < place < len(rates) - 1
    widest = math.log10(0.1 / 0.03)  # decades between neighbours are log10(3) or this
    assert abs(math.log10(rates[place]) - decade) <= widest / 2 + 1e-9


def test_growth_by_hand() -> None:
    assert list(search(GRID, valley(0.1))) == [0.03, 0.1, 0.3]
    assert list(search(GRID, valley(0.03))) == [0.009, 0.03, 0.1, 0.3]
    assert list(search(GRID, valley(0.3))) == [0.03, 0.1, 0.3, 0.9]
    assert list(search((0.1, 1.0), valley(30))) == [0.1, 1.0, 10.0, 100.0]


def test_rates_that_diverge_bound_the_search_from_above() -> None:
    losses = search(GRID, valley(1, diverges=0.2))
    assert losses == {0.03: pytest.approx(1.523, abs=1e-3), 0.1: 1.0, 0.3: math.inf}
    assert min(search(GRID, valley(1, diverges=0.02))) < 0.009  # all of the grid diverges: it goes down


@pytest.mark.parametrize("sign", [1, -1])
def test_a_loss_without_a_minimum_ends_the_search(sign: int) -> None:
    losses = search(GRID, lambda rate: sign * rate)
    assert len(losses) == len(GRID) + MOST_EXTENSIONS


def test_one_rate_is_no_search_and_no_rate_is_tried_twice() -> None:
    tried: list[float] = []
    assert search((0.1,), lambda rate: tried.append(rate) or 1.0) == {0.1: 1.0}
    search(GRID, lambda rate: tried.append(rate) or valley(0.001)(rate))
    assert len(set(tried[1:])) == len(tried[1:])


@pytest.mark.parametrize("rates", [(), (0.0, 0.1), (0.3, 0.1), (0.1, 0.1)])
def test_grids_that_are_refused(rates: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="expected positive rates in ascending order and 1 step or more"):
        LearningRateGrid(rates, 3)
    with pytest.raises(ValueError, match="search_steps 0"):
        LearningRateGrid((0.1,), 0)


@pytest.mark.parametrize(("rate", "inside"), [(0.03, False), (0.1, True), (0.3, False)])
def test_a_choice_at_the_edge_is_not_inside(rate: float, inside: bool) -> None:
    result = RankResult(None, [], StepTimes(0, 0, 0, 0, 0), 0, 0, [], True)
    assert Tuned(result, rate, 1.0, dict.fromkeys(GRID, 1.0)).inside is inside


def test_linear_decay_by_hand() -> None:
    settings = DataParallelSettings(learning_rate=0.8, steps=4, linear_decay=True)
    optimizer = settings.optimizer(settings.model())
    rates = []
    for step in range(1, 5):
        settings.set_rate(optimizer, step)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([0.8, 0.6, 0.4, 0.2])

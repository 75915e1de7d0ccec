"""Sparsifiers that are peers of the hash table: their selections by another route, their bounds and refusals."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines.gradients import append as appending
from baselines.gradients import compaction, passes, topk
from baselines.gradients.append import Appender, append_plain
from baselines.gradients.dgc import DGCSparsifier
from baselines.gradients.gaussian_k import GaussianKSparsifier
from baselines.gradients.pairs import Pairs
from baselines.gradients.redsync import RedSyncSparsifier
from baselines.gradients.sidco import SIDCoSparsifier

SIZES = [0, 1, 63, 64, 65, 255, 256, 257, 1009]
RULES = [DGCSparsifier, GaussianKSparsifier, RedSyncSparsifier, SIDCoSparsifier]


def normal(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size, np.float32)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("threads", [1, 2, 7])
def test_all_that_are_told_the_threshold_select_the_same(
    size: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appending, "LEAST_PART", 64)
    x = np.round(normal(size, size), 1)
    expected = [i for i in range(size) if abs(x[i]) >= np.float32(0.7)]
    positions = torch.arange(size, dtype=torch.int32)
    index, value = np.empty(size, np.int32), np.empty(size, np.float32)
    kept = append_plain(x, np.float32(0.7), index, value)
    for got in (
        Appender(size + 1, threads)(x, np.float32(0.7)),
        compaction.flatnonzero(x, np.float32(0.7)),
        compaction.nonzero(x, np.float32(0.7)),
        compaction.masked_select(x, positions, np.float32(0.7)),
        Pairs(index[:kept], value[:kept]),
    ):
        assert got.index.tolist() == expected
        assert np.array_equal(got.value, x[expected])
        assert (got.index.dtype, got.value.dtype) == (np.int32, np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 200), st.integers(0, 99), st.sampled_from([1, 2, 5]))
def test_append_keeps_the_first_that_fit_and_counts_all(size: int, capacity: int, seed: int, threads: int) -> None:
    x = normal(size, seed)
    appender = Appender(capacity, threads)
    expected = np.flatnonzero(np.abs(x) >= 0.5)
    assert np.array_equal(appender(x, 0.5).index, expected[:capacity])
    assert appender.reached == len(expected)


def test_append_over_many_parts() -> None:
    x = normal(1_000_003)
    expected = np.flatnonzero(np.abs(x) >= 1)
    for threads in (1, 2, 3):
        for capacity in (100, 400_000):
            got = Appender(capacity, threads)(x, 1)
            assert np.array_equal(got.index, expected[:capacity])
            assert np.array_equal(got.value, x[expected[:capacity]])


@pytest.mark.parametrize("place", [0, 64, 999])
@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan])
def test_non_finite_gradients_are_refused(place: int, bad: float) -> None:
    x = normal(1000)
    x[place] = bad
    with pytest.raises(FloatingPointError, match="1 non-finite elements; expected finite numbers only"):
        Appender(10)(x, 3e38)
    for rule in (GaussianKSparsifier, RedSyncSparsifier, SIDCoSparsifier):
        with pytest.raises(FloatingPointError, match="non-finite"):
            rule(0.01)(x)
    with pytest.raises(FloatingPointError, match="non-finite"):
        DGCSparsifier(0.01)(np.full(1000, bad, np.float32))


@pytest.mark.parametrize("choose", [topk.topk, topk.argpartition])
@pytest.mark.parametrize("ratio", [1e-9, 0.01, 0.5, 1.0])
@pytest.mark.parametrize("size", [1, 2, 101, 1009])
def test_top_k_has_the_k_largest(choose, ratio: float, size: int) -> None:
    x = np.round(normal(size), 1)
    got = choose(x, ratio)
    k = max(1, int(ratio * size))
    assert np.unique(got.index).size == k
    assert np.array_equal(np.sort(np.abs(got.value)), np.sort(np.abs(x))[-k:])
    assert np.array_equal(got.value, x[got.index])


def test_random_k_is_distinct_and_the_same_for_all_workers() -> None:
    a, b = topk.random_k(normal(1000, 0), 0.3, 5), topk.random_k(normal(1000, 1), 0.3, 5)
    assert np.array_equal(a.index, b.index)
    assert np.unique(a.index).size == 300
    assert not np.array_equal(a.index, topk.random_k(normal(1000), 0.3, 6).index)


@pytest.mark.parametrize("size", [1, 64, 1000, 70_001])
def test_passes_are_numpys(size: int) -> None:
    x = normal(size)
    mean, deviation, top = passes.moments(x)
    assert mean == pytest.approx(np.abs(x).mean(dtype=float), rel=1e-12)
    assert passes.mean_magnitude(x) == pytest.approx(mean, rel=1e-14)
    assert deviation == pytest.approx(np.abs(x).std(dtype=float), rel=1e-9, abs=1e-7)
    assert top == np.abs(x).max()
    for threshold in (0, 0.5, top):
        assert passes.count_above(x, np.float32(threshold)) == np.count_nonzero(np.abs(x) > np.float32(threshold))


@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
@pytest.mark.parametrize("ratio", [0.001, 0.01, 0.1])
def test_dgc_selects_nearly_k(scale: float, ratio: float) -> None:
    x = normal(100_000) * np.float32(scale)
    k = int(ratio * x.size)
    for seed in range(5):
        got = DGCSparsifier(ratio)(x, seed)
        assert 0.8 * k <= len(got.index) <= k
        assert np.unique(got.index).size == len(got.index)
        assert np.array_equal(got.value, x[got.index])


def test_dgc_takes_the_largest_where_the_threshold_is_far_too_low() -> None:
    x = normal(100_000)
    x[::100] = 0  # a sample of every hundredth from the right start sees zeros only
    start = next(s for s in range(1000) if np.random.default_rng(s).integers(100) == 0)
    got = DGCSparsifier(0.01)(x, start)
    assert np.array_equal(np.sort(np.abs(got.value)), np.sort(np.abs(x))[-1000:])


def test_redsync_stops_after_three_bisections_by_hand() -> None:
    # mean 2, maximum 10, k = 4: thresholds 6, 8 and 7 at r = 1/2, 3/4 and 5/8 have 9, 1 and 1 magnitudes above them
    magnitudes = [10.0, *[6.75] * 5, *[6.25] * 3, 0.5, *[1.0] * 17, *[0.0] * 13]
    x = np.array(magnitudes, np.float32) * np.resize(np.float32([-1, 1]), 40)
    assert (np.abs(x).mean(), np.abs(x).max()) == (2, 10)
    assert RedSyncSparsifier(0.1)(x).index.tolist() == [0]
    # a narrower interval has a fourth threshold, 6.5 at r = 9/16, with 6 magnitudes: between k and 2k
    assert RedSyncSparsifier(0.1, width=0.1)(x).index.tolist() == [0, 1, 2, 3, 4, 5]


def test_redsync_stops_at_the_first_count_strictly_between_k_and_2k_by_hand() -> None:
    # mean 2, maximum 10 again: above 6, 8 and 7 there are 3, 1 and 2 magnitudes
    x = np.array([10, 7.5, 6.5, 2.5, *[0.5] * 7, *[0.0] * 4], np.float32)
    assert (x.mean(), x.max(), len(x)) == (2, 10, 15)
    assert RedSyncSparsifier(2 / 15)(x).index.tolist() == [0, 1, 2]  # k = 2 < 3 < 4
    assert RedSyncSparsifier(3 / 15)(x).index.tolist() == [0, 1]  # k = 3: neither 3 nor 1; the last is 2


@pytest.mark.parametrize("values", ["standard_normal", "standard_cauchy", "standard_exponential"])
@pytest.mark.parametrize("ratio", [0.0001, 0.001, 0.01, 0.1, 0.5])
def test_redsync_selects_at_an_eighth_between_mean_and_maximum(values: str, ratio: float) -> None:
    x = getattr(np.random.default_rng(0), values)(50_000).astype(np.float32)
    k, magnitudes = int(ratio * x.size), np.abs(x)
    mean, top = magnitudes.mean(dtype=float), float(magnitudes.max())
    at = {j: np.flatnonzero(magnitudes > np.float32(mean + j / 8 * (top - mean))) for j in range(1, 8)}
    index = RedSyncSparsifier(ratio)(x).index
    eighths = [j for j, expected in at.items() if np.array_equal(index, expected)]
    assert eighths  # three bisections reach no other thresholds
    if not k < len(index) < 2 * k:  # then it has used all three, and found no such count on the way
        assert any(j % 2 for j in eighths)
        assert not k < len(at[4]) < 2 * k
        assert len(at[4]) < k / 2 if eighths[0] < 4 else len(at[4]) >= k / 2
    assert np.array_equal(RedSyncSparsifier(ratio)(-4 * x).index, index)


@pytest.mark.parametrize("width", [0, -0.1, 1, np.nan])
def test_widths_of_redsync_that_are_refused(width: float) -> None:
    with pytest.raises(ValueError, match=r"width is .*; allowed are numbers strictly between 0 and 1"):
        RedSyncSparsifier(0.01, width)


def test_gaussian_k_is_near_k_after_its_corrections() -> None:
    x = np.abs(normal(200_000)) * 0.1 + 1  # magnitudes that are no normal's, far from zero
    got = GaussianKSparsifier(0.01)(x)
    assert len(got.index) > 0
    assert np.array_equal(got.index, np.flatnonzero(x > np.sort(x)[-len(got.index) - 1]))
    near = np.random.default_rng(1).normal(10, 1, 200_000).astype(np.float32)
    assert 2 / 3 <= len(GaussianKSparsifier(0.01)(near).index) / 2000 <= 4 / 3


@pytest.mark.parametrize("ratio", [0.001, 0.01, 0.1, 0.5])
def test_sidco_fits_exponential_magnitudes_with_any_number_of_stages(ratio: float) -> None:
    x = np.random.default_rng(0).laplace(size=400_000).astype(np.float32)
    for stages in (1, 2, 3, 4):
        assert len(SIDCoSparsifier(ratio, stages)(x).index) == pytest.approx(ratio * x.size, rel=0.2)


def test_sidco_adapts_its_stages_to_what_it_achieves() -> None:
    x = normal(400_000)
    assert len(SIDCoSparsifier(0.001)(x).index) < 40  # a normal's tail is lighter than the fit of one stage
    sparsifier = SIDCoSparsifier(0.001)
    for _ in range(8):
        sparsifier = sparsifier.adapted(len(sparsifier(x).index), x.size)
    assert sparsifier.stages > 1
    assert len(sparsifier(x).index) == pytest.approx(400, rel=0.4)
    assert SIDCoSparsifier(0.01, 3).adapted(2000, 100_000).stages == 2
    assert SIDCoSparsifier(0.01, 3).adapted(1000, 100_000).stages == 3
    assert SIDCoSparsifier(0.01, 1).adapted(9000, 100_000).stages == 1
    assert SIDCoSparsifier(0.01, 8).adapted(0, 100_000).stages == 8


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("size", [0, 1, 2, 63, 64, 65, 1009])
def test_rules_on_zeros_equal_values_and_small_gradients(rule, size: int) -> None:
    zeros = rule(0.01)(np.zeros(size, np.float32))
    assert (zeros.index.size, zeros.index.dtype, zeros.value.dtype) == (0, np.int32, np.float32)
    for x in (np.full(size, -2, np.float32), normal(size)):
        got = rule(0.5)(x)
        assert np.array_equal(got.value, x[got.index])
        one, two = rule(0.1)(x, threads=1), rule(0.1)(x, threads=2)
        assert np.array_equal(one.index, two.index)


@pytest.mark.parametrize("ratio", [0, -0.1, 1.1, np.nan])
def test_ratios_that_are_refused(ratio: float) -> None:
    x = normal(100)
    calls = [lambda rule=rule: rule(ratio)(x) for rule in RULES]
    for call in (
        *calls,
        lambda: topk.topk(x, ratio),
        lambda: topk.argpartition(x, ratio),
        lambda: topk.random_k(x, ratio, 0),
    ):
        with pytest.raises(ValueError, match=r"ratio is .*; allowed are numbers in \(0, 1\]"):
            call()


@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (np.zeros(4), TypeError, "gradient is float64; expected a float32 numpy array: cast it first"),
        ([1.0], TypeError, "gradient is list"),
        (np.zeros(8, np.float32)[::2], TypeError, "strides .8,.; expected a contiguous array"),
        (np.zeros((2, 2), np.float32), ValueError, r"shape \(2, 2\); expected \(n,\)"),
        (np.broadcast_to(np.float32(0), 2**31), ValueError, r"n < 2\^31"),
    ],
)
def test_gradients_that_are_refused(x, error: type[Exception], message: str) -> None:
    calls = [lambda rule=rule: rule(0.1)(x) for rule in RULES]
    calls += [lambda f=f: f(x, 0.1) for f in (Appender(4), compaction.flatnonzero, compaction.nonzero, topk.topk)]
    for call in calls:
        with pytest.raises(error, match=message):
            call()


def test_options_that_are_refused() -> None:
    for options in ({"capacity": 0}, {"capacity": 4, "threads": 0}):
        with pytest.raises(ValueError, match="is 0; allowed are 1 or more"):
            Appender(**options)
    for threshold in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match=r"threshold is .*; allowed are positive finite numbers"):
            Appender(4)(normal(10), threshold)

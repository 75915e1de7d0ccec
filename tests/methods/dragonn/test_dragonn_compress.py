"""Thresholds, the whole compression of a bucket, and the law of what is kept."""

import math
import warnings

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from methods.dragonn import thresholds
from methods.dragonn.aggregate import decode
from methods.dragonn.compress import CompressionSettings, GradientCompressor
from methods.dragonn.gradient import SMALLEST_NORMAL, bit_patterns
from methods.dragonn.law import expected_kept, sd_kept
from methods.dragonn.murmur import step_seed


def normal(size: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(size, np.float32)


def test_the_exact_threshold_is_the_magnitude_of_rank_k() -> None:
    x = normal(10_001)
    for rank in (1, 2, 500, 10_001):
        assert thresholds.exact(bit_patterns(x), rank) == np.sort(np.abs(x))[-rank]


def test_the_sampled_threshold_selects_as_many_as_its_rank_allows() -> None:
    x = normal(2**20)
    counts = [np.count_nonzero(np.abs(x) >= thresholds.sampled(bit_patterns(x), 0.001, seed)) for seed in range(60)]
    assert np.mean(counts) == pytest.approx(1100, rel=0.2)
    assert 0.15 < np.std(counts) / np.mean(counts) < 0.5  # 1/sqrt(11) = 0.30


def test_sampling_is_with_replacement_from_all_elements() -> None:
    x = np.arange(1, 201, dtype=np.float32)
    smallest = {thresholds.sampled(bit_patterns(x), 1.0, seed, sample_ratio=1.0) for seed in range(40)}
    assert len(smallest) > 2
    assert max(smallest) < 20
    drawn = {
        thresholds.sampled(bit_patterns(x), 1.0, seed, 1e-9) for seed in range(3000)
    }  # clipped: one draw of 200
    assert len(drawn) > 190


def test_the_exponential_threshold() -> None:
    x = np.random.default_rng(0).laplace(size=100_001).astype(np.float32)
    threshold = thresholds.exponential(x, 0.01)
    assert threshold == pytest.approx(np.abs(x).mean(dtype=np.float64) * math.log(100), rel=1e-6)
    assert np.count_nonzero(np.abs(x) >= threshold) == pytest.approx(1000, rel=0.2)


@pytest.mark.parametrize(
    ("selected", "factor"),
    [(100, 1), (200, 2**0.125), (50, 0.5**0.125), (0, 0.7), (1, 0.7), (10_000, 1.4), (1400, 14**0.125)],
)
def test_the_next_threshold(selected: int, factor: float) -> None:
    assert thresholds.following(2.0, selected, 100) == pytest.approx(2 * factor)


def test_the_ema_threshold_finds_k_from_step_to_step() -> None:
    compressor, last = GradientCompressor(CompressionSettings(threshold="ema", small=0, ratio=0.01)), None
    for step in range(12):
        last = compressor(normal(200_000, step), step=step, previous=last)
    assert last is not None
    assert last.load == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("threshold", ["sample", "exact", "exp", "ema"])
@pytest.mark.parametrize("size", [0, 1, 2, 99, 1009])
def test_small_gradients_of_zeros_send_nothing_and_do_not_warn(threshold: str, size: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = GradientCompressor(CompressionSettings(threshold=threshold))(np.zeros(size, np.float32))
    assert result.message.selected == 0
    assert result.threshold == SMALLEST_NORMAL
    assert np.array_equal(decode(result.message), np.zeros(size))


def test_small_gradients_have_a_ratio_of_their_own_and_at_least_one_element() -> None:
    settings = CompressionSettings(ratio=0.001)
    assert [settings.wanted(n) for n in (0, 1, 99, 100, 131072, 131073, 10**6)] == [1, 1, 1, 1, 1310, 131, 1000]
    x = np.array([0.5], np.float32)
    assert decode(GradientCompressor(settings)(x).message).tolist() == [0.5]


@pytest.mark.parametrize("wire", ["pairs", "table"])
def test_a_compression_is_a_function_of_gradient_step_and_bucket(wire: str) -> None:
    x = normal(50_000)
    settings = CompressionSettings(threshold="exact", wire=wire)
    first, again = (GradientCompressor(settings, threads)(x, step=4, bucket=2) for threads in (1, 2))
    other = GradientCompressor(settings)(x, step=5, bucket=2)
    assert np.array_equal(first.message.index, again.message.index)
    assert not np.array_equal(first.message.index, other.message.index)
    assert first.wanted == first.message.selected == 500
    assert step_seed(4, 2) != step_seed(5, 2)


def test_a_flooded_and_an_empty_table_are_worth_a_warning() -> None:
    x = np.zeros(300_000, np.float32)
    x[::100] = 1  # the sample of rank 3 finds 0 or 1; with 1 it selects ten times what is wanted
    with pytest.warns(
        RuntimeWarning, match=r"3000 of 300000 elements reach .* expected about 300, got 10\.00 times as many"
    ):
        GradientCompressor(CompressionSettings(threshold="exact"))(x)
    with pytest.warns(RuntimeWarning, match=r"0 of 200000 elements .* 0\.00 times as many"):
        GradientCompressor(CompressionSettings(threshold="exp"))(np.ones(200_000, np.float32))


@pytest.mark.parametrize("threshold", ["sample", "exact", "exp"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_non_finite_gradients_are_refused_whatever_the_rule(threshold: str, bad: float) -> None:
    x = normal(1000)
    x[123] = bad
    with pytest.raises(FloatingPointError, match="1 non-finite element in the bucket of w; expected"):
        GradientCompressor(CompressionSettings(threshold=threshold))(x, names=("w",))
    with pytest.raises(FloatingPointError, match="1000 non-finite"):
        GradientCompressor(CompressionSettings(threshold=threshold))(np.full(1000, bad, np.float32))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ratio": 0}, r"ratio is 0; allowed are numbers in \(0, 1\]"),
        ({"ratio": 1.5}, "ratio is 1.5"),
        ({"ratio": math.nan}, "ratio is nan"),
        ({"sample_ratio": 0}, "sample_ratio is 0"),
        ({"small_ratio": -1}, "small_ratio is -1"),
        ({"threshold": "best"}, "threshold is 'best'; allowed are 'sample', 'exact', 'ema', 'exp'"),
        ({"policy": "best"}, "policy is 'best'"),
        ({"slot_map": "xor"}, "slot_map is 'xor'; allowed are 'mulhi', 'mod'"),
        ({"wire": "csr"}, "wire is 'csr'; allowed are 'pairs', 'table'"),
        ({"slots_per_element": 0}, "slots_per_element is 0; allowed are 1 or more"),
        ({"small": -1}, "small is -1; allowed are 0 or more"),
    ],
)
def test_settings_that_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CompressionSettings(**options)


def test_half_precision_is_to_be_cast_first() -> None:
    with pytest.raises(TypeError, match="dtype float16; expected a float32 numpy array: cast it first"):
        GradientCompressor(CompressionSettings())(np.zeros(100, np.float16))


@pytest.mark.parametrize(("load", "share"), [(0.25, 0.8848), (0.5, 0.7869), (1, 0.6321), (2, 0.4323)])
def test_the_law_of_one_try(load: float, share: float) -> None:
    slots = 10**6
    selected = int(load * slots)
    assert expected_kept(selected, slots) / selected == pytest.approx(share, abs=5e-5)
    approximate = math.sqrt(slots * (math.exp(-load) - (1 + load) * math.exp(-2 * load)))
    assert sd_kept(selected, slots) == pytest.approx(approximate, rel=1e-4)


@pytest.mark.parametrize(("tries", "load"), [(1, 0.25), (2, 0.25), (2, 0.746), (3, 1.0), (4, 0.25), (8, 2.0)])
def test_the_law_of_several_tries_solves_its_differential_equation(tries: int, load: float) -> None:
    solved = solve_ivp(lambda _, u: 1 - u**tries, (0, load), [0.0], rtol=1e-10, atol=1e-12).y[0, -1]
    assert expected_kept(int(load * 10**8), 10**8, tries) == pytest.approx(1e8 * solved, rel=1e-6)
    if tries == 2:
        assert solved == pytest.approx(math.tanh(load), rel=1e-8)


def test_the_law_by_enumeration_and_its_limits() -> None:
    throws = np.stack(np.meshgrid(*[range(3)] * 4), -1).reshape(-1, 4)  # four balls in three bins, all 81 ways
    occupied = np.array([len(set(throw)) for throw in throws.tolist()])
    assert expected_kept(4, 3) == pytest.approx(occupied.mean())
    assert sd_kept(4, 3) == pytest.approx(occupied.std())
    assert (expected_kept(0, 5), expected_kept(9, 1), sd_kept(9, 1)) == (0, 1, 0)
    assert sd_kept(1, 2) == pytest.approx(0, abs=1e-9)
    assert sd_kept(2, 2) == pytest.approx(0.5)
    for bad in ((-1, 4, 1), (1, 0, 1), (1, 4, 0)):
        with pytest.raises(ValueError, match="allowed are"):
            expected_kept(*bad)

"""Bootstrap intervals whose randomness is an explicit generator, and the interquartile mean of several tasks."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from harness.statistics.intervals import finite_sample, plural
from harness.statistics.results import Interval
from harness.statistics.student import check_probability, normal_quantile

Statistic = Callable[[np.ndarray], np.ndarray]  # (..., n) -> (...): reduces the last axis


def mean(samples: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis."""
    return samples.mean(axis=-1)


def resample_indices(n: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Return indices with replacement, shape (resamples, n)."""
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples!r}")
    return rng.integers(0, n, (resamples, n))


def bootstrap_interval(
    values: ArrayLike,
    rng: np.random.Generator,
    *,
    statistic: Statistic = mean,
    method: Literal["percentile", "bca"] = "percentile",
    resamples: int = 10_000,
    level: float = 0.95,
    unit: str = "value",
) -> Interval:
    """Return a statistic of independent `values` with its bootstrap interval.

    `statistic` reduces the last axis of an array. "bca" corrects bias and skewness (Efron, 1987). Below 20 values
    the interval of a mean is too short; use :func:`~harness.statistics.intervals.t_interval` there.

    Raises:
        ValueError: fewer than 2 values, values that are not finite, or an unknown method.
    """
    sample = finite_sample("values", values, 2)
    check_probability("level", level)
    estimate = float(statistic(sample))
    replicates = statistic(sample[resample_indices(len(sample), resamples, rng)])
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "bca":
        tails = _bca_levels(sample, statistic, estimate, replicates, tails)
    elif method != "percentile":
        raise ValueError(f"method must be 'percentile' or 'bca', got {method!r}")
    low, high = np.quantile(replicates, tails)
    name = "BCa bootstrap" if method == "bca" else "percentile bootstrap"
    return Interval(estimate, float(low), float(high), level, name, len(sample), plural(len(sample), unit))


def _bca_levels(
    sample: np.ndarray, statistic: Statistic, estimate: float, replicates: np.ndarray, tails: np.ndarray
) -> np.ndarray:
    """Return the quantile levels of Efron's corrected interval; `tails` themselves if nothing varies."""
    from scipy.special import ndtr, ndtri

    n = len(sample)
    left_out = statistic(sample[np.nonzero(~np.eye(n, dtype=bool))[1].reshape(n, n - 1)])  # (n,), the jackknife
    deviations = left_out.mean() - left_out
    spread = float((deviations**2).sum())
    share = float(np.mean(replicates < estimate) + np.mean(replicates <= estimate)) / 2
    if spread == 0.0 or not 0.0 < share < 1.0:
        return tails
    acceleration = float((deviations**3).sum()) / (6 * spread**1.5)
    bias = normal_quantile(share)
    z = bias + ndtri(tails)
    return np.asarray(ndtr(bias + z / (1 - acceleration * z)))


def interquartile_mean(scores: ArrayLike) -> float:
    """Return the mean of the middle half of all scores: the 25 %-trimmed mean (Agarwal et al., 2021).

    As many whole scores as fit into a quarter are trimmed at either end.
    """
    return float(_middle_mean(finite_sample("scores", np.ravel(np.asarray(scores, dtype=np.float64)))))


def _middle_mean(samples: np.ndarray) -> np.ndarray:
    n = samples.shape[-1]
    cut = n // 4
    return np.partition(samples, (cut, n - cut - 1), axis=-1)[..., cut : n - cut].mean(axis=-1)


def interquartile_mean_interval(
    scores: ArrayLike, rng: np.random.Generator, *, resamples: int = 20_000, level: float = 0.95
) -> Interval:
    """Return the interquartile mean of `scores`, shape (runs, tasks), with its stratified bootstrap interval.

    Runs are resampled within each task, so the interval speaks of these tasks and not of tasks in general. The
    scores must have been brought to one scale by a normalisation that was fixed beforehand (Agarwal et al., 2021).

    Raises:
        ValueError: not two-dimensional, fewer than 2 runs, or not finite.
    """
    table = np.asarray(scores, dtype=np.float64)
    check_probability("level", level)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 1:
        raise ValueError(f"scores must have shape (runs >= 2, tasks >= 1), got {table.shape}")
    estimate = interquartile_mean(table)
    runs, tasks = table.shape
    indices = rng.integers(0, runs, (resamples, runs, tasks))
    replicates = _middle_mean(table[indices, np.arange(tasks)].reshape(resamples, runs * tasks))
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2])
    over = f"{plural(runs, 'run')} of {plural(tasks, 'task')}"
    return Interval(estimate, float(low), float(high), level, "stratified bootstrap", runs, over)

"""Inside a timing process: threads, limits, memory, names of cases."""

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kernels.contract import case
from harness.kernels.limits import fastest, measure
from harness.kernels.memory import watched
from harness.kernels.threads import pinned, threading_layers
from tests.harness.kernels.synthetic import Declared


def test_every_library_is_pinned_alike() -> None:
    import numba
    import torch
    from threadpoolctl import threadpool_info

    with pinned(1):
        assert numba.get_num_threads() == torch.get_num_threads() == 1
        assert {info["num_threads"] for info in threadpool_info()} == {1}


def test_layers_name_what_is_loaded() -> None:
    measure(1, 0.01)  # runs numba in parallel once
    layers = threading_layers()
    assert layers["numba"] in ("omp", "tbb", "workqueue")
    assert any("blas" in name for name in layers)


def test_measured_limits_are_those_of_a_machine() -> None:
    limits = measure(1, 0.05)
    assert 1e8 < limits.read < 1e12
    assert 1e8 < limits.copy < 2e12
    assert 1e9 < limits.float64 < limits.float32 * 1.5


def test_fastest_is_the_best_of_several() -> None:
    times = iter([0.0, 0.02, 0.0, 0.02, 0.0] + [0.0] * 10_000)

    def call() -> None:
        import time

        time.sleep(next(times))

    assert fastest(call, 0.05) < 0.01


def test_extra_memory_is_seen() -> None:
    made, seconds, peak = watched(lambda: np.ones(1 << 24))
    assert made.size == 1 << 24
    assert seconds > 0
    assert peak == -1 or (1 << 27) * 0.9 < peak < (1 << 27) * 1.3


def test_memory_that_was_freed_before_counts_again() -> None:
    source = """
import numpy as np
from harness.kernels.memory import watched

small = [np.ones(1000) for _ in range(10_000)]  # 80 MB in pieces that the allocator keeps
del small
print(watched(lambda: [np.ones(1000) for _ in range(5000)])[-1])
"""
    fresh = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    peak = int(fresh.stdout)  # of a fresh process: what other tests freed would be used first
    assert peak == -1 or peak > 30 << 20


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}", fullmatch=True),
        st.one_of(st.integers(-5, 10**9), st.floats(1e-3, 1e9), st.from_regex(r"[a-z0-9.]{1,9}", fullmatch=True)),
        min_size=1,
        max_size=4,
    ).filter(lambda parameters: not {"size", "series"} & set(parameters))
)
def test_names_of_cases_are_fit_for_stores_and_globs(parameters: dict[str, int | float | str]) -> None:
    made = case(size=1, **parameters)  # type: ignore[arg-type]
    assert not set(" :[]*?") & set(made.name)
    assert made.name.count(",") == len(parameters) - 1
    assert all(made[key] == value for key, value in parameters.items())


def test_an_unknown_implementation_is_an_error() -> None:
    with pytest.raises(KeyError):
        Declared().implementation("nobody")


def test_compilation_is_timed_apart_and_once_when_nested() -> None:
    from numba import njit

    from harness.executors.compilation import compilation

    @njit
    def inner(x: float) -> float:
        return x + 1

    @njit
    def outer(x: float) -> float:
        return inner(x) * 2

    start = time.perf_counter()
    with compilation() as first:
        assert outer(1.0) == 4.0
    wall = time.perf_counter() - start
    assert 0 < first.seconds <= wall
    with compilation() as second:
        outer(2.0)
    assert second.seconds == 0

"""Every declared kernel under pytest-benchmark: `pytest tests/benchmarks --benchmark-only`.

The declarations are those of `bench kernels`: each output is checked before it is timed. This is the adapter that
continuous integration expects (`--benchmark-json`, `--benchmark-compare`); published ratios come from
`bench kernels`, which interleaves the implementations in fresh processes. BENCH_KERNELS_PROFILE chooses the profile
(default smoke).
"""

import os
from functools import lru_cache
from importlib import import_module
from typing import Any

import pytest

from harness import catalog
from harness.kernels.contract import Implementation, Kernel, KernelCase, Mismatch, Timed
from harness.kernels.process import missing

pytest.importorskip("pytest_benchmark")

PROFILE = os.environ.get("BENCH_KERNELS_PROFILE", "smoke")
MISSES = {("block-sparse-recovery", "group-lasso"): "it stops before the common gap"}


def declared() -> list[Any]:
    """Return a parameter for each kernel, case and implementation that the case does not exclude."""
    return [
        pytest.param(name, case, entry, id=f"{name}:{case.name}:{entry.name}")
        for name in catalog.kernels()
        for kernel in [catalog.kernel(name)]
        for case in kernel.cases(PROFILE)
        for entry in kernel.implementations
        if kernel.excluded(case, entry.name) is None
    ]


@lru_cache(maxsize=1)
def prepared(name: str, case: KernelCase) -> tuple[Kernel, Any, Any]:
    """Return a kernel with one input of a case and what the reference says of it."""
    kernel = catalog.kernel(name)
    data = kernel.data(case, 0)
    return kernel, data, kernel.reference(case, data)


@pytest.mark.parametrize(("name", "case", "entry"), declared())
def test_kernel(benchmark: Any, name: str, case: KernelCase, entry: Implementation) -> None:
    absent = missing(entry)
    if absent:
        pytest.skip(f"{entry.name} needs {absent}")
    kernel, data, expected = prepared(name, case)
    make = getattr(import_module(entry.module), entry.target.partition(":")[2])
    made = make(case, data, 1)
    call, share = (made.call, made.share) if isinstance(made, Timed) else (made, 1.0)
    output = call()
    try:
        kernel.check(case, data, entry.name, output, expected)
    except Mismatch as mismatch:
        if (name, entry.name) in MISSES:
            pytest.xfail(f"{MISSES[name, entry.name]}: {mismatch}")
        raise
    benchmark.group = f"{name}:{case.name}"
    quality = kernel.quality(case, data, entry.name, output, expected)
    benchmark.extra_info.update(role=entry.role, share=share, **quality)
    benchmark(call)

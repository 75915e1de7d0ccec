"""Records of timing processes with known times."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Target, case
from harness.store.entries import Entry
from harness.trial import Fingerprints, Record, Resources, Trial

RATES = {"read": 1e10, "copy": 1e10, "float32": 1e11, "float64": 5e10}


class Declared(Kernel):
    """Three sizes, three implementations; a case moves 10 bytes a unit of size."""

    name, title, headline = "declared", "A declared kernel", "ours"
    quality_name = "kept"
    implementations = (
        Implementation("ours", "nowhere:ours", "ours"),
        Implementation("peer", "nowhere:peer", "peer"),
        Implementation("plain", "nowhere:plain", "reference", threaded=False),
    )
    targets: tuple[Target, ...] = ()

    def cases(self, profile: str) -> Iterable[KernelCase]:
        return [case(size=n, series="n", n=n) for n in (1000, 10_000, 100_000)]

    def data(self, case: KernelCase, seed: int) -> Any:
        return None

    def reference(self, case: KernelCase, data: Any) -> Any:
        return None

    def check(self, case: KernelCase, data: Any, name: str, output: Any, expected: Any) -> None:
        return None

    def cost(self, case: KernelCase, data: Any) -> KernelCost:
        return KernelCost(flops=case.size, bytes=10 * case.size)


def finding(seconds: Mapping[int, list[float]], **others: Any) -> dict[str, Any]:
    """Return a finding with these rounds, by number of threads."""
    return {
        "state": "timed",
        "reason": "",
        "share": 1.0,
        "compile_seconds": 0.5,
        "peak_bytes": 2 << 20,
        "quality": {"kept": 0.9},
        "rounds": {str(n): list(range(len(times))) for n, times in seconds.items()},
        "seconds": {str(n): times for n, times in seconds.items()},
        **others,
    }


def entry(
    size: int,
    process: int,
    findings: Mapping[str, Mapping[str, Any]],
    *,
    environment: str = "here",
    created: str = "2026-01-01T00:00:00+00:00",
    contention: float = 0.1,
) -> Entry:
    """Return a record of one process."""
    facts = {
        "findings": findings,
        "limits": {"1": RATES, "2": {name: 2 * rate for name, rate in RATES.items()}},
        "cost": {"flops": float(size), "bytes": 10.0 * size, "dtype": "float32"},
        "layers": {"numba": "omp"},
        "threads": [1, 2],
    }
    trial = Trial(f"declared:n={size}", "declared", process, 0, "standard")
    key = f"{size}-{process}-{environment}-{created}"
    return Entry(
        Record(
            key,
            trial,
            Fingerprints("d", "s", "c"),
            "done",
            created,
            facts=facts,
            resources=Resources(contention=contention),
            environment=environment,
        )
    )


def entries(
    times: Callable[[int, int], Mapping[str, Mapping[int, list[float]]]], processes: int = 5
) -> list[Entry]:
    """Return records of all sizes and processes; `times(size, process)` gives the rounds by implementation."""
    return [
        entry(size, process, {name: finding(seconds) for name, seconds in times(size, process).items()})
        for size in (1000, 10_000, 100_000)
        for process in range(processes)
    ]

"""From records to ratios, growth, limits and verdicts, on records whose answers are known."""

from collections.abc import Mapping

import pytest

from harness.kernels.contract import KernelCost, Target
from harness.kernels.results import KernelBoard, kernel_board
from harness.kernels.roofline import MachineRates
from harness.kernels.verdicts import verdicts
from tests.harness.kernels.synthetic import RATES, Declared, entries, entry, finding


def steady(size: int, process: int) -> Mapping[str, Mapping[int, list[float]]]:
    """Ours takes a nanosecond a unit, a peer four (2 % more from process to process), plain Python n^2."""
    drift = 1 + 0.3 * process  # of the machine: it cancels in ratios
    return {
        "ours": {1: [size * 1e-9 * drift] * 4, 2: [size * 0.5e-9 * drift] * 4},
        "peer": {1: [size * 4e-9 * drift * 1.02**process] * 4, 2: [size * 4e-9 * drift] * 4},
        "plain": {1: [size**2 * 1e-9 * drift] * 2},
    }


def board_of(records: list, targets: tuple[Target, ...] = ()) -> KernelBoard:
    kernel = Declared()
    kernel.targets = targets  # type: ignore[misc]
    made = kernel_board("declared", kernel, "standard", records)
    assert made is not None
    return made


def test_ratios_are_paired_within_processes() -> None:
    row = board_of(entries(steady)).cases[0].row("peer")
    assert row is not None
    ratio = row.timings[1].ratio
    assert ratio is not None
    assert ratio.n == 5
    assert ratio.estimate == pytest.approx(4 * 1.02**2)
    assert ratio.low < 4.2 < ratio.high
    assert row.timings[1].rounds == 20


def test_without_common_rounds_the_medians_are_compared() -> None:
    slow = finding({1: [4.0]})
    fast = finding({1: [0.5, 1.0, 2.0]}) | {"rounds": {"1": [1, 2, 3]}}
    row = board_of([entry(1000, p, {"ours": fast, "peer": slow}) for p in range(5)]).cases[0].row("peer")
    assert row is not None
    assert row.timings[1].ratio is not None
    assert row.timings[1].ratio.estimate == pytest.approx(4.0)


def test_limits_scaling_memory_and_quality() -> None:
    board = board_of(entries(steady))
    ours = board.cases[1].row("ours")
    assert ours is not None
    # 1e5 bytes at 1e10 bytes a second take 10 µs; ours takes 10 µs times the drift, whose median is 1.6
    assert ours.timings[1].limit == pytest.approx(1 / 1.6)
    assert ours.scaling is not None
    assert ours.scaling.estimate == pytest.approx(2.0)
    assert (ours.peak_bytes, ours.compile_seconds, ours.quality) == (2 << 20, 0.5, {"kept": pytest.approx(0.9)})
    assert board.cases[1].contention == pytest.approx(0.1)


def test_growth_is_the_exponent_over_the_sizes() -> None:
    found = {g.implementation: g.exponent for g in board_of(entries(steady)).growth}
    assert found["ours"].estimate == pytest.approx(1.0)
    assert found["plain"].estimate == pytest.approx(2.0)


def test_a_failure_in_one_process_is_the_outcome_of_the_row() -> None:
    records = entries(steady)
    records.append(entry(1000, 5, {"ours": finding({1: [1e-6]}), "peer": finding({}, state="failed", reason="no")}))
    row = board_of(records).cases[0].row("peer")
    assert row is not None
    assert (row.reason, dict(row.timings)) == ("failed: no", {})


def test_machines_are_not_mixed_and_the_newest_record_counts() -> None:
    late = "2026-02-01T00:00:00+00:00"
    elsewhere = [entry(1000, p, {"ours": finding({1: [7.0]})}, environment="there") for p in range(5)]
    again = [entry(1000, 0, {"ours": finding({1: [3.0]})}, created=late)]
    board = board_of([*elsewhere, *entries(steady), *again])
    assert board.environment == "here"
    ours = board.cases[0].row("ours")
    assert ours is not None
    assert ours.timings[1].samples[0] == 3.0


def test_noise_and_few_processes_are_said() -> None:
    def noisy(size: int, process: int) -> Mapping[str, Mapping[int, list[float]]]:
        return {"ours": {1: [1e-3]}, "peer": {1: [1e-3 * 3**process]}}

    def pair(processes: int) -> str:
        row = board_of(entries(noisy, processes)).cases[0].row("peer")
        assert row is not None
        return row.timings[1].unmeasured

    assert pair(5) == "too noisy"
    assert pair(2) == "only 2 processes"


@pytest.mark.parametrize(
    ("target", "word"),
    [
        (Target("n=1000", "ratio", "peer", at_least=3.5), "met"),
        (Target("n=1000", "ratio", "peer", at_least=5), "missed"),
        (Target("n=1000", "ratio", "peer", at_least=4.15), "open"),
        (Target("n=1000", "ratio", "peer", at_least=1.9, name="plain"), "missed"),
        (Target("n=1000", "ratio", "peer", at_least=7, threads=0), "met"),
        (Target("n=1000", "ratio", "plain", at_least=1, threads=0), "not measured"),
        (Target("n=1000", "scaling", at_least=1.7), "met"),
        (Target("n=1000", "scaling", at_least=2.1), "missed"),
        (Target("n=1000", "limit", at_least=0.6), "met"),
        (Target("n=1000", "limit", at_least=0.7), "missed"),
        (Target("n=100000", "seconds", at_most=1e-3), "met"),
        (Target("n=100000", "seconds", at_most=1e-5), "missed"),
        (Target("n=1000", "memory", at_most=2), "met"),
        (Target("n=1000", "quality", quality="kept", at_least=0.95), "missed"),
        (Target("n=1000", "quality", quality="lost", at_least=0.95), "not measured"),
        (Target("n=7", "limit", at_least=0.6), "not measured"),
    ],
)
def test_verdicts(target: Target, word: str) -> None:
    (verdict,) = verdicts(board_of(entries(steady), (target,)))
    assert verdict.word == word


def test_a_glob_judges_each_case() -> None:
    found = list(verdicts(board_of(entries(steady), (Target("n=1*", "ratio", "peer", at_least=2),))))
    assert [v.case for v in found] == ["n=1000", "n=10000", "n=100000"]


def test_no_records_no_board() -> None:
    assert kernel_board("declared", Declared(), "paper", entries(steady)) is None


def test_the_least_time_is_the_slower_of_arithmetic_and_memory() -> None:
    limits = MachineRates.from_dict(RATES)
    assert limits.seconds(KernelCost(flops=1e11, bytes=1)) == pytest.approx(1.0)
    assert limits.seconds(KernelCost(flops=1e11, bytes=1, dtype="float64")) == pytest.approx(2.0)
    assert limits.seconds(KernelCost(flops=1, bytes=1e10)) == pytest.approx(1.0)
    assert MachineRates.median([limits, limits]) == limits

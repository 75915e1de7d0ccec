"""Cases of kernels: what is compared with what, and what a second session changes."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from harness.kernels.contract import Target
from harness.regression import machines
from harness.regression.changes import Change
from harness.regression.kernel_cases import GatedCase
from harness.regression.speed import SpeedRule
from harness.regression.timing import yardstick
from harness.trial import Record, TrialFailure
from tests.harness.kernels.synthetic import Declared, finding
from tests.harness.regression.samples import MACHINE, process_record, processes

RULE = SpeedRule()


class Judged(Declared):
    """The declared kernel with a bound on its quality."""

    targets = (Target("n=*", "quality", quality="kept", at_least=0.8),)


def case(reference: dict[int, Record], new: dict[int, Record], **others: Any) -> GatedCase:
    return GatedCase(Judged(), "declared:n=1000", reference, new, RULE, **others)


def one(kernel_case: GatedCase, kind: str) -> Change:
    (found,) = [change for change in kernel_case.changes() if change.kind == kind]
    return found


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_a_machine_that_is_slower_as_a_whole_is_no_regression(rng: np.random.Generator) -> None:
    found = one(case(processes(rng, 10), processes(rng, 10)), "speed")
    assert found.word == "same"
    assert "×1.10 is excluded" in found.certainty


def test_ten_per_cent_slower_twice_has_regressed(rng: np.random.Generator) -> None:
    slow = case(processes(rng, 12), processes(rng, 12, slowdown=0.1))
    assert slow.doubtful
    found = one(replace(slow, again=processes(rng, 12, slowdown=0.1)), "speed")
    assert found.word == "regressed"
    assert found.certainty.startswith("twice: p")


def test_slower_once_but_not_again_is_no_regression(rng: np.random.Generator) -> None:
    slow = case(processes(rng, 10), processes(rng, 10, slowdown=0.3), again=processes(rng, 10))
    found = one(slow, "speed")
    assert (found.word, found.certainty[:11]) == ("same", "slower once")


def test_without_a_second_session_the_first_must_show_what_two_would(rng: np.random.Generator) -> None:
    clear = case(processes(rng, 12), processes(rng, 12, slowdown=0.5))
    assert one(clear, "speed").word == "regressed"
    weak = case(processes(rng, 8), processes(rng, 8, slowdown=0.12))
    found = one(weak, "speed")
    assert found.word == "unmeasured"
    assert "no second session could be measured" in found.reason


def test_noise_is_could_not_measure_and_says_how_many_processes_would_do(rng: np.random.Generator) -> None:
    noisy = case(processes(rng, 5, between=0.3), processes(rng, 5, between=0.3))
    assert noisy.doubtful
    found = one(noisy, "speed")
    assert found.word == "unmeasured"
    assert "too noisy" in found.reason
    assert "processes on each side would detect a slowdown of 10 %" in found.reason


def test_a_second_session_can_settle_what_the_first_left_open() -> None:
    rng = np.random.default_rng(1)
    first = case(processes(rng, 5, between=0.02), processes(rng, 5, between=0.2))
    assert one(first, "speed").word == "unmeasured"
    found = one(replace(first, again=processes(rng, 20, between=0.02)), "speed")
    assert found.word == "same"
    assert "in two sessions" in found.certainty


@pytest.mark.parametrize("counts", [(2, 5), (5, 2), (4, 4)])
def test_too_few_processes_are_could_not_measure(rng: np.random.Generator, counts: tuple[int, int]) -> None:
    found = one(case(processes(rng, counts[0]), processes(rng, counts[1])), "speed")
    assert found.word == "unmeasured"
    assert f"{counts[0]} in the reference, {counts[1]} now; at least 5" in found.reason


def test_another_environment_is_could_not_measure(rng: np.random.Generator) -> None:
    other = machines.difference(MACHINE, {**MACHINE, "cpu": "another", "packages": {"numpy": "2.5.0"}})
    found = one(case(processes(rng, 5), processes(rng, 5), elsewhere=other), "speed")
    assert found.word == "unmeasured"
    assert "cpu a processor in the reference, another now" in found.reason
    assert "numpy 2.4.6 in the reference, 2.5.0 now" in found.reason


def test_what_speed_does_not_depend_on_is_no_other_environment() -> None:
    newer = {**MACHINE, "kernel": "6.9", "memory_gib": 99, "python": "3.11.9"}
    newer["packages"] = {**MACHINE["packages"], "bench-icml22": "0.2.0"}
    assert machines.difference(MACHINE, newer) == ""
    assert machines.difference(MACHINE, {**MACHINE, "python": "3.12.0"}).startswith("python 3.11.7")
    assert "not recorded" in machines.difference(MACHINE, None)


def test_only_peers_that_every_process_timed_are_the_yardstick(rng: np.random.Generator) -> None:
    before, after = processes(rng, 5, peers=("peer", "plain")), processes(rng, 5, peers=("plain",))
    found = yardstick(Judged(), 1, [before, before])
    assert found is not None
    assert (found.names, found.role) == (("peer",), "peer")
    stand_in = yardstick(Judged(), 1, [before, after])
    assert stand_in is not None
    assert (stand_in.names, stand_in.role) == (("plain",), "reference")
    alone = processes(rng, 5, peers=())
    assert "neither a peer" in one(case(alone, alone), "speed").reason


def test_a_wrong_result_and_a_dead_process_are_regressions(rng: np.random.Generator) -> None:
    before = processes(rng, 5)
    wrong = finding({}, state="failed", reason="wrong result: 2, expected 1")
    after = {**before, 3: process_record(3, {**before[3].facts["findings"], "ours": wrong})}
    found = one(case(before, after), "outcome")
    assert (found.word, found.who, found.reason) == ("regressed", "ours", "wrong result: 2, expected 1")
    dead = replace(before[2], status="killed", facts={}, failure=TrialFailure("killed", "exit status -9"))
    assert one(case(before, {**before, 2: dead}), "outcome").word == "regressed"
    assert one(case({**before, 1: dead}, {**before, 2: dead}), "outcome").word == "same"
    assert one(case(after, before), "outcome").word == "improved"


def test_an_implementation_that_is_no_longer_timed_is_visible(rng: np.random.Generator) -> None:
    before = processes(rng, 5)
    absent = finding({}, state="not installed", reason="needs numba")
    after = {n: process_record(n, {**r.facts["findings"], "ours": absent}) for n, r in before.items()}
    found = one(case(before, after), "outcome")
    assert (found.word, found.reason) == ("unmeasured", "needs numba")


def test_memory_must_grow_in_every_process_and_twice(rng: np.random.Generator) -> None:
    before = processes(rng, 5, ours={"peak_bytes": 20 << 20})
    more = processes(rng, 5, ours={"peak_bytes": 40 << 20})
    grown = case(before, more)
    assert grown.doubtful
    assert one(grown, "memory").word == "regressed"
    assert one(replace(grown, again=more), "memory").word == "regressed"
    assert one(replace(grown, again=before), "memory").word == "same"
    assert one(case(before, {**more, 4: before[4]}), "memory").word == "same"
    assert one(case(more, before), "memory").word == "improved"
    unknown = processes(rng, 5, ours={"peak_bytes": -1})
    assert one(case(before, unknown), "memory").word == "unmeasured"


def test_quality_regresses_where_it_leaves_what_is_declared(rng: np.random.Generator) -> None:
    before = processes(rng, 5, ours={"quality": {"kept": 0.9}})
    assert one(case(before, processes(rng, 5, ours={"quality": {"kept": 0.85}})), "quality").word == "changed"
    found = one(case(before, processes(rng, 5, ours={"quality": {"kept": 0.7}})), "quality")
    assert (found.word, found.reason) == ("regressed", "no longer ≥ 0.8, the declared target")
    assert one(case(before, before), "quality").word == "same"

"""Claims on the speed of kernels, judged on the reference records of the kernels."""

from pathlib import Path

import pytest

from harness.claims import NOT_RUN, Claim, KernelSpeed
from harness.claims.judge import decide, gather
from harness.claims.parts import Evidence
from harness.claims.samples import Samples
from harness.errors import UnknownName
from harness.kernels.results import kernel_board
from harness.store import RunStore

RECORDS = Path(__file__).parents[3] / "results" / "reference" / "kernels"
CASE = "n=1e+06,density=0.001,values=normal"


def judged(quantity, profile="standard", **fields):
    with RunStore.from_jsonl(RECORDS) as store:
        claim = Claim("fast", "s", "faster", (quantity,), "made up", 3, **fields)
        evidence = Evidence(store, Samples(store.columns(tasks=[], profile=profile)), profile)
        (verdict,) = decide([gather(claim, evidence)], profile)
    return verdict


def timed_cases():
    """Return the kernel's cases with an interval of some peer's ratio, as (case, peer, interval)."""
    from harness import catalog

    kernel = catalog.kernel("hash-sparsification")
    with RunStore.from_jsonl(RECORDS) as store:
        own = [e for e in store.entries(profile="standard") if e.record.trial.task.startswith(f"{kernel.name}:")]
        board = kernel_board(kernel.name, kernel, "standard", own)
    assert board is not None
    return [
        (case.case.name, row.implementation.name, row.timings[1].ratio)
        for case in board.cases
        for row in case.rows
        if 1 in row.timings and row.timings[1].ratio is not None
    ]


def test_each_case_of_a_glob_is_a_part():
    case, peer, ratio = max(timed_cases(), key=lambda found: found[2].low)
    one = judged(KernelSpeed("hash-sparsification", case, peer), size=1.01)
    assert one.word == "reproduced, direction and size"
    assert one.n == ratio.n
    assert 10**one.whole.estimate == pytest.approx(ratio.estimate), "the board's own ratio"
    assert f"n = {ratio.n} processes" in one.sentence
    every = judged(KernelSpeed("hash-sparsification", "*", peer), size=1.01)
    measured = [part for part in every.parts if part.figure]
    assert len(measured) == sum(other == peer for _, other, _ in timed_cases())
    assert all(part.remark for part in every.parts if not part.figure), "a case that was not timed says why"


def test_what_was_not_timed():
    unmatched = judged(KernelSpeed("hash-sparsification", "n=7*", "topk"), size=2.0)
    assert unmatched.word == NOT_RUN
    assert "no measurements of kernel hash-sparsification, n=7*" in unmatched.why
    assert judged(KernelSpeed("hash-sparsification", "*", "topk"), "paper", size=2.0).word == NOT_RUN
    case = timed_cases()[0][0]
    untimed = judged(KernelSpeed("hash-sparsification", case, "topk", threads=64), size=2.0)
    assert untimed.word == "not decidable"
    assert "not timed (64 threads)" in untimed.why


def test_an_unknown_implementation_is_named():
    with pytest.raises(UnknownName, match="of hash-sparsification 'topq'; did you mean 'topk'"):
        judged(KernelSpeed("hash-sparsification", "*", "topq"), size=2.0)

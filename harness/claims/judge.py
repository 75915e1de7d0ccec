"""From the records to the verdicts on a suite's claims."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness import catalog
from harness.claims.controls import check_controls
from harness.claims.declaration import Claim
from harness.claims.parts import Evidence, parts_of
from harness.claims.quantities import KernelSpeed
from harness.claims.rules import label, needed_units
from harness.claims.samples import Samples
from harness.claims.sentence import sentence
from harness.claims.verdict import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    NOT_SEEN,
    REPRODUCED,
    ControlCheck,
    Part,
    Verdict,
    Word,
)
from harness.leaderboard.cells import p_value
from harness.statistics import holm, partial_conjunction, plural

if TYPE_CHECKING:
    from harness.store import RunStore

FULL = "paper"
"""The profile that runs the paper's own configuration: only it may say that a claim is not reproduced."""


def judge_suite(
    store: "RunStore", suite: str, profile: str, *, keys: Collection[str] | None = None
) -> tuple[Verdict, ...]:
    """Return the verdict on each claim of a suite, in the order of the suite file; () if it declares none.

    The family that Holm corrects is all of the suite's claims, whether they could be judged or not.

    Args:
        keys: only records with these keys, for those of the present code; None takes the newest.

    Raises:
        UnknownName: no such suite, or a claim names a task, contender or kernel that does not exist.
        StoreError: a record is damaged.
    """
    claims = catalog.suite(suite).claims
    columns = store.columns(tasks=sorted(_tasks(claims)), profile=profile, keys=keys)
    evidence = Evidence(store, Samples(columns), profile)
    return decide([gather(claim, evidence) for claim in claims], profile)


def _tasks(claims: Sequence[Claim]) -> set[str]:
    """Return the tasks whose records the claims and their controls speak of."""
    means = [q for claim in claims for q in claim.quantities if not isinstance(q, KernelSpeed)]
    return {term.task for q in means for term in q.terms} | {c.task for claim in claims for c in claim.controls}


@dataclass(frozen=True)
class Case:
    """A claim with what was found of it, before the family is corrected.

    Attributes:
        hindrance: why no test may decide it, "" if one may.
        p_holds, p_fails: of its parts together; 1 where there is a hindrance, so that the family keeps its size.
    """

    claim: Claim
    parts: tuple[Part, ...]
    controls: tuple[ControlCheck, ...]
    hindrance: str
    p_holds: float
    p_fails: float

    @property
    def exact(self) -> Part | None:
        """The only part, if it has an exact companion."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if only is not None and only.exact_p is not None else None


def gather(claim: Claim, evidence: Evidence) -> Case:
    """Estimate and test the parts of a claim.

    "On k of n" holds by the partial conjunction of the parts' p values, and fails if n − k + 1 parts fail. A part
    without a test (no records, a failure, too few units) is undecided: p = 1 on both sides.
    """
    parts = parts_of(claim, evidence)
    controls = check_controls(claim, evidence.samples)
    hindrance = _hindrance(parts)
    if hindrance:
        return Case(claim, parts, controls, hindrance, 1.0, 1.0)
    count = claim.needed or len(parts)
    holds = partial_conjunction([part.p for part in parts], count)
    fails = partial_conjunction([part.p_against for part in parts], len(parts) - count + 1)
    return Case(claim, parts, controls, "", holds, fails)


def _hindrance(parts: Sequence[Part]) -> str:
    """Return why no test may decide the claim; "" if some part was tested."""
    return "" if any(part.test for part in parts) else _remarks(parts)


def _remarks(parts: Sequence[Part]) -> str:
    """Return why parts were not tested: no records, failures, too few units."""
    return "; ".join(dict.fromkeys(part.remark for part in parts if not part.test))


def decide(cases: Sequence[Case], profile: str) -> tuple[Verdict, ...]:
    """Give all claims of a suite their words, with Holm's correction over them for each side.

    A claim that could not be tested keeps its place in both families with p = 1: their size is fixed beforehand.
    """
    holds = holm([case.p_holds for case in cases]).tolist() if cases else []
    fails = holm([case.p_fails for case in cases]).tolist() if cases else []
    exacts = [case.exact.exact_p if case.exact and not case.hindrance else case.p_holds for case in cases]
    companions = holm([1.0 if p is None else p for p in exacts]).tolist() if cases else []
    return tuple(
        _verdict(case, profile, len(cases), *adjusted)
        for case, *adjusted in zip(cases, holds, fails, companions, strict=True)
    )


def _verdict(case: Case, profile: str, family: int, holds: float, fails: float, companion: float) -> Verdict:
    word, why = _word(case, profile, family, holds, fails)
    refuted = word in (NOT_REPRODUCED, NOT_SEEN) or (word == INCONCLUSIVE and fails <= case.claim.alpha)
    estimated = [part for part in case.parts if part.figure]
    only = estimated[0] if len(case.parts) == 1 and estimated else None
    exact = None if refuted or case.hindrance else case.exact
    p, adjusted = (case.p_fails, fails) if refuted else (case.p_holds, holds)
    verdict = Verdict(
        claim=case.claim,
        profile=profile,
        word=word,
        why=why,
        estimate=only.estimate if only else math.nan,
        interval=only.interval if only else None,
        n=min((part.n for part in estimated), default=0),
        p=math.nan if case.hindrance else p,
        p_adjusted=math.nan if case.hindrance else adjusted,
        test=label(case.claim.kind, _methods(case.parts), refuted),
        control=case.controls,
        needs=_needs(case, family) if word == INCONCLUSIVE and not refuted else None,
        sentence="",
        parts=case.parts,
        figure=only.figure if only else "",
        bounds=only.bounds if only else "",
        exact_p=exact.exact_p if exact else None,
        exact_adjusted=companion if exact else None,
        exact_test=exact.exact_test if exact else "",
    )
    return replace(verdict, sentence=sentence(verdict))


def _methods(parts: Sequence[Part]) -> str:
    return ", ".join(dict.fromkeys(part.test for part in parts if part.test))


def _needs(case: Case, family: int) -> int | None:
    """Return about how many units would decide an inconclusive claim; None where more of them would not help.

    Where only Holm stands in the way they are reckoned at α / family, Bonferroni's level for the hardest claim.
    """
    alpha = case.claim.alpha
    level = alpha / family if min(case.p_holds, case.p_fails) <= alpha else alpha
    undecided = [p for p in case.parts if p.figure and min(p.p, p.p_against) > level]
    counts = [count for part in undecided if (count := needed_units(part, level)) is not None]
    return max(case.claim.minimal_units, *counts) if counts else None


def _word(case: Case, profile: str, family: int, holds: float, fails: float) -> tuple[Word, str]:
    claim = case.claim
    if case.hindrance:
        absent = all(part.absent for part in case.parts)
        return (NOT_RUN if absent else INCONCLUSIVE), case.hindrance
    if holds <= claim.alpha:
        return REPRODUCED, ""
    if fails <= claim.alpha:
        doubt = _doubt(case.controls)
        if doubt:
            return INCONCLUSIVE, f"it fails, but {doubt}"
        return (NOT_REPRODUCED if profile == FULL else NOT_SEEN), ""
    return INCONCLUSIVE, _undecided(case, family, holds, fails)


def _doubt(controls: Sequence[ControlCheck]) -> str:
    """Return why a refutation may be the pipeline's fault; "" if a control is within its range and none outside."""
    if not controls:
        return "no positive control is declared, so the pipeline may be at fault"
    outside = [check.shown for check in controls if check.within is False]
    if outside:
        return f"so does the control, and the pipeline is suspect: {'; '.join(outside)}"
    if all(check.within is None for check in controls):
        return f"its positive control has not been run ({', '.join(c.control.contender for c in controls)})"
    return ""


def _undecided(case: Case, family: int, holds: float, fails: float) -> str:
    sides = (("holds", case.p_holds, holds), ("fails", case.p_fails, fails))
    for side, p, adjusted in sides:
        if p <= case.claim.alpha:
            return (
                f"it {side} by itself, one-sided p = {p_value(p)}, but not after Holm over the suite's "
                f"{plural(family, 'claim')}, {p_value(adjusted)}"
            )
    if remarks := _remarks(case.parts):
        return remarks
    if len(case.parts) > 1:
        return "too many of the intervals hold their threshold"
    two = case.claim.kind in ("equal", "number")
    return f"the interval reaches over {'an edge of the margin' if two else 'the threshold'}"

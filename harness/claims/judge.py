"""Verdicts on the claims of a suite, from the records."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness import catalog
from harness.claims.controls import check_controls
from harness.claims.declaration import Claim
from harness.claims.listing import suite_claims
from harness.claims.parts import Evidence, parts_of
from harness.claims.rules import label, needed_units
from harness.claims.samples import Samples
from harness.claims.sentence import sentence
from harness.claims.verdict import (
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_RUN,
    NOT_SEEN,
    REPRODUCED,
    ClaimVerdict,
    ControlCheck,
    Part,
    VerdictWord,
)
from harness.statistics import holm, partial_conjunction, plural
from harness.tables.words import p_value

if TYPE_CHECKING:
    from harness.store import RunStore

FULL = "paper"
"""Profile of the paper's own configuration, the only one with the verdict "not reproduced"."""


def judge_suite(
    store: "RunStore", suite: str, profile: str, *, keys: Collection[str] | None = None
) -> tuple[ClaimVerdict, ...]:
    """Return the verdict on each claim of a suite, in the order of their declaration; () if there are none.

    Holm's correction is over all claims of the suite, also those that could not be tested.

    Args:
        keys: only records with these keys, for those of the present code; None takes the newest.

    Raises:
        UnknownName: no such suite, or a claim names a task, contender or kernel that does not exist.
        StoreError: a record is damaged.
    """
    claims = suite_claims(catalog.suite(suite))
    if not claims:
        return ()
    columns = store.columns(
        tasks=sorted({task for claim in claims for task in claim.tasks}), profile=profile, keys=keys
    )
    evidence = Evidence(store, Samples(columns), profile)
    return decide([gather(claim, evidence) for claim in claims], profile)


@dataclass(frozen=True)
class ClaimFinding:
    """The estimates and p values of a claim, before Holm's correction.

    Attributes:
        hindrance: reason why no test may decide it; "" if a test may.
        p_holds, p_fails: p values of its parts together; 1 with a hindrance, so that the family keeps its size.
    """

    claim: Claim
    parts: tuple[Part, ...]
    controls: tuple[ControlCheck, ...]
    hindrance: str
    p_holds: float
    p_fails: float

    @property
    def exact(self) -> Part | None:
        """The only part, if it has an exact test."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if only is not None and only.exact_p is not None else None


def gather(claim: Claim, evidence: Evidence) -> ClaimFinding:
    """Estimate and test the parts of a claim.

    "On k of n" holds by the partial conjunction of the parts' p values, and fails if n − k + 1 parts fail. A part
    without a test (no records, a failure, too few units) is undecided: p = 1 on both sides.
    """
    parts = parts_of(claim, evidence)
    controls = check_controls(claim, evidence.samples)
    hindrance = _hindrance(parts)
    if hindrance:
        return ClaimFinding(claim, parts, controls, hindrance, 1.0, 1.0)
    count = claim.needed or len(parts)
    holds = partial_conjunction([part.p for part in parts], count)
    fails = partial_conjunction([part.p_against for part in parts], len(parts) - count + 1)
    return ClaimFinding(claim, parts, controls, "", holds, fails)


def _hindrance(parts: Sequence[Part]) -> str:
    """Return the reason why no test may decide the claim; "" if a part was tested."""
    return "" if any(part.test for part in parts) else _remarks(parts)


def _remarks(parts: Sequence[Part]) -> str:
    """Return the reasons why parts were not tested: no records, failures, too few units."""
    return "; ".join(dict.fromkeys(part.remark for part in parts if not part.test))


def decide(findings: Sequence[ClaimFinding], profile: str) -> tuple[ClaimVerdict, ...]:
    """Return the verdicts on all claims of a suite, with Holm's correction over them for each side.

    A claim that could not be tested stays in both families with p = 1, because their size is fixed before the run.
    """
    holds = holm([finding.p_holds for finding in findings]).tolist() if findings else []
    fails = holm([finding.p_fails for finding in findings]).tolist() if findings else []
    exacts = [
        finding.exact.exact_p if finding.exact and not finding.hindrance else finding.p_holds
        for finding in findings
    ]
    companions = holm([1.0 if p is None else p for p in exacts]).tolist() if findings else []
    return tuple(
        _verdict(finding, profile, len(findings), *adjusted)
        for finding, *adjusted in zip(findings, holds, fails, companions, strict=True)
    )


def _verdict(
    finding: ClaimFinding, profile: str, family: int, holds: float, fails: float, companion: float
) -> ClaimVerdict:
    word, why = _word(finding, profile, family, holds, fails)
    refuted = word in (NOT_REPRODUCED, NOT_SEEN) or (word == INCONCLUSIVE and fails <= finding.claim.alpha)
    estimated = [part for part in finding.parts if part.figure]
    only = estimated[0] if len(finding.parts) == 1 and estimated else None
    exact = None if refuted or finding.hindrance else finding.exact
    p, adjusted = (finding.p_fails, fails) if refuted else (finding.p_holds, holds)
    verdict = ClaimVerdict(
        claim=finding.claim,
        profile=profile,
        word=word,
        why=why,
        estimate=only.estimate if only else math.nan,
        interval=only.interval if only else None,
        n=min((part.n for part in estimated), default=0),
        p=math.nan if finding.hindrance else p,
        p_adjusted=math.nan if finding.hindrance else adjusted,
        test=label(finding.claim.kind, _methods(finding.parts), refuted),
        control=finding.controls,
        needs=_needs(finding, family) if word == INCONCLUSIVE and not refuted else None,
        sentence="",
        parts=finding.parts,
        figure=only.figure if only else "",
        bounds=only.bounds if only else "",
        exact_p=exact.exact_p if exact else None,
        exact_adjusted=companion if exact else None,
        exact_test=exact.exact_test if exact else "",
    )
    return replace(verdict, sentence=sentence(verdict))


def _methods(parts: Sequence[Part]) -> str:
    return ", ".join(dict.fromkeys(part.test for part in parts if part.test))


def _needs(finding: ClaimFinding, family: int) -> int | None:
    """Return the approximate number of units that would decide an inconclusive claim; None if more would not help.

    If only Holm's correction prevents a decision, the level is α / family, Bonferroni's for the hardest claim.
    """
    alpha = finding.claim.alpha
    level = alpha / family if min(finding.p_holds, finding.p_fails) <= alpha else alpha
    undecided = [p for p in finding.parts if p.figure and min(p.p, p.p_against) > level]
    counts = [count for part in undecided if (count := needed_units(part, level)) is not None]
    return max(finding.claim.minimal_units, *counts) if counts else None


def _word(finding: ClaimFinding, profile: str, family: int, holds: float, fails: float) -> tuple[VerdictWord, str]:
    claim = finding.claim
    if finding.hindrance:
        absent = all(part.absent for part in finding.parts)
        return (NOT_RUN if absent else INCONCLUSIVE), finding.hindrance
    if holds <= claim.alpha:
        return REPRODUCED, ""
    if fails <= claim.alpha:
        doubt = _doubt(finding.controls)
        if doubt:
            return INCONCLUSIVE, f"it fails, but {doubt}"
        return (NOT_REPRODUCED if profile == FULL else NOT_SEEN), ""
    return INCONCLUSIVE, _undecided(finding, family, holds, fails)


def _doubt(controls: Sequence[ControlCheck]) -> str:
    """Return the reason to suspect the pipeline; "" if a control is within its range and none is outside."""
    if not controls:
        return "no positive control is declared, so the pipeline may be at fault"
    outside = [check.shown for check in controls if check.within is False]
    if outside:
        return f"its positive control is outside its range, so the pipeline is suspect: {'; '.join(outside)}"
    if all(check.within is None for check in controls):
        return f"its positive control has not been run ({', '.join(c.control.contender for c in controls)})"
    return ""


def _undecided(finding: ClaimFinding, family: int, holds: float, fails: float) -> str:
    sides = (("holds", finding.p_holds, holds), ("fails", finding.p_fails, fails))
    for side, p, adjusted in sides:
        if p <= finding.claim.alpha:
            return (
                f"it {side} by itself, one-sided p = {p_value(p)}, but not after Holm's correction over the "
                f"suite's {plural(family, 'claim')}, {p_value(adjusted)}"
            )
    if remarks := _remarks(finding.parts):
        return remarks
    if len(finding.parts) > 1:
        return "too many of the intervals contain their threshold"
    two = finding.claim.kind in ("equal", "number")
    return f"the interval contains {'an edge of the margin' if two else 'the threshold'}"

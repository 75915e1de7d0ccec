"""Verdicts on the claims of a suite, from the records."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness import catalog
from harness.claims.controls import check_controls
from harness.claims.declaration import Claim
from harness.claims.listing import suite_claims
from harness.claims.parts import Evidence, TestedPart, Whole, parts_of, whole_of
from harness.claims.planning import untestable
from harness.claims.rules import TESTS, PValues, assertion, needed_units, verdict_word
from harness.claims.samples import Samples
from harness.claims.sentence import sentence
from harness.claims.verdict import ClaimVerdict, ControlCheck, VerdictWord
from harness.statistics import holm

if TYPE_CHECKING:
    from harness.store import RunStore


def judge_suite(
    store: "RunStore", suite: str, profile: str, *, keys: Collection[str] | None = None
) -> tuple[ClaimVerdict, ...]:
    """Return the verdict on each claim of a suite, in the order of their declaration; () if there are none.

    Holm's correction is over the papers' claims that the profile can test, and over ours, each by itself.

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
        beyond_profile: reason why the profile cannot test it; "" if it can.
    """

    claim: Claim
    parts: tuple[TestedPart, ...]
    whole: Whole
    controls: tuple[ControlCheck, ...]
    beyond_profile: str


def gather(claim: Claim, evidence: Evidence) -> ClaimFinding:
    """Estimate and test a claim."""
    parts = parts_of(claim, evidence)
    return ClaimFinding(
        claim,
        parts,
        whole_of(claim, parts, evidence),
        check_controls(claim, evidence.samples),
        untestable(claim, evidence.profile),
    )


def decide(findings: Sequence[ClaimFinding], profile: str) -> tuple[ClaimVerdict, ...]:
    """Return the verdicts on all claims of a suite.

    A claim that the profile can test and that has no records, or a failure, stays in its family with p = 1: the
    size of a family is fixed before the run.
    """
    verdicts: dict[int, ClaimVerdict] = {}
    for ours in (False, True):
        family = [
            i for i, f in enumerate(findings) if (f.claim.provenance == "ours") == ours and not f.beyond_profile
        ]
        corrected = {
            name: holm([findings[i].whole.p[name] for i in family]).tolist() if family else [] for name in TESTS
        }
        for place, i in enumerate(family):
            adjusted = {name: corrected[name][place] for name in TESTS}
            verdicts[i] = _verdict(findings[i], profile, adjusted, len(family))
    for i, finding in enumerate(findings):
        verdicts.setdefault(i, _verdict(finding, profile, dict.fromkeys(TESTS, 1.0), 0))
    return tuple(verdicts[i] for i in range(len(findings)))


def _verdict(finding: ClaimFinding, profile: str, adjusted: PValues, family: int) -> ClaimVerdict:
    claim, whole = finding.claim, finding.whole
    word, why = _word(finding, adjusted)
    tested = not why
    asserted = assertion(claim, whole.part.quantity, finding.parts[0].scale)
    name = _decisive(word, asserted.ranged)
    verdict = ClaimVerdict(
        claim=claim,
        profile=profile,
        word=word,
        why=why,
        whole=whole.part,
        beyond=whole.beyond if tested else "",
        p=whole.p[name] if tested else math.nan,
        p_adjusted=adjusted[name] if tested else math.nan,
        family=family,
        control=finding.controls,
        qualification=_qualification(finding.controls),
        needs=_needs(finding, family) if tested and word.startswith("open") else None,
        sentence="",
        parts=tuple(one.part for one in finding.parts),
    )
    return replace(verdict, sentence=sentence(verdict))


def _word(finding: ClaimFinding, adjusted: PValues) -> tuple[VerdictWord, str]:
    """Return the verdict, and the reason if there could be no test."""
    if finding.beyond_profile:
        return "for another profile", finding.beyond_profile
    part = finding.whole.part
    if part.remark and all(p == 1.0 for p in finding.whole.p.values()):
        return ("not run" if part.absent else "not decidable"), part.remark
    asserted = assertion(finding.claim, part.quantity, finding.parts[0].scale)
    return verdict_word(asserted, finding.claim.kind, adjusted, finding.whole.p, finding.claim.alpha), ""


def _decisive(word: VerdictWord, ranged: bool) -> str:
    """Return the name of the test whose p value is shown with a verdict."""
    if ranged:
        return "outside" if word in ("size excluded", "reversed") else "inside"
    if word == "reversed":
        return "below"
    if word == "no effect that matters":
        return "negligible"
    return "too small" if word.startswith("size excluded") else "above"


def _qualification(controls: Sequence[ControlCheck]) -> str:
    """Return which positive controls are outside their range; "" if none is."""
    outside = [check.shown for check in controls if check.within is False]
    return f"control out of range: {'; '.join(outside)}" if outside else ""


def _needs(finding: ClaimFinding, family: int) -> int | None:
    """Return the approximate number of units that would decide the claim; None if more would not help.

    The level is α / family, Bonferroni's for the hardest claim of the family.
    """
    count = needed_units(finding.whole.part, finding.claim.alpha / max(1, family))
    return None if count is None else max(finding.claim.minimal_units, count)

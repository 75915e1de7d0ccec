"""Sentence of a verdict: word, effect with its interval, n, test, the paper's figure, what qualifies it."""

import math

from harness.claims.verdict import ClaimVerdict
from harness.claims.wording import p_text, shown_assertion, shown_reported
from harness.tables.words import p_value

DASH = "—"
FULL = "paper"
"""Profile of the paper's own configuration, the only one whose verdicts are about the paper."""


def sentence(verdict: ClaimVerdict) -> str:
    """Return one sentence with the word of a verdict and all figures behind it.

    For example "direction holds, size open (at this scale) — A − B = +0.74 points (90 % interval 0.54…0.94, n = 10
    paired seeds, paired t p < 0.001, Holm < 0.001); paper: +0.9 ± 0.3 (n = 10), tolerance ±0.225 points."
    """
    facts = [_estimate(verdict)] if verdict.figure else []
    facts += [verdict.beyond] if verdict.beyond else []
    reported = shown_reported(verdict.claim)
    facts += [", ".join(filter(None, (f"paper: {reported}" if reported else "", shown_assertion(verdict.claim))))]
    if verdict.needs is not None:
        facts.append(f"needs ≈ {verdict.needs:,} {_unit(verdict)}")
    facts += [verdict.qualification, _uncontrolled(verdict)]
    return f"{verdict.word}{_scope(verdict)} {DASH} {'; '.join(filter(None, facts))}."


def _scope(verdict: ClaimVerdict) -> str:
    """Return what the word is about: the paper only in its own profile, with its controls in range."""
    if verdict.why:
        return f" ({verdict.why})"
    if not verdict.decided:
        return ""
    by_paper = verdict.profile == FULL and not verdict.qualification
    return " (in the paper's configuration)" if by_paper else " (at this scale)"


def _estimate(verdict: ClaimVerdict) -> str:
    level = f"{100 * (1 - 2 * verdict.claim.alpha):g} % interval"
    bounds = f"{level} {verdict.bounds}" if verdict.bounds else "no interval"
    tests = ""
    if not math.isnan(verdict.p):
        tests = f", one-sided {p_text(verdict.whole.test, verdict.p)}"
        if verdict.family > 1:
            tests += f", Holm over {verdict.family} {p_value(verdict.p_adjusted).replace('<', '< ')}"
    return f"{verdict.figure} ({bounds}, n = {verdict.whole.over}{tests})"


def _unit(verdict: ClaimVerdict) -> str:
    """Return the name of the units in the plural, with their largest number: "folds (the task has 10)"."""
    unit, available = verdict.whole.unit, verdict.whole.available
    limit = f" (the task has {available})" if available else ""
    return f"{unit}{'es' if unit.endswith('s') else 's'}{limit}"


def _uncontrolled(verdict: ClaimVerdict) -> str:
    """Return why there is no positive control, where the word is against the paper."""
    reason = verdict.claim.uncontrolled
    return f"no control: {reason}" if reason and verdict.supports == "against" else ""

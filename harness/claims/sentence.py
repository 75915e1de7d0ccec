"""Sentence of a verdict: word, effect with its interval, n, test, the paper's figure, the margin."""

import math

from harness.claims.verdict import NOT_REPRODUCED, NOT_SEEN, ClaimVerdict, Part
from harness.claims.wording import p_text, shown_margin, shown_reported
from harness.statistics import rejections
from harness.tables.words import p_value

DASH = "—"


def sentence(verdict: ClaimVerdict) -> str:
    """Return one sentence with the word of a verdict and all figures behind it.

    For example "reproduced — A − B = +0.74 points (90 % interval 0.54…0.94, n = 10 paired seeds, sign-flip p =
    0.002, Holm 0.004); paper: +0.9 ± 0.3 (n = 10); margin 0."
    """
    why = f" ({verdict.why})" if verdict.why else ""
    estimated = [part for part in verdict.parts if part.figure]
    facts = [_found(verdict, estimated)] if estimated else []
    reported = shown_reported(verdict.claim)
    facts += [f"paper: {reported}"] if reported else []
    facts.append(shown_margin(verdict.claim))
    if verdict.needs is not None:
        facts.append(f"needs ≈ {verdict.needs:,} {_unit(estimated[0])}")
    if verdict.word in (NOT_REPRODUCED, NOT_SEEN):
        facts += [f"control {check.shown}" for check in verdict.control if check.within is not None]
    return f"{verdict.word}{why} {DASH} {'; '.join(facts)}."


def _found(verdict: ClaimVerdict, estimated: list[Part]) -> str:
    alpha = verdict.claim.alpha
    level = f"{100 * (1 - 2 * alpha):g} % interval"
    if len(verdict.parts) == 1:
        only = estimated[0]
        bounds = f"{level} {only.bounds}" if only.bounds else "no interval"
        return f"{only.figure} ({bounds}, n = {only.over}{_tests(verdict)})"
    count = rejections([part.p for part in verdict.parts], alpha=alpha)
    asked = verdict.claim.needed or len(verdict.parts)
    each = "; ".join(
        f"{part.title}: {part.figure} ({part.bounds or 'no interval'}, n = {part.over})" for part in estimated
    )
    return (
        f"holds on {count} of {len(verdict.parts)} (Holm, α = {alpha:g}), {asked} claimed{_tests(verdict)}; "
        f"{level}s: {each}"
    )


def _tests(verdict: ClaimVerdict) -> str:
    """Return the p value and the adjusted one, of the exact test if there is one; "" without a test."""
    if math.isnan(verdict.p):
        return ""
    if verdict.exact_p is not None and verdict.exact_adjusted is not None:
        return f", {p_text(verdict.exact_test, verdict.exact_p)}, Holm {_small(verdict.exact_adjusted)}"
    return f", {p_text(verdict.test, verdict.p)}, Holm {_small(verdict.p_adjusted)}"


def _small(p: float) -> str:
    return p_value(p).replace("<", "< ")


def _unit(part: Part) -> str:
    """Return the name of the units in the plural, with their largest number: "folds (the task has 10)"."""
    limit = f" (the task has {part.available})" if part.available else ""
    return f"{part.unit}{'es' if part.unit.endswith('s') else 's'}{limit}"

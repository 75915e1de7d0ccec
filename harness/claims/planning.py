"""Claims that a planned run cannot decide, known before it runs."""

from collections.abc import Mapping, Sequence

from harness.claims.declaration import Claim
from harness.claims.quantities import KernelSpeed, MeanQuantity

Units = Mapping[tuple[str, str], int]  # (task, contender) -> planned folds or seeds


def undecidable(claims: Sequence[Claim], units: Units) -> tuple[dict[str, str], list[str]]:
    """Return the claims that have too few planned units, with the reason, and those without any planned trial.

    A claim on k of n is undecidable if fewer than k of its quantities have their minimal units. Claims on the speed
    of kernels are left out: kernels are timed after the trials, in as many processes as their claims need.
    """
    short: dict[str, str] = {}
    absent = []
    for claim in claims:
        have = [_planned(q, units) for q in claim.quantities if not isinstance(q, KernelSpeed)]
        if not have:
            continue
        asked = claim.needed or len(have)
        enough = sum(count >= claim.minimal_units for count in have)
        if not any(have):
            absent.append(claim.name)
        elif enough < asked:
            reached = sorted(have, reverse=True)[asked - 1]
            on = f" on {asked} of {len(have)} quantities" if len(have) > 1 else ""
            short[claim.name] = f"needs {claim.minimal_units} units{on}, has {reached}"
    return short, absent


def _planned(quantity: MeanQuantity, units: Units) -> int:
    return min(units.get((term.task, term.contender), 0) for term in quantity.terms)

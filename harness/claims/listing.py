"""All claims: ``CLAIMS`` in the module ``claims`` of each method, then those that packages add.

A package adds a tuple of claims in the entry point group ``bench.claims``; one that cannot be used is named on
standard error and left out.
"""

import sys
from collections.abc import Iterator
from functools import cache

from harness import catalog
from harness.claims.declaration import Claim
from harness.declared import by_name, declared
from harness.errors import DeclarationError, suggestion
from harness.plugins import plugins
from harness.task import Suite


@cache
def every_claim() -> tuple[Claim, ...]:
    """Return all claims: ours, then those of packages, which cannot replace one of ours.

    Raises:
        DeclarationError: two of our methods have a claim of the same name.
    """
    ours = declared("methods", "claims", "CLAIMS")
    known = by_name("claim", ((place, claim) for place, claims in ours for claim in claims))
    for claim in _of_packages():
        known.setdefault(claim.name, claim)
    return tuple(known.values())


def suite_claims(suite: Suite) -> tuple[Claim, ...]:
    """Return the claims about the tasks and kernels of a suite.

    Raises:
        DeclarationError: a claim is about a task or kernel of no suite, or belongs to two suites.
    """
    return tuple(claim for claim in every_claim() if suite_of(claim) == suite.name)


def suite_of(claim: Claim) -> str:
    """Return the name of the suite that has all tasks and kernels of a claim.

    Raises:
        DeclarationError: no suite has them all, or two have; names the claim.
    """
    members = {suite.name: _members(suite) for suite in catalog.suites().values()}
    places = claim.tasks | claim.kernels
    homes = [name for name, own in members.items() if places <= own]
    if len(homes) == 1:
        return homes[0]
    if homes:
        raise DeclarationError(
            f"claim {claim.name!r} belongs to {len(homes)} suites, {' and '.join(homes)}: each has all its tasks "
            "and kernels; expected one suite: remove them from the others"
        )
    known = set().union(*members.values())
    for place in sorted(places - known):
        kind = "kernel" if place in claim.kernels else "task"
        raise DeclarationError(
            f"claim {claim.name!r} is about {kind} {place!r}, which is in no suite{suggestion(place, known)}"
        )
    found = {place: [name for name, own in members.items() if place in own] for place in sorted(places)}
    listed = ", ".join(f"{place} of {' and '.join(names)}" for place, names in found.items())
    raise DeclarationError(
        f"claim {claim.name!r} is about tasks and kernels of several suites ({listed}); expected one suite: "
        "split the claim"
    )


def _members(suite: Suite) -> set[str]:
    """Return the names of the tasks and kernels of a suite."""
    return {*(task.name for task in catalog.suite_tasks(suite)), *suite.kernels}


def _of_packages() -> Iterator[Claim]:
    for name, claims in plugins("bench.claims", tuple):
        for claim in claims:
            fault = "" if isinstance(claim, Claim) else f"expected a Claim, got {type(claim).__name__}"
            try:
                if not fault:
                    suite_of(claim)
            except DeclarationError as error:
                fault = str(error)
            if not fault:
                yield claim
                continue
            print(f"bench: a claim of bench.claims {name!r} is left out: {fault}", file=sys.stderr)

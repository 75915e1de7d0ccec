"""All claims: ``CLAIMS`` in the module ``claims`` of each method, then those that packages add.

A package adds a tuple of claims in the entry point group ``bench.claims``; one that cannot be used is named on
standard error and left out.
"""

import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from harness import catalog
from harness.claims.declaration import Claim
from harness.claims.names import check_kernels, check_names, contenders_fit
from harness.declared import by_name, declared, extended
from harness.errors import BenchError, DeclarationError, suggestion
from harness.plugins import plugins
from harness.task import Suite


@cache
def every_claim() -> tuple[Claim, ...]:
    """Return all claims: ours, then those of packages, which cannot replace one of ours.

    Raises:
        DeclarationError: two of our methods have a claim of the same name, or one of ours names a task, kernel,
            contender or metric that is not of its suite.
    """
    ours = declared("methods", "claims", "CLAIMS")
    known = by_name("claim", ((place, claim) for place, claims in ours for claim in claims))
    for claim in known.values():
        check_names(claim, catalog.suite(suite_of(claim)))
    return tuple(extended("claim", known, _of_packages()).values())


def methods_of_claims() -> dict[str, str]:
    """Return the name of each claim -> the name of its method, for those of our methods."""
    found = declared("methods", "claims", "CLAIMS")
    return {claim.name: place.split(".")[1].replace("_", "-") for place, claims in found for claim in claims}


def suite_claims(suite: Suite) -> tuple[Claim, ...]:
    """Return the claims about the tasks and kernels of a suite.

    Raises:
        DeclarationError: a claim is about a task or kernel of no suite, or belongs to two suites.
    """
    return tuple(claim for claim in every_claim() if suite_of(claim) == suite.name)


def suite_of(claim: Claim) -> str:
    """Return the name of the suite that has all tasks and kernels of a claim.

    Among several, one that runs its contenders, and ours before those of packages, which may reuse our tasks.

    Raises:
        DeclarationError: no suite has them all, or two have; names the claim.
    """
    suites = catalog.suites()
    members = {suite.name: _members(suite) for suite in suites.values()}
    places = claim.tasks | claim.kernels
    homes = [name for name, own in members.items() if places <= own]
    homes = [name for name in homes if contenders_fit(claim, suites[name])] or homes
    homes = [name for name in homes if name in catalog.our_suites()] or homes
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


def _of_packages() -> Iterator[tuple[str, Claim]]:
    for name, claims in plugins("bench.claims", tuple):
        for claim in claims:
            if fault := _fault(claim):
                print(f"bench: a claim of bench.claims {name!r} is left out: {fault}", file=sys.stderr)
            else:
                yield f"bench.claims {name!r}", claim


def _fault(claim: Any) -> str:
    """Return the reason why a package's claim cannot be used; "" if it can."""
    if not isinstance(claim, Claim):
        return f"expected a Claim, got {type(claim).__name__}"
    try:
        check_names(claim, catalog.suite(suite_of(claim)))
        check_kernels(claim)
    except BenchError as error:
        return str(error)
    except Exception as error:  # a package's declaration may hold anything, and its kernel may raise on import
        return f"claim {claim.name!r}: {type(error).__name__}: {error}"
    return ""

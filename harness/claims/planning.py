"""Claims that a profile can test, and claims that a planned run cannot decide: known before it runs."""

from collections.abc import Mapping, Sequence

from harness import catalog
from harness.claims.declaration import Claim
from harness.claims.quantities import KernelSpeed, MeanQuantity
from harness.task import Task

Units = Mapping[tuple[str, str], int]  # (task, contender) -> planned folds or seeds


def untestable(claim: Claim, profile: str) -> str:
    """Return the reason why a profile cannot test a claim, whatever is run in it; "" if it can.

    The family of claims that are corrected together is fixed by this before the run.
    """
    for quantity in claim.quantities:
        if isinstance(quantity, KernelSpeed):
            continue
        for term in quantity.terms:
            task = catalog.task(term.task)
            if profile not in task.extents:
                return f"{term.task} does not run in profile {profile}, but in {', '.join(task.extents)}"
            units = _units(task, claim, profile)
            if units < claim.minimal_units:
                return f"{term.task} has {units} units in profile {profile}; a verdict needs {claim.minimal_units}"
    return ""


def _units(task: Task, claim: Claim, profile: str) -> int:
    """Return the number of units of a task in a profile, as the estimate of the claim counts them.

    A number is compared with the spread between repetitions of a cross-validation, so its folds are no units.
    """
    extent = task.extents[profile]
    if task.layout == "folds" and claim.kind == "number":
        return extent.seeds
    return extent.folds if task.over_folds else extent.seeds


def undecidable(claims: Sequence[Claim], units: Units) -> tuple[dict[str, str], list[str]]:
    """Return the claims that have too few planned units, with the reason, and those without any planned trial.

    Claims on the speed of kernels are left out: kernels are timed after the trials, in as many processes as their
    claims need.
    """
    short: dict[str, str] = {}
    absent = []
    for claim in claims:
        have = [_planned(q, units) for q in claim.quantities if not isinstance(q, KernelSpeed)]
        planned = [count for count in have if count]
        if have and not planned:
            absent.append(claim.name)
        elif planned and min(planned) < claim.minimal_units:
            short[claim.name] = f"needs {claim.minimal_units} units, has {min(planned)}"
    return short, absent


def _planned(quantity: MeanQuantity, units: Units) -> int:
    return min(units.get((term.task, term.contender), 0) for term in quantity.terms)

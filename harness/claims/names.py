"""The check of the names in a claim: contenders, metrics and implementations that it refers to."""

from collections.abc import Iterator

from harness import catalog
from harness.claims.declaration import Claim, Control
from harness.claims.quantities import RESOURCES, KernelSpeed, MeanLevel, MeanQuantity, Term
from harness.claims.quantity_scale import scale_of_quantity
from harness.errors import BenchError, DeclarationError, suggestion
from harness.task import Suite, Task


def check_names(claim: Claim, suite: Suite) -> None:
    """Check the contenders and metrics of a claim's quantities and controls, given the suite of its tasks.

    Raises:
        DeclarationError: names the claim and the first name at fault, or a metric that cannot be compared.
    """
    tasks = {task.name: task for task in catalog.suite_tasks(suite)}
    for place, term in _references(claim):
        task = tasks[term.task]
        fault = _contender_fault(term.contender, suite, task) or _metric_fault(term.metric, task)
        if fault:
            raise DeclarationError(f"claim {claim.name!r}: its {place} on task {task.name!r} {fault}")
    for place, quantity in _quantities(claim):
        try:
            scale_of_quantity(quantity)
        except BenchError as error:
            raise DeclarationError(f"claim {claim.name!r}: its {place}: {error}") from error


def contenders_fit(claim: Claim, suite: Suite) -> bool:
    """Return whether a suite that has the tasks of a claim runs its contenders on them."""
    tasks = {task.name: task for task in catalog.suite_tasks(suite)}
    return not any(_contender_fault(term.contender, suite, tasks[term.task]) for _, term in _references(claim))


def check_kernels(claim: Claim) -> None:
    """Check the implementations that a claim names; imports the declarations of its kernels.

    Raises:
        DeclarationError: names the claim and the implementation.
    """
    for quantity in claim.quantities:
        if isinstance(quantity, KernelSpeed):
            kernel = catalog.kernel(quantity.kernel)
            names = [entry.name for entry in kernel.implementations]
            for name in (quantity.implementation or kernel.headline, quantity.against):
                if name not in names:
                    raise DeclarationError(
                        f"claim {claim.name!r}: kernel {quantity.kernel!r} has no implementation "
                        f"{name!r}{suggestion(name, names)}"
                    )


def _references(claim: Claim) -> Iterator[tuple[str, Term | Control]]:
    for place, quantity in _quantities(claim):
        if place == "quantity":
            yield from ((place, term) for term in quantity.terms)
    yield from (("control", control) for control in claim.controls)


def _quantities(claim: Claim) -> Iterator[tuple[str, MeanQuantity]]:
    for quantity in claim.quantities:
        if not isinstance(quantity, KernelSpeed):
            yield "quantity", quantity
    for control in claim.controls:
        yield "control", MeanLevel(control.task, control.contender, control.metric)


def _contender_fault(name: str, suite: Suite, task: Task) -> str:
    own = catalog.task_contenders(suite, task)
    if name in own:
        return ""
    entry = catalog.contenders().get(name)
    if entry is None:
        return f"names an unknown contender {name!r}{suggestion(name, own)}"
    if entry.protocol != task.protocol:
        return f"names contender {name!r} of protocol {entry.protocol}; expected one of {task.protocol}"
    return f"names contender {name!r}, which does not run there; expected one of {', '.join(own)}"


def _metric_fault(name: str, task: Task) -> str:
    known = [*task.metrics.names, *RESOURCES]
    if not name or name in RESOURCES or task.metrics.find(name) is not None:
        return ""
    return f"names an unknown metric {name!r} of {task.protocol}{suggestion(name, known)}"

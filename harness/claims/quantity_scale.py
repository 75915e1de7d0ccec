"""The scale on which a quantity of a claim is analysed, from the declarations of its tasks and metrics."""

from dataclasses import replace

from harness import catalog
from harness.claims.quantities import RESOURCES, Contrast, MeanQuantity, Slope, Term
from harness.errors import UsageError
from harness.tables.scales import Scale, scale_of
from harness.task import Task


def scale_of_quantity(quantity: MeanQuantity) -> Scale:
    """Return the scale on which a quantity is analysed, with the direction of its metric.

    Raises:
        UsageError: its terms have different scales, or its metric has no known direction.
        UnknownName: no such task.
    """
    scales = {_scale(quantity, term) for term in quantity.terms}
    if len(scales) != 1:
        raise UsageError(f"{quantity.title}: its terms are on different scales; give them one metric, or a ratio")
    return scales.pop()


def _scale(quantity: MeanQuantity, term: Term) -> Scale:
    task = catalog.task(term.task)
    metric = term.metric or task.metric
    better = quantity.larger_supports if isinstance(quantity, Contrast | Slope) else _direction(task, metric)
    if metric in RESOURCES:
        return Scale("log10", better)
    own = scale_of(task.metrics[metric])
    return replace(own, kind="log10" if quantity.ratio else own.kind, higher_is_better=better)


def _direction(task: Task, metric: str) -> bool:
    if metric in RESOURCES:
        return False
    better = task.metrics[metric].higher_is_better
    if better is None:
        known = f"{task.protocol} declares {', '.join(task.metrics.names)}"
        raise UsageError(f"task {task.name!r}: no direction of {metric!r} is better; {known}")
    return better

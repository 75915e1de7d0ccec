"""Fastest route through a network: implementation and layout of each step, including conversions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from methods.structured_tickets.inference.layout import Layout

Conversion = Callable[[int, Layout, Layout], float]


@dataclass(frozen=True)
class Step:
    """One implementation of a stage of a network.

    Attributes:
        name: name of the stage.
        path: implementation: *blocks*, *csr*, *dense*, *dense-channels-last*, or *pool*.
        layout: layout of input and output.
        run: function from images to images.
        seconds: time of a call; zero if it was not timed.
    """

    name: str
    path: str
    layout: Layout
    run: Callable[[Tensor], Tensor]
    seconds: float = 0.0


def fastest_route(
    stages: Sequence[Sequence[Step]], conversion: Conversion, start: Layout, end: Layout
) -> list[Step]:
    """Return one step per stage such that steps and conversions together take the least time.

    A shortest path through the layers of a graph (Viterbi): the cheapest route to a step goes through the cheapest
    route to some step of the stage before it.

    Args:
        stages: implementations of each stage.
        conversion: seconds to change images before stage i (after the last for i = len(stages)) from one layout to
            another; zero between equal layouts.
        start, end: the layouts of the network's input and output.

    Raises:
        ValueError: a stage without a way.
    """
    if empty := [number for number, ways in enumerate(stages) if not ways]:
        raise ValueError(f"every stage must have a way to compute it, got none for stage {empty[0]}")
    routes: dict[Layout, tuple[float, list[Step]]] = {start: (0.0, [])}
    for number, ways in enumerate(stages):
        reached: dict[Layout, tuple[float, list[Step]]] = {}
        for step in ways:
            cost, steps = _cheapest(routes, conversion, number, step.layout)
            if step.layout not in reached or cost + step.seconds < reached[step.layout][0]:
                reached[step.layout] = (cost + step.seconds, [*steps, step])
        routes = reached
    return _cheapest(routes, conversion, len(stages), end)[1]


def _cheapest(
    routes: dict[Layout, tuple[float, list[Step]]], conversion: Conversion, stage: int, layout: Layout
) -> tuple[float, list[Step]]:
    arrivals = ((cost + conversion(stage, source, layout), steps) for source, (cost, steps) in routes.items())
    return min(arrivals, key=lambda arrival: arrival[0])

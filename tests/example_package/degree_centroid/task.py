"""Rings of cliques against random graphs of the same size, which differ in their degrees."""

from harness.task import Extent, Task

TASK = Task(
    name="rings-by-fold",
    title="rings of cliques or random, 40 graphs, by fold",
    protocol="graph-classification",
    dataset="rings-of-cliques",
    metric="accuracy",
    layout="folds",
    extents={"smoke": Extent(folds=2), "standard": Extent(folds=5)},
)

"""Graph reconstruction: encode a drawn graph by a pooling layer and reconstruct its coordinates.

The coordinates are input and target at once, so nothing is withheld: the protocol measures the
loss of information in pooling, not generalisation.
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.contract.contender import Contender
from harness.contract.context import Context
from harness.contract.protocol import Capability, Protocol
from harness.contract.report import Report
from harness.contract.search import search, timed
from harness.errors import BadPrediction
from harness.payload import Payload
from harness.protocols.graphs.arrays import CoordinateGraph


@dataclass(frozen=True)
class DrawnGraph:
    """View of ``fit``: edge_index (2, E) int64, both directions, and coordinates (N, 2) float32."""

    edge_index: np.ndarray
    coordinates: np.ndarray


class GraphAutoEncoder(Contender):
    """Contract: train an auto-encoder with a pooling bottleneck on one graph.

    The model's ``reconstruct()`` returns coordinates (N, 2) from the weights with the lowest training loss, in
    evaluation mode (BatchNorm uses its running statistics).
    """

    @abstractmethod
    def fit(self, graph: DrawnGraph, context: Context) -> Any:
        """Return an auto-encoder trained on `graph`."""


class GraphReconstruction(Protocol):
    """Trials of graph reconstruction."""

    name = "graph-reconstruction"
    capabilities = (Capability("fit", "(graph, context) -> model", "training the auto-encoder"),)
    sees = "everything: the coordinates are both input and target"

    def inputs(self, data: CoordinateGraph) -> Payload:
        return Payload({"edge_index": data.edge_index, "coordinates": data.coordinates})

    def view(self, data: CoordinateGraph, split: None) -> Payload:
        return Payload()

    def reveal(self, data: CoordinateGraph, split: None) -> Payload:
        return Payload()

    def run(
        self,
        contender: type[Contender],
        inputs: Payload,
        view: Payload,
        reveal: Callable[[], Payload],
        context: Context,
    ) -> Report:
        graph = DrawnGraph(inputs["edge_index"], inputs["coordinates"])

        def training_loss(model: Any) -> float:
            return float(np.mean((np.asarray(model.reconstruct()) - graph.coordinates) ** 2))

        selected = search(contender, context, lambda c: c.fit(graph, context), training_loss)  # type: ignore[attr-defined]
        reveal()
        coordinates, seconds = timed(lambda: np.asarray(selected.model.reconstruct()))
        return selected.report({"coordinates": coordinates}, seconds)

    def score(self, data: CoordinateGraph, split: None, metric: str, report: Report) -> dict[str, float]:
        given, expected = report["coordinates"], data.coordinates.shape
        if given.shape != expected or given.dtype.kind != "f":
            raise BadPrediction(
                f"expected float `coordinates` of shape {expected}, got {given.dtype} of shape {given.shape}"
            )
        if not np.isfinite(given).all():
            raise BadPrediction("coordinates must be finite, got NaN or infinite values")
        error = given.astype(np.float64) - data.coordinates
        return {"mse": float(np.mean(error**2))}

    def permute_withheld(
        self, data: CoordinateGraph, split: None, generator: np.random.Generator
    ) -> CoordinateGraph:
        return data

    def expected_format(self, data: CoordinateGraph) -> str:
        n = len(data.coordinates)
        return (
            f"fit(graph, context): DrawnGraph with edge_index (2, {data.edge_index.shape[1]}) and coordinates "
            f"({n}, 2) float32\nmodel.reconstruct() -> coordinates ({n}, 2) float, finite\n"
            f"seen while fitting: {self.sees}"
        )

"""Kernel `pi-marginalisation`: class probabilities averaged over side information, exact and by drawn vectors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case
from harness.kernels.kept import kept

OURS = "methods.tram.marginalisation_timed"
ANNOTATORS = 20
TOLERANCE = 1e-5
LARGEST_NAIVE = 300_000
"""Most (image, vector) pairs that are held in one tensor: more need half a gigabyte."""

HEADLINE = "embeddings=digits,images=256,vectors=1000,of=drawn"


@dataclass(frozen=True, eq=False)
class MarginalisationProblem:
    """Embeddings of real images, a trained head, and a distribution of side information.

    Attributes:
        embeddings: (n, d) float32.
        head: a `pi_heads.JoinedHead`.
        over: a `marginalisation.SideInformationDistribution` of S vectors.
    """

    embeddings: np.ndarray
    head: Any
    over: Any

    @property
    def pairs(self) -> int:
        """Number n S of pairs of an image and a vector."""
        return len(self.embeddings) * len(self.over.points)


class PIMarginalisation(Kernel):
    """Embeddings (n, d), S vectors of side information with weights -> mean class probabilities (n, classes)."""

    name = "pi-marginalisation"
    title = "Marginalisation of side information (TRAM's full marginalisation)"
    headline = "compiled"
    size_name = "vectors"
    quality_name = "error"
    notes = (
        "Probabilities are averaged, not logits. All implementations return (images, classes) within 1e-5 of the "
        "definition in float64.",
        "compiled and broadcast split the joining layer into a product for images and one for vectors; the times "
        "include both. in chunks and naive evaluate the whole head for each pair.",
        "of=annotators: the exact sum over 20 annotators, by frequency. of=labels: the exact sum over all training "
        "labels, each with its time. of=drawn: vectors drawn from the training labels.",
        "Limit: the additions, rectifiers and products of each pair that are left after splitting.",
    )
    implementations = (
        Implementation("compiled", f"{OURS}:compiled", "ours", "split layer, tiles in registers", threaded=False),
        Implementation("broadcast", f"{OURS}:broadcast", "ours", "split layer, torch, in chunks"),
        Implementation("in chunks", f"{OURS}:in_chunks", "reference", "whole head, torch, in chunks"),
        Implementation("naive", f"{OURS}:naive", "reference", "whole head, one tensor (images, vectors, units)"),
    )
    targets = (
        Target(HEADLINE, "ratio", "naive", at_least=5, reason="design: w products a pair instead of w (d + w)"),
        Target(HEADLINE, "ratio", "broadcast", at_least=2, reason="design: no tensor of pairs in memory"),
        Target("*of=drawn", "memory", at_most=64, reason="design: a tensor of pairs would take 2 GB at 10,000"),
        Target("*", "quality", quality="error", at_most=TOLERANCE, reason="rounding of float32"),
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        if profile == "smoke":
            return [_digits(64, ANNOTATORS, "annotators"), _digits(64, 200, "drawn")]
        few = [_digits(256, ANNOTATORS, "annotators"), _digits(256, 2160, "labels")]
        growth = [_digits(256, count, "drawn") for count in (100, 300, 1000)]
        pixels = case(size=1000, embeddings="mnist-pixels", images=64, vectors=1000, of="drawn")
        if profile == "standard":
            return [*few, *growth, _digits(256, 10_000, "drawn"), pixels]
        return [*few, *growth, *(_digits(256, count, "drawn") for count in (3000, 10_000, 30_000)), pixels]

    def data(self, case: KernelCase, seed: int) -> MarginalisationProblem:
        from methods.tram.marginalisation_data import digits_problem, pixels_problem

        make = digits_problem if case["embeddings"] == "digits" else pixels_problem
        return make(case["images"], case["vectors"], case["of"], seed)

    def excluded(self, case: KernelCase, name: str) -> str | None:
        if name == "naive" and case["images"] * case["vectors"] > LARGEST_NAIVE:
            return "its tensor takes half a gigabyte and more"
        if name == "in chunks" and case["vectors"] > 10_000:
            return "seconds a call: timed up to 10,000 vectors"
        return None

    def reference(self, case: KernelCase, data: MarginalisationProblem) -> np.ndarray:
        from methods.tram.marginalisation_data import by_definition

        found = kept("pi-marginalisation definition", case, lambda: by_definition(data).ravel().tolist())
        return np.array(found).reshape(len(data.embeddings), -1)

    def check(
        self, case: KernelCase, data: MarginalisationProblem, name: str, output: Any, expected: np.ndarray
    ) -> None:
        found = np.asarray(output)
        if found.shape != expected.shape:
            raise Mismatch(f"probabilities have shape {found.shape}, expected {expected.shape}")
        if not (error := _error(found, expected)) <= TOLERANCE:
            raise Mismatch(
                f"probabilities differ by {error:.2g} from the definition, expected {TOLERANCE:g} at most"
            )

    def cost(self, case: KernelCase, data: MarginalisationProblem) -> KernelCost:
        head = data.head
        classes, units = len(head.output.linear.of_embedded.weight), len(head.join.of_embedded.weight)
        a_pair = 2 * units + 2 * units * classes
        width = data.embeddings.shape[1]
        return KernelCost(flops=data.pairs * a_pair, bytes=4 * (data.embeddings.size + width * units))

    def quality(
        self, case: KernelCase, data: MarginalisationProblem, name: str, output: Any, expected: np.ndarray
    ) -> Mapping[str, float]:
        return {"error": _error(np.asarray(output), expected)}


def _digits(images: int, vectors: int, of: str) -> KernelCase:
    series = "digits, drawn" if of == "drawn" else ""
    return case(size=vectors, series=series, embeddings="digits", images=images, vectors=vectors, of=of)


def _error(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(found.astype(np.float64) - expected).max())


KERNEL = PIMarginalisation()

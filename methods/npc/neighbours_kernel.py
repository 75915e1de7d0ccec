"""Kernel `knn-prior`: weighted class shares of the ten nearest confident neighbours in a real embedding."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case

HERE = "methods.npc.neighbours_kernel"
NEIGHBOURS = 10
CHECKED = 2000  # queries that the plain reference computes
TOLERANCE = 1e-3  # of a share; distances in float32
MOST_DIFFERENT = 1e-3  # share of queries whose tenth neighbour may be another, of almost the same distance
Data = Mapping[str, Any]


class NeighboursKernel(Kernel):
    """Embeddings of n training images and a support set of them -> class shares (n, classes)."""

    name = "knn-prior"
    title = "Nearest confident neighbours in a classifier's embedding (NPC)"
    headline = "blocked"
    size_name = "images"
    implementations: ClassVar = (
        Implementation("blocked", f"{HERE}:blocked", "ours", "float32 products by blocks, one scan a row"),
        Implementation("torch topk", f"{HERE}:torch_topk", "ours", "torch: products by blocks, topk"),
        Implementation("torch cdist", f"{HERE}:torch_cdist", "peer", "torch.cdist by blocks, topk"),
        Implementation("sklearn brute", f"{HERE}:sklearn_brute", "peer", "KNeighborsClassifier", ("sklearn",)),
        Implementation(
            "sklearn kd-tree", f"{HERE}:sklearn_tree", "peer", "KNeighborsClassifier", ("sklearn",), False
        ),
        Implementation("faiss", f"{HERE}:faiss_flat", "peer", "IndexFlatL2", ("faiss",)),
        Implementation("plain", f"{HERE}:plain", "reference", "numpy, float64, all distances", threaded=False),
    )
    targets = (
        Target(
            "*images=mnist*", "ratio", "sklearn brute", at_least=1, reason="design: no slower than scikit-learn"
        ),
        Target("*images=mnist*", "limit", at_least=0.5, reason="design: bound by the product"),
    )
    notes = (
        "The time has all that follows the choice of the support set: an index or a tree, where there is one, and "
        "the weights of the neighbours.",
        "Limit: the product of all embeddings with the support set, 2 n m d operations in float32.",
        "faiss, torch cdist and torch topk return neighbours; ours computes their exact distances and weights.",
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        yield _point("digits", 1200)
        if profile != "smoke":
            yield _point("mnist-6k", 6000)
        if profile == "paper":
            yield _point("mnist", 55_000)

    def data(self, case: KernelCase, seed: int) -> Data:
        from harness.protocols.images.arrays import ImageSet
        from harness.protocols.noisy_labels.nearest_neighbours import confident_support
        from methods.npc.real_networks import images_of, trained

        images, targets = images_of(case["images"])
        classes = int(targets.max()) + 1
        outputs = trained(case).outputs(ImageSet(images[: case["n"]], classes))
        support = confident_support(outputs, np.random.default_rng(seed))
        return {
            "queries": outputs.embeddings,
            "points": np.ascontiguousarray(outputs.embeddings[support]),
            "labels": outputs.classes[support],
            "classes": classes,
        }

    def excluded(self, case: KernelCase, name: str) -> str | None:
        large = case["n"] > 10_000 and name in ("plain", "sklearn kd-tree")
        return "minutes a call: timed on 6,000 images" if large else None

    def reference(self, case: KernelCase, data: Data) -> np.ndarray:
        return _plain(data, CHECKED)

    def check(self, case: KernelCase, data: Data, name: str, output: Any, expected: np.ndarray) -> None:
        count = len(data["queries"])
        if np.shape(output) != (count, data["classes"]):
            raise Mismatch(f"shares of shape {np.shape(output)}, expected {(count, data['classes'])}")
        if np.abs(output.sum(axis=1) - 1).max() > TOLERANCE:
            raise Mismatch("the shares of a query do not sum to 1")
        different = np.abs(output[: len(expected)] - expected).max(axis=1) > TOLERANCE
        if different.mean() > MOST_DIFFERENT:
            raise Mismatch(
                f"shares of {different.sum()} of {len(expected)} queries differ by more than {TOLERANCE}"
            )

    def cost(self, case: KernelCase, data: Data) -> KernelCost:
        (count, width), points = data["queries"].shape, len(data["points"])
        return KernelCost(flops=2.0 * count * points * width, bytes=4.0 * (count + points) * width)


def _point(images: str, n: int) -> KernelCase:
    return case(size=n, images=images, n=n)


def blocked(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """The method's own search."""
    from harness.protocols.noisy_labels.nearest_neighbours import NearestClasses

    nearest = NearestClasses(data["points"], data["labels"], data["classes"], NEIGHBOURS, threads)
    return lambda: nearest.probabilities(data["queries"])


def torch_topk(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """Ranks by |p|² / 2 - q·p, in torch."""
    import torch

    queries, points = torch.from_numpy(data["queries"]), torch.from_numpy(data["points"])

    def places() -> np.ndarray:
        halves = (points * points).sum(1) / 2
        parts = (torch.addmm(halves, part, points.T, alpha=-1) for part in queries.split(1000))
        return torch.cat([part.topk(NEIGHBOURS, largest=False, sorted=False).indices for part in parts]).numpy()

    return lambda: _shares(data, places())


def torch_cdist(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """All distances by torch."""
    import torch

    queries, points = torch.from_numpy(data["queries"]), torch.from_numpy(data["points"])

    def places() -> np.ndarray:
        parts = (torch.cdist(part, points) for part in queries.split(1000))
        return torch.cat([part.topk(NEIGHBOURS, largest=False, sorted=False).indices for part in parts]).numpy()

    return lambda: _shares(data, places())


def sklearn_brute(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """scikit-learn's classifier, brute force."""
    return _sklearn(data, "brute")


def sklearn_tree(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """scikit-learn's classifier on a kd-tree."""
    return _sklearn(data, "kd_tree")


def _sklearn(data: Data, algorithm: str) -> Callable[[], np.ndarray]:
    from sklearn.neighbors import KNeighborsClassifier

    def call() -> np.ndarray:
        model = KNeighborsClassifier(NEIGHBOURS, weights="distance", algorithm=algorithm)
        model.fit(data["points"], data["labels"])
        shares = np.zeros((len(data["queries"]), data["classes"]))
        shares[:, model.classes_] = model.predict_proba(data["queries"])
        return shares

    return call


def faiss_flat(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """Brute force of faiss."""
    faiss = import_module("faiss")
    faiss.omp_set_num_threads(threads)

    def call() -> np.ndarray:
        index = faiss.IndexFlatL2(data["points"].shape[1])
        index.add(data["points"])
        return _shares(data, index.search(data["queries"], NEIGHBOURS)[1])

    return call


def plain(case: KernelCase, data: Data, threads: int) -> Callable[[], np.ndarray]:
    """All distances in float64."""
    return lambda: _plain(data, len(data["queries"]))


def _plain(data: Data, count: int) -> np.ndarray:
    from scipy.spatial.distance import cdist

    shares = []
    for query in data["queries"][:count]:
        distances = cdist(query[None], data["points"])[0]
        nearest = np.argsort(distances, kind="stable")[:NEIGHBOURS]
        chosen = distances[nearest]
        weights = (chosen == 0) * 1.0 if (chosen == 0).any() else 1 / chosen
        shares.append(np.bincount(data["labels"][nearest], weights / weights.sum(), data["classes"]))
    return np.stack(shares)


def _shares(data: Data, place: np.ndarray) -> np.ndarray:
    from harness.protocols.noisy_labels.nearest_neighbours import exact_distances, weighted_shares

    distance = exact_distances(data["points"], data["queries"], place)
    return weighted_shares(data["labels"][place], distance, data["classes"])


KERNEL = NeighboursKernel()

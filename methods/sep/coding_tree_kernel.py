"""Kernel `coding-tree`: greedy coding trees of one graph (height 2) and of a collection (height 3)."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from harness.kernels.contract import Implementation, Kernel, KernelCase, KernelCost, Mismatch, Target, case
from methods.sep.coding_tree import (
    CodingForest,
    CodingTree,
    DisjointGraphs,
    Graph,
    build_forest,
    build_tree,
    from_edges,
    refine,
    structural_entropy,
)

LARGEST_CHECKED = 3000
LARGEST_GREEDY = 300
LARGEST_VARIANTS = 10_000
LARGEST_TIMED = 3000  # most vertices for plain Python and the libraries
LIBRARIES = "baselines.graphs.community_detection.libraries"
HERE = "methods.sep.coding_tree_kernel"


class CodingTreeKernel(Kernel):
    """Build the tree that SEP pools by. Single-threaded by nature on one graph: merges follow one another."""

    name = "coding-tree"
    title = "Structural-entropy coding tree (SEP)"
    headline = "numba"
    size_name = "vertices"
    quality_name = "entropy"
    implementations: ClassVar = (
        Implementation("numba", f"{HERE}:compiled", "ours", "one compiled call", threaded=False),
        Implementation("numba, direct", f"{HERE}:direct", "ours", "merge to a binary tree first", threaded=False),
        Implementation(
            "numba + local moves", f"{HERE}:refined", "ours", "then move single vertices", threaded=False
        ),
        Implementation("plain Python", f"{HERE}:plain", "reference", "dictionaries and heapq", threaded=False),
        Implementation(
            "greedy modularity", f"{LIBRARIES}:greedy_modularity", "peer", "networkx", ("networkx",), False
        ),
        Implementation("Louvain", f"{LIBRARIES}:louvain", "peer", "networkx", ("networkx",), False),
        Implementation(
            "average linkage", f"{LIBRARIES}:average_linkage", "peer", "scipy, dense", ("scipy",), False
        ),
    )
    targets = (
        Target("graph=cora*", "ratio", "plain Python", at_least=100, reason="the harness's own goal"),
        Target("graph=cora*", "ratio", "plain Python", at_least=15, reason="design target"),
        Target("graph=cora*", "ratio", "greedy modularity", at_least=50, reason="design target"),
        Target("graph=cora*", "ratio", "Louvain", at_least=10, reason="design target"),
        Target("graph=mutag*", "ratio", "plain Python", at_least=10, reason="design target"),
        Target("graph=er,n=100000,*", "seconds", at_most=15, reason="design target"),
    )
    notes = (
        "Our builders return the same tree as plain Python, checked on every graph of at most 3,000 vertices; on "
        "larger ones the shape of the tree and the entropy of its best level are checked.",
        "Entropy is that of the whole tree. Peers give one level of clusters and minimise something else; lower is "
        "better, and modularity's communities often have the lower entropy.",
        "The limit reads the graph once; a heap of merges is bound by the latency of memory, far above it.",
    )

    def cases(self, profile: str) -> Iterable[KernelCase]:
        sizes = {"smoke": (100, 300), "standard": (1000, 10_000, 100_000)}.get(
            profile, (1000, 3000, 10_000, 30_000, 100_000)
        )
        if profile != "smoke":
            yield case(size=2708, graph="cora", height=2)
            yield case(size=3371, graph="mutag", height=3)
        for n in sizes:
            yield case(size=n, series="Erdős–Rényi, 4n edges, height 2", graph="er", n=n, height=2)

    def data(self, case: KernelCase, seed: int) -> Graph | DisjointGraphs:
        if case["graph"] == "er":
            return erdos_renyi(case["n"], seed)
        from harness.data.access import DataAccess
        from harness.data.datasets import open_dataset
        from harness.protocols.graphs.arrays import GraphDataset, NodeDataset

        sources = {"cora": "planetoid/Cora", "mutag": "tu/MUTAG"}
        dataset = open_dataset(sources[case["graph"]], DataAccess.from_environment())
        if isinstance(dataset, NodeDataset):
            return from_edges(dataset.graph.edge_index, dataset.graph.num_nodes)
        assert isinstance(dataset, GraphDataset)
        collection = dataset.collection
        return DisjointGraphs(collection.node_offsets, collection.edge_index, collection.edge_offsets)

    def excluded(self, case: KernelCase, name: str) -> str | None:
        entry = self.implementation(name)
        if case["graph"] == "mutag":
            if entry.role == "peer":
                return "takes one graph, not a collection"
            return "needs one graph" if name == "numba + local moves" else None
        if name == "average linkage" and case["graph"] == "cora":
            return "dense, a second a call: timed on 1,000 vertices"
        if name == "greedy modularity" and case["graph"] == "er" and case.size > LARGEST_GREEDY:
            return "seconds a call: timed on Cora"
        if case.size > LARGEST_VARIANTS and entry.role == "ours" and name != self.headline:
            return "a variant: timed at smaller sizes"
        return "too slow at this size" if case.size > LARGEST_TIMED and entry.role != "ours" else None

    def reference(self, case: KernelCase, data: Graph | DisjointGraphs) -> CodingTree | CodingForest | None:
        if isinstance(data, DisjointGraphs):
            return build_forest(data, case["height"], backend="reference")
        if case.size > LARGEST_CHECKED:
            return None
        return build_tree(data, case["height"], components="joint", backend="reference")

    def check(self, case: KernelCase, data: Any, name: str, output: Any, expected: Any) -> None:
        if isinstance(output, np.ndarray):
            if len(output) != data.num_nodes or output.min() < 0:
                raise Mismatch(f"labels of {len(output)} vertices, smallest {output.min()}; expected every vertex")
        elif isinstance(output, CodingForest):
            same = all(map(np.array_equal, output.parents, expected.parents))
            if name in ("numba", "plain Python") and not same:
                raise Mismatch("the trees differ from those of plain Python")
        else:
            _check_tree(case, data, name, output, expected)

    def cost(self, case: KernelCase, data: Graph | DisjointGraphs) -> KernelCost:
        graph = data.union() if isinstance(data, DisjointGraphs) else data
        return KernelCost(bytes=graph.indptr.nbytes + graph.indices.nbytes + graph.weight.nbytes)

    def quality(self, case: KernelCase, data: Any, name: str, output: Any, expected: Any) -> Mapping[str, float]:
        if isinstance(output, CodingForest):
            return {"entropy": _mean_entropy(data, output)}
        if isinstance(output, np.ndarray):
            _, output = np.unique(output, return_inverse=True)
            output = CodingTree((output, np.zeros(output.max() + 1, dtype=np.int64)))
        return {"entropy": structural_entropy(data, output), "clusters": float(output.level_sizes[1])}


def compiled(case: KernelCase, data: Graph | DisjointGraphs, threads: int) -> Any:
    """The compiled builder: grow from height 2, as the published code does."""
    return _builder(case, data)


def direct(case: KernelCase, data: Graph | DisjointGraphs, threads: int) -> Any:
    """The compiled builder with the paper's algorithm: a binary tree, then compressed."""
    return _builder(case, data, mode="direct")


def plain(case: KernelCase, data: Graph | DisjointGraphs, threads: int) -> Any:
    """The reference builder."""
    return _builder(case, data, backend="reference")


def refined(case: KernelCase, data: Graph, threads: int) -> Any:
    """The compiled builder followed by local moving."""
    build = _builder(case, data)
    return lambda: refine(data, build())


def _builder(case: KernelCase, data: Graph | DisjointGraphs, **options: Any) -> Any:
    if isinstance(data, DisjointGraphs):
        return lambda: build_forest(data, case["height"], **options)
    return lambda: build_tree(data, case["height"], components="joint", **options)


def _check_tree(case: KernelCase, graph: Graph, name: str, tree: CodingTree, expected: CodingTree | None) -> None:
    if tree.level_sizes[0] != graph.num_nodes or tree.height != case["height"]:
        raise Mismatch(
            f"a tree of {tree.level_sizes[0]} leaves and height {tree.height}, expected {graph.num_nodes} and "
            f"{case['height']}"
        )
    if expected is not None and name in ("numba", "plain Python") and tree != expected:
        raise Mismatch("the tree differs from that of plain Python")
    entropy, flat = structural_entropy(graph, tree), _flat_entropy(graph)
    if entropy > flat:
        raise Mismatch(f"entropy {entropy} above that of one cluster, {flat}")
    if expected is not None and name == "numba + local moves" and entropy > structural_entropy(graph, expected):
        raise Mismatch(f"local moves raised the entropy to {entropy}")


def _flat_entropy(graph: Graph) -> float:
    one_cluster = CodingTree((np.zeros(graph.num_nodes, dtype=np.int64), np.zeros(1, dtype=np.int64)))
    return structural_entropy(graph, one_cluster)


def _mean_entropy(collection: DisjointGraphs, forest: CodingForest) -> float:
    total = 0.0
    for g in range(collection.num_graphs):
        begin, end = collection.node_offsets[g : g + 2]
        columns = slice(*collection.edge_offsets[g : g + 2])
        graph = from_edges(collection.edge_index[:, columns] - begin, int(end - begin))
        total += structural_entropy(graph, forest.tree(g))
    return total / collection.num_graphs


def erdos_renyi(n: int, seed: int) -> Graph:
    """Return a random graph of about 4n edges, unweighted."""
    pairs = np.random.default_rng(seed).integers(0, n, (2, 4 * n))
    pairs = np.unique(np.sort(pairs, axis=0), axis=1)
    return from_edges(np.concatenate([pairs, pairs[::-1]], axis=1), n)


KERNEL = CodingTreeKernel()

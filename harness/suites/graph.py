"""Suite `graph`: hierarchical graph pooling (SEP, ICML 2022) against pooling baselines."""

from typing import Any

from harness.task import Extent, Suite, Task


def graphs(name: str, title: str, dataset: str, extents: dict[str, Extent], **options: Any) -> Task:
    """A graph classification task over ten fixed folds."""
    return Task(name, title, "graph-classification", dataset, "accuracy", "folds", extents, options=options)


def nodes(name: str, title: str, dataset: str, extents: dict[str, Extent]) -> Task:
    """Return a node classification task on one split, repeated over seeds."""
    return Task(name, title, "node-classification", dataset, "accuracy", "seeds", extents)


def drawing(name: str, title: str, dataset: str, extents: dict[str, Extent]) -> Task:
    """Return a reconstruction task, repeated over seeds."""
    return Task(name, title, "graph-reconstruction", dataset, "mse", "seeds", extents)


def folds(standard_seeds: int = 0, paper_seeds: int = 10) -> dict[str, Extent]:
    """Return all ten folds with these numbers of seeds; 0 for a task that the standard profile leaves out."""
    given = {"standard": standard_seeds, "paper": paper_seeds}
    return {profile: Extent(folds=10, seeds=n) for profile, n in given.items() if n}


def seeds(standard: int = 0, smoke: int = 0, paper: int = 10) -> dict[str, Extent]:
    """Return an extent of seeds for each profile that has any."""
    given = {"smoke": smoke, "standard": standard, "paper": paper}
    return {profile: Extent(seeds=n) for profile, n in given.items() if n}


TASKS = (
    graphs("rings-small", "rings of cliques or random, 40 graphs (generated)", "rings-of-cliques",
           {"smoke": Extent()}),
    graphs("rings", "rings of cliques or random (generated)", "rings-of-cliques-200", folds(1, paper_seeds=1)),
    graphs("mutag", "MUTAG molecules", "tu/MUTAG", folds(5)),
    graphs("ptc", "PTC molecules (344 graphs)", "tu/PTC", folds(1)),
    graphs("proteins", "PROTEINS", "tu/PROTEINS", folds(1)),
    graphs("imdb-b", "IMDB-BINARY collaborations", "tu/IMDB-BINARY", folds(1), link_input=True),
    graphs("imdb-m", "IMDB-MULTI collaborations", "tu/IMDB-MULTI", folds(), link_input=True),
    graphs("nci1", "NCI1 molecules", "tu/NCI1", folds()),
    graphs("collab", "COLLAB collaborations", "tu/COLLAB", folds(), link_input=True),
    graphs("dd", "D&D proteins", "tu/DD", folds(), link_input=True),
    Task("molhiv", "ogbg-molhiv molecules, scaffold split", "graph-classification", "ogb/ogbg-molhiv", "roc_auc",
         "seeds", seeds()),
    nodes("karate", "Zachary's karate club (bundled)", "karate", seeds(standard=10, smoke=1)),
    nodes("cora", "Cora citations, public split", "planetoid/Cora", seeds(standard=10)),
    nodes("citeseer", "CiteSeer citations, public split", "planetoid/CiteSeer", seeds(standard=10)),
    nodes("pubmed", "PubMed citations, public split", "planetoid/PubMed", seeds()),
    drawing("ring-small", "ring of 40 nodes (generated)", "ring-40", {"smoke": Extent()}),
    drawing("ring", "ring of 200 nodes (generated)", "ring-200", seeds(standard=10)),
    drawing("grid", "grid of 30 x 30 nodes (generated)", "grid-30", seeds(standard=10)),
)  # fmt: skip

SUITE = Suite(
    "graph",
    "Hierarchical graph pooling: SEP against pooling and flat baselines",
    TASKS,
    contenders={
        "graph-classification": (
            "sep-g", "sep-g-random-tree", "sep-g-louvain", "gcn-sum", "gcn-mean", "gin-sum", "gin-mean", "sagpool",
            "topkpool", "asap", "diffpool", "mincutpool", "gmt", "size-only",
        ),
        "node-classification": (
            "sep-n", "sep-n-normalised", "sep-n-random-tree", "sep-n-louvain", "gcn", "gcn-published", "gat",
            "graph-u-net", "features-only",
        ),
        "graph-reconstruction": ("sep-u", "topk-ae", "sag-ae", "asap-ae", "diffpool-ae", "mincut-ae"),
    },
    references={
        "graph-classification": "gcn-sum",
        "node-classification": "gcn",
        "graph-reconstruction": "mincut-ae",
    },
    kernels=("coding-tree",),
)  # fmt: skip

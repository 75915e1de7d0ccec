"""Which data sets exist, by name. Reading this module imports no numerical library.

Loaders are named by strings ``module:function``. A bundled or generated set has a loader ``f(entry)`` that
returns the data set; a real set has a reader ``f(folder, entry)`` that turns its raw files, through the library
that the field reads them with, into arrays, in a process of its own.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Literal

from harness.data.image_checksums import FASHION_MNIST_SHA256, MNIST_SHA256
from harness.data.planetoid_checksums import SHA256 as PLANETOID_SHA256

Kind = Literal["bundled", "generated", "real"]


@dataclass(frozen=True)
class RawLayout:
    """Which files a real set consists of, the same below the data root and below the cache.

    Attributes:
        folder: relative to the data root.
        required: files, relative to `folder`, without which the set is not there.
        content: glob patterns, relative to `folder`, of all files that the set is read from.
        archive_folder: the folder inside the downloaded archive, or None where single files are downloaded.
        unpack_to: where in `folder` the archive's (or the single) files belong.
        checksums: SHA-256 by URL where the official bytes are known; other URLs are trusted on first use.
    """

    folder: str
    required: tuple[str, ...]
    content: tuple[str, ...]
    archive_folder: str | None = None
    unpack_to: str = "raw"
    checksums: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetEntry:
    """One data set: what it is and where it comes from.

    Attributes:
        protocol: name of the protocol that its tasks belong to.
        loader: ``module:function``, see the module's docstring.
        version: raised whenever the loader gives other content; part of the fingerprint.
        download_bytes: approximate size of the official download, None where nothing can be downloaded.
        urls: official addresses.
        items, classes: published number of graphs (or nodes) and of classes; a set that differs is refused.
        cure: what to do when it cannot be had; replaces the general advice.
    """

    name: str
    title: str
    protocol: str
    kind: Kind
    loader: str
    licence: str
    version: int = 1
    download_bytes: int | None = None
    urls: tuple[str, ...] = ()
    raw: RawLayout | None = None
    items: int | None = None
    classes: int | None = None
    cure: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for a process of its own to rebuild the entry from."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "DatasetEntry":
        """Undo :meth:`as_dict`, also after a way through JSON."""
        raw = values["raw"]
        if raw is not None:
            raw = RawLayout(**{**raw, "required": tuple(raw["required"]), "content": tuple(raw["content"])})
        return cls(**{**values, "urls": tuple(values["urls"]), "raw": raw})


TU_SITE = "https://www.chrsmrrs.com/graphkerneldatasets"
PLANETOID_SITE = "https://github.com/kimiyoung/planetoid/raw/master/data"
TU_LICENCE = "as published with the TUDataset collection (Morris et al. 2020); research use"
OGB_SITE = "http://snap.stanford.edu/ogb/data"
MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
FASHION_MNIST_SITE = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"


def _tu(
    name: str,
    title: str,
    items: int,
    classes: int,
    download_bytes: int | None,
    cure: str = "",
    licence: str = TU_LICENCE,
) -> DatasetEntry:
    files = tuple(f"raw/{name}_{part}.txt" for part in ("A", "graph_indicator", "graph_labels"))
    content = (f"raw/{name}_*.txt", "10fold_idx/test_idx-*.txt")
    return DatasetEntry(
        name=f"tu/{name}",
        title=title,
        protocol="graph-classification",
        kind="real",
        loader="harness.data.tudataset:read",
        licence=licence,
        download_bytes=download_bytes,
        urls=(f"{TU_SITE}/{name}.zip",) if download_bytes else (),
        raw=RawLayout(f"tudataset/{name}", files, content, archive_folder=name),
        items=items,
        classes=classes,
        cure=cure,
        options={"name": name},
    )


def _planetoid(name: str, title: str, items: int, classes: int, download_bytes: int) -> DatasetEntry:
    parts = ("x", "tx", "allx", "y", "ty", "ally", "graph", "test.index")
    files = tuple(f"ind.{name.lower()}.{part}" for part in parts)
    return DatasetEntry(
        name=f"planetoid/{name}",
        title=title,
        protocol="node-classification",
        kind="real",
        loader="harness.data.planetoid:read",
        licence="as published with Planetoid (Yang et al. 2016); research use",
        download_bytes=download_bytes,
        urls=tuple(f"{PLANETOID_SITE}/{file}" for file in files),
        raw=RawLayout(
            f"planetoid/{name}",
            tuple(f"raw/{file}" for file in files),
            (f"raw/ind.{name.lower()}.*",),
            checksums={f"{PLANETOID_SITE}/{f}": PLANETOID_SHA256[f] for f in files if f in PLANETOID_SHA256},
        ),
        items=items,
        classes=classes,
        options={"name": name},
    )


def _ogb(
    name: str, title: str, protocol: str, url: str, split: str, licence: str, items: int, classes: int, size: int
) -> DatasetEntry:
    lists = tuple(f"split/{split}/{part}.csv.gz" for part in ("train", "valid", "test"))
    graphs = protocol == "graph-classification"
    labels = "raw/graph-label.csv.gz" if graphs else "raw/node-label.csv.gz"
    parts = ("edge", "node-feat", "num-node-list", "num-edge-list", "edge-feat" if graphs else "node_year")
    raw = tuple(f"raw/{part}.csv.gz" for part in parts)
    return DatasetEntry(
        name=f"ogb/{name}",
        title=title,
        protocol=protocol,
        kind="real",
        loader=f"harness.data.ogb_sets:read_{'graphs' if graphs else 'nodes'}",
        licence=licence,
        download_bytes=size,
        urls=(f"{OGB_SITE}/{url}",),
        raw=RawLayout(
            f"ogb/{name.replace('-', '_')}",
            (*raw, labels, *lists, "RELEASE_v1.txt"),
            ("raw/*.csv.gz", f"split/{split}/*.csv.gz", "RELEASE_v*.txt"),
            archive_folder=url.rpartition("/")[2].removesuffix(".zip"),
            unpack_to="",
        ),
        items=items,
        classes=classes,
        options={"name": name},
    )


_image_set = partial(DatasetEntry, protocol="image-classification", kind="real")


def _fashion_mnist() -> DatasetEntry:
    files = tuple(FASHION_MNIST_SHA256)
    return _image_set(
        name="fashion-mnist",
        title="Fashion-MNIST: articles of clothing, 28 x 28 grey, 55,000 train, 5,000 validate, 10,000 test",
        loader="harness.data.mnist:read_idx_files",
        licence="MIT (Xiao et al. 2017)",
        download_bytes=30_900_000,
        urls=tuple(f"{FASHION_MNIST_SITE}/{file}" for file in files),
        raw=RawLayout(
            "fashion-mnist",
            tuple(f"raw/{file}" for file in files),
            ("raw/*-ubyte.gz",),
            checksums={f"{FASHION_MNIST_SITE}/{file}": digest for file, digest in FASHION_MNIST_SHA256.items()},
        ),
        items=70_000,
        classes=10,
        options={"classes": 10, "valid": 5000},
    )


def _mnist(name: str, title: str, items: int, **subset: Any) -> DatasetEntry:
    return _image_set(
        name=name,
        title=f"MNIST: handwritten digits, 28 x 28 grey, {title}, 5,000 validate, 10,000 test",
        loader="harness.data.mnist:read_npz",
        licence="as published with MNIST (LeCun et al. 1998); distributed by Keras",
        download_bytes=11_500_000,
        urls=(MNIST_URL,),
        raw=RawLayout("mnist", ("mnist.npz",), ("mnist.npz",), unpack_to="", checksums={MNIST_URL: MNIST_SHA256}),
        items=items,
        classes=10,
        options={"classes": 10, "valid": 5000, **subset},
    )


def _cifar10_jpeg(name: str, train: int, items: int) -> DatasetEntry:
    return _image_set(
        name=name,
        title=f"CIFAR-10 re-encoded as JPEG, 32 x 32 in colour, {train:,} train, 2,000 validate, 10,000 test",
        loader="harness.data.cifar10_jpeg:read",
        licence="as published with CIFAR-10 (Krizhevsky 2009); research use",
        raw=RawLayout("cifar10-jpeg", ("train.npz", "test.npz"), ("train.npz", "test.npz")),
        items=items,
        classes=10,
        cure=CIFAR10_JPEG_CURE,
        options={"classes": 10, "valid": 2000, "train": train},
    )


_made = partial(DatasetEntry, kind="generated", licence="generated by this program")
_rings = partial(_made, protocol="graph-classification")
_drawn = partial(_made, protocol="graph-reconstruction", version=1)
_gratings = partial(_made, protocol="image-classification", loader="harness.data.gratings:gratings")
_GRATINGS = {"images": 480, "orientations": 4, "frequency": (0.1, 0.2), "noise": 0.2, "folds": 5}

PTC_CURE = (
    "This is the 344-graph PTC of the graph-kernel and pooling literature, distributed with DGCNN "
    "(https://github.com/muhanzhang/DGCNN); the TU collection offers only PTC_MR, PTC_FM, PTC_MM and PTC_FR, which "
    "are other data and are not substituted. Put PTC_A.txt, PTC_graph_indicator.txt, PTC_graph_labels.txt and "
    "PTC_node_labels.txt into <data root>/tudataset/PTC/raw and the fold lists test_idx-1.txt … test_idx-10.txt "
    "into <data root>/tudataset/PTC/10fold_idx, then give --data-root (or BENCH_DATA)."
)

CIFAR10_JPEG_CURE = (
    "These are the images of CIFAR-10 re-encoded as JPEG, in an order of their own; the official files are other "
    "data and are not substituted. Put train.npz and test.npz (arrays jpeg, offset, label) into "
    "<data root>/cifar10-jpeg and give --data-root (or BENCH_DATA). To make them: encode each image with Pillow, "
    "join the files in `jpeg` (uint8), put where each begins, and the end, in `offset`, its class in `label`, and "
    "let the classes take turns."
)
YALE_CURE = (
    "Extended Yale B is given out for research on request (http://vision.ucsd.edu/~leekc/ExtYaleDatabase). Put the "
    "common redistribution of its cropped faces, YaleB_32x32.mat (features 1024 x 2414, Label 1 x 2414), into "
    "<data root>/yaleb and give --data-root (or BENCH_DATA)."
)

_ENTRIES = (
    _rings(
        name="rings-of-cliques",
        title="rings of cliques against Erdős–Rényi graphs, 40 graphs of at most 24 nodes",
        loader="harness.data.rings_of_cliques:uniform",
        options={"graphs": 40, "cliques": (3, 4), "sizes": (4, 6), "folds": 5},
    ),
    _rings(
        name="rings-of-cliques-200",
        title="noisy rings of cliques against rewired ones with equal degrees, 200 graphs",
        loader="harness.data.rings_of_cliques:degree_preserving",
        options={"graphs": 200, "cliques": (4, 8), "sizes": (4, 6), "folds": 10, "noise": 0.25, "mixing": 3.0},
    ),
    _drawn(name="ring-40", title="ring of 40 nodes", loader="harness.data.drawings:ring", options={"nodes": 40}),
    _drawn(name="ring-200", title="ring of 200 nodes", loader="harness.data.drawings:ring", options={"nodes": 200}),
    _drawn(
        name="grid-30", title="grid of 30 x 30 nodes", loader="harness.data.drawings:grid", options={"side": 30}
    ),
    _made(
        name="sbm",
        title="stochastic block model, 4 blocks of 150 nodes, noisy binary features",
        protocol="node-classification",
        loader="harness.data.block_model:planted_partition",
        options={
            "blocks": 4,
            "block_size": 150,
            "inside": 0.04,
            "across": 0.007,
            "words_per_block": 16,
            "own_word": 0.16,
            "other_word": 0.10,
            "train": 20,
            "valid": 30,
        },
    ),
    DatasetEntry(
        name="karate",
        title="Zachary's karate club, 34 members, 78 friendships, two factions",
        protocol="node-classification",
        kind="bundled",
        loader="harness.data.karate:karate_club",
        licence="public (Zachary 1977), distributed with networkx (BSD-3-Clause)",
        options={"train": 4, "valid": 4},
    ),
    _tu("MUTAG", "mutagenic aromatic compounds", 188, 2, 20_000),
    _tu(
        "PTC",
        "carcinogenic compounds, 344 graphs",
        344,
        2,
        None,
        PTC_CURE,
        "as distributed with DGCNN; research use",
    ),
    _tu("PROTEINS", "proteins, enzymes or not", 1113, 2, 3_000_000),
    _tu("IMDB-BINARY", "ego networks of actors, 2 genres", 1000, 2, 500_000),
    _tu("IMDB-MULTI", "ego networks of actors, 3 genres", 1500, 3, 500_000),
    _tu("NCI1", "compounds active against lung cancer", 4110, 2, 2_000_000),
    _tu("NCI109", "compounds active against ovarian cancer", 4127, 2, 2_000_000),
    _tu("ENZYMES", "enzymes, 6 top-level classes", 600, 6, 2_000_000),
    _tu("COLLAB", "ego networks of researchers, 3 fields", 5000, 3, 50_000_000),
    _tu("DD", "large proteins, enzymes or not (D&D)", 1178, 2, 7_000_000),
    _planetoid("Cora", "citations among machine-learning papers", 2708, 7, 567_000),
    _planetoid("CiteSeer", "citations among computer-science papers", 3327, 6, 1_036_000),
    _planetoid("PubMed", "citations among diabetes papers", 19717, 3, 9_000_000),
    _ogb(
        "ogbg-molhiv",
        "molecules that inhibit HIV replication, scaffold split",
        "graph-classification",
        "graphproppred/csv_mol_download/hiv.zip",
        "scaffold",
        "MIT (Hu et al. 2020, from MoleculeNet)",
        items=41127,
        classes=2,
        size=3_000_000,
    ),
    _ogb(
        "ogbn-arxiv",
        "citations among arXiv computer-science papers, split by year",
        "node-classification",
        "nodeproppred/arxiv.zip",
        "time",
        "ODC-BY (Hu et al. 2020)",
        items=169343,
        classes=40,
        size=85_000_000,
    ),
    DatasetEntry(
        name="digits",
        title="handwritten digits, 8 x 8 grey, 1,797 images, 5 folds",
        protocol="image-classification",
        kind="bundled",
        loader="harness.data.digits_images:digits",
        licence="CC BY 4.0 (Alpaydin & Kaynak 1998, UCI), distributed with scikit-learn (BSD-3-Clause)",
        options={"folds": 5},
    ),
    _gratings(
        name="gratings",
        title="noisy gratings of 4 orientations, 16 x 16 grey, 480 images",
        options={**_GRATINGS, "side": 16, "channels": 1},
    ),
    _gratings(
        name="gratings-rgb",
        title="noisy gratings of 4 orientations, 32 x 32 in colour, 480 images",
        options={**_GRATINGS, "side": 32, "channels": 3},
    ),
    _mnist("mnist", "55,000 train", 70_000),
    _mnist("mnist-20k", "20,000 train (stratified)", 35_000, train=20_000, draw="stratified"),
    _mnist("mnist-10k", "10,000 train (stratified)", 25_000, train=10_000, draw="stratified"),
    _mnist("mnist-6k", "the first 6,000 train", 21_000, train=6000, draw="first"),
    _fashion_mnist(),
    _cifar10_jpeg("cifar10-jpeg", 18_000, 30_000),
    _cifar10_jpeg("cifar10-jpeg-8k", 8000, 20_000),
    _image_set(
        name="yale-faces",
        title="Extended Yale B: 38 faces under 64 lights, 32 x 32 grey, 2,414 images",
        loader="harness.data.yale_faces:read",
        licence="research use (Georghiades et al. 2001, Lee et al. 2005)",
        raw=RawLayout("yaleb", ("YaleB_32x32.mat",), ("YaleB_32x32.mat",)),
        items=2414,
        classes=38,
        cure=YALE_CURE,
        options={"classes": 38, "train": 36, "valid": 8},
    ),
)

DATASETS: Mapping[str, DatasetEntry] = {entry.name: entry for entry in _ENTRIES}

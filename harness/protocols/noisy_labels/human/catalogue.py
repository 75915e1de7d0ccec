"""CIFAR-10 and CIFAR-10H: official files, and sets on which the labels of people train. It imports no library.

CIFAR-10H (Peterson, Battleday, Griffiths, Russakovsky, ICCV 2019) labels the official *test* images, so the parts
of CIFAR-10 change roles: its 10,000 test images train and validate, its 50,000 training images test.
"""

from functools import partial
from typing import Any

from harness.data.entry import DatasetEntry, RawLayout

ROOM = "harness.protocols.noisy_labels"
NOISY = f"{ROOM}.arrays:NoisyDataset"

CIFAR10_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR10_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
CIFAR10_BYTES = 170_052_171
CIFAR10_LICENCE = "as published with CIFAR-10 (Krizhevsky 2009); research use"

CIFAR10H_SITE = "https://raw.githubusercontent.com/jcpeterson/cifar-10h/master/data"
CIFAR10H_LICENCE = "CC BY-NC-SA 4.0: non-commercial, share alike (Peterson et al. 2019)"
COUNTS_URL, PROBS_URL = f"{CIFAR10H_SITE}/cifar10h-counts.npy", f"{CIFAR10H_SITE}/cifar10h-probs.npy"
COUNTS_SHA256 = {
    COUNTS_URL: "9b36b4550349af56c79083356312eb4af856cc5fd3caf1f669d40b9d0bbb69ff",
    PROBS_URL: "436ae98620e00073f9d08585ac870573b588853e7af9f54eb1647408114af77d",
}
RAW_URL = f"{CIFAR10H_SITE}/cifar10h-raw.zip"

ARCHIVE, RAW_ARCHIVE = "cifar-10-binary.tar.gz", "cifar10h-raw.zip"
COUNTS, PROBS = "cifar10h-counts.npy", "cifar10h-probs.npy"


def _files(folder: str, *names: str, **checksums: Any) -> RawLayout:
    return RawLayout(folder, names, names, unpack_to="", **checksums)


_human = partial(
    DatasetEntry,
    type=NOISY,
    kind="derived",
    base="cifar10h-images",
    licence=f"images {CIFAR10_LICENCE}; labels {CIFAR10H_LICENCE}",
)

HUMAN_DATASETS: tuple[DatasetEntry, ...] = (
    DatasetEntry(
        name="cifar10",
        title="CIFAR-10, official: 32 x 32 in colour, 45,000 train, 5,000 validate, 10,000 test",
        type="harness.protocols.images.arrays:ImageDataset",
        kind="real",
        loader=f"{ROOM}.human.cifar10:read",
        licence=CIFAR10_LICENCE,
        download_bytes=CIFAR10_BYTES,
        urls=(CIFAR10_URL,),
        raw=_files("cifar10", ARCHIVE, checksums={CIFAR10_URL: CIFAR10_SHA256}),
        items=60_000,
        classes=10,
        options={"classes": 10, "valid": 5000},
    ),
    DatasetEntry(
        name="cifar10h",
        title="CIFAR-10H: numbers of human labels of each class for the 10,000 test images of CIFAR-10",
        type=f"{ROOM}.human.arrays:HumanLabelCounts",
        kind="real",
        loader=f"{ROOM}.human.cifar10h:read_counts",
        licence=CIFAR10H_LICENCE,
        download_bytes=1_600_256,
        urls=(COUNTS_URL, PROBS_URL),
        raw=_files("cifar10h", COUNTS, PROBS, checksums=COUNTS_SHA256),
        items=10_000,
        classes=10,
    ),
    DatasetEntry(
        name="cifar10h-raw",
        title="CIFAR-10H: each label with its annotator, time and place in the session, of 2,571 annotators",
        type=f"{ROOM}.human.arrays:HumanAnnotations",
        kind="real",
        loader=f"{ROOM}.human.cifar10h:read_annotations",
        licence=CIFAR10H_LICENCE,
        download_bytes=10_000_000,  # not published; about a tenth of the table that it holds
        urls=(RAW_URL,),
        raw=_files("cifar10h-raw", RAW_ARCHIVE),
        items=10_000,
        classes=10,
        options={"classes": 10, "annotators": 2571},
    ),
    DatasetEntry(
        name="cifar10h-images",
        title="CIFAR-10H with the images of CIFAR-10: 9,500 train, 500 validate, the 50,000 others test",
        type=NOISY,
        kind="real",
        loader=f"{ROOM}.human.cifar10h:read_images",
        licence=f"images {CIFAR10_LICENCE}; labels {CIFAR10H_LICENCE}",
        download_bytes=CIFAR10_BYTES,
        urls=(CIFAR10_URL, RAW_URL),
        raw=_files("cifar10h-images", ARCHIVE, RAW_ARCHIVE, checksums={CIFAR10_URL: CIFAR10_SHA256}),
        items=60_000,
        classes=10,
        options={"classes": 10, "annotators": 2571, "valid": 500},
    ),
    _human(
        name="cifar10h-crowd",
        title="CIFAR-10H, about 51 labels an image by 2,571 annotators; test on the official training images",
        loader=f"{ROOM}.human.derive:standardised_crowd",
        options={"clip": False},
    ),
    _human(
        name="cifar10h-crowd-clipped",
        title="CIFAR-10H, about 51 labels an image by 2,571 annotators, reaction times up to the 99th percentile",
        loader=f"{ROOM}.human.derive:standardised_crowd",
        options={"clip": True},
    ),
    _human(
        name="cifar10h-simulated",
        title="CIFAR-10, two labels an image by 100 simulated annotators, drawn from the labels of people",
        loader=f"{ROOM}.human.derive:simulated_crowd",
        options={"draws": 3, "seed": 0, "annotators": {}},
    ),
)

"""Claims of the paper of structured tickets on tasks and kernels of suite `sparse`, and questions of our own.

Levels are named by the percent of kept weights; every contrast is at equal live density, that of the network
without its dead channels. They end where the paper's do: its Refill keeps 33 % of the weights or more, its Regroup
20 % or more. Figures are those of the paper's text and tables A3 and A4 (ResNet-18 on CIFAR-10). They are
accuracies on the official CIFAR-10 with 45,000 training images; our images are re-encoded and fewer. No figure is
published for the networks and data of the smaller tasks, so there are no positive controls.
"""

from harness.claims.declaration import Claim, Reported
from harness.claims.quantities import KernelSpeed, MeanDifference, MeanLevel

MLP, CONV = "tickets-mnist-mlp", "tickets-mnist-conv"
RESNET, EXTREME, VGG = "tickets-cifar-resnet18", "tickets-cifar-resnet18-extreme", "tickets-cifar-vgg16"
LEVELS = tuple((task, percent) for task in (MLP, CONV) for percent in (80, 64, 51, 41, 26))
CHANNEL_LEVELS = tuple((task, percent) for task, percent in LEVELS if percent > 33)
"""Levels of the claims about Refill."""
TABLES = tuple((RESNET, percent) for percent in (80, 64, 51, 41, 33))
NO_CONTROL = "no figure is published for these networks and images"
NO_SIZE = "the paper claims an order without a size; a difference of any size"
SEED_SPREAD = "half a point, about the spread of these small networks between seeds"
ABOUT = "one point for `about equal`: twice the spread between seeds"


def at(levels: tuple[tuple[str, int], ...], contender: str, against: str) -> tuple[MeanDifference, ...]:
    """Return the difference in accuracy at each of some levels, (task, nominal percent)."""
    return tuple(MeanDifference(task, contender, against, f"accuracy_at_{percent}") for task, percent in levels)


def time_at(*levels: tuple[str, int]) -> tuple[MeanLevel, ...]:
    """Return the seconds of a regrouped ticket / those of the dense network at some levels."""
    return tuple(MeanLevel(task, "regroup", f"time_ratio_at_{percent}", ratio=True) for task, percent in levels)


_CHAIN = tuple(
    Claim(
        f"tickets-{better}-no-worse-than-{worse}",
        f"at equal live density, {better_title} is at least as accurate as {worse_title}",
        "no worse",
        at(levels, better, worse),
        reason=SEED_SPREAD,
        minimal_units=5,
        margin=0.5,
        uncontrolled=NO_CONTROL,
    )
    for better, better_title, worse, worse_title, levels in (
        ("imp", "an unstructured ticket", "regroup", "a regrouped one", LEVELS),
        ("regroup", "a regrouped ticket", "refill", "a refilled one", CHANNEL_LEVELS),
        ("refill", "a refilled ticket", "channel-l1", "one-shot channel pruning", CHANNEL_LEVELS),
    )
)

ORDER = (
    *_CHAIN,
    Claim(
        "tickets-regroup-beats-random-mask",
        "at equal live density, a regrouped ticket is more accurate than a random mask",
        "superiority",
        at(LEVELS, "regroup", "random-mask"),
        reason=NO_SIZE,
        minimal_units=5,
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "tickets-channel-l1-equals-random-mask",
        "at equal live density, one-shot channel pruning is about as accurate as a random mask",
        "equal",
        at(LEVELS, "channel-l1", "random-mask"),
        reason=ABOUT,
        minimal_units=5,
        margin=1.0,
        uncontrolled=NO_CONTROL,
    ),
)

WEIGHTS = tuple(
    Claim(
        f"tickets-{contender}-beats-fresh-weights",
        f"the masks of {contender} train better from rewound weights than from fresh ones",
        "superiority",
        at(levels, contender, f"{contender}-random-ticket"),
        reason=NO_SIZE,
        minimal_units=5,
        uncontrolled=NO_CONTROL,
    )
    for contender, levels in (("imp", LEVELS), ("refill", CHANNEL_LEVELS), ("regroup", LEVELS))
) + tuple(
    Claim(
        f"tickets-{contender}-beats-fresh-weights-resnet18",
        f"of ResNet-18 on CIFAR-10, the masks of {contender} train better from rewound weights ({table})",
        "superiority",
        at(TABLES, contender, f"{contender}-random-ticket"),
        reason="the mean gain of the table's five rows is reported; a gain of any size",
        minimal_units=5,
        reported=Reported(gain),
        uncontrolled=NO_CONTROL,
    )
    for contender, table, gain in (("refill", "table A3", 0.23), ("regroup", "table A4", 0.73))
)

WINNING = tuple(
    Claim(
        f"tickets-{contender}-wins",
        f"{title} is a winning ticket: no less accurate than the dense network, at every level",
        "no worse",
        at(levels, contender, "dense"),
        reason=SEED_SPREAD,
        minimal_units=5,
        margin=0.5,
        headline=contender == "regroup",
        uncontrolled=NO_CONTROL,
    )
    for contender, title, levels in (
        ("regroup", "a regrouped ticket", LEVELS),
        ("refill", "a refilled ticket", CHANNEL_LEVELS),
    )
) + tuple(
    Claim(
        f"tickets-{contender}-wins-at-{100 - percent}-percent-{name}",
        f"on CIFAR-10, {contender} finds winning tickets of {name} up to about {sparsity} % sparsity",
        "no worse",
        at(((task, percent),), contender, "dense"),
        reason="0.3 points, the spread of published CIFAR-10 accuracies of one network; the paper claims no loss",
        minimal_units=5,
        margin=0.3,
        reported=Reported(0.0),
        uncontrolled=NO_CONTROL,
    )
    for contender, name, task, percent, sparsity in (
        ("refill", "resnet18", EXTREME, 51, 50),
        ("regroup", "resnet18", EXTREME, 21, 78),
        ("refill", "vgg16", VGG, 41, 60),
        ("regroup", "vgg16", VGG, 21, 80),
    )
)

KERNELS = (
    Claim(
        "blocks-beat-csr",
        "at equal live density, dense blocks are faster than compressed sparse rows, in every layer",
        "faster",
        tuple(
            KernelSpeed("block-inference", "layer=conv*", against, "blocks")
            for against in ("torch-csr", "scipy-csr")
        ),
        combine="each",
        reason="the paper claims faster, without a size against CSR",
        minimal_units=3,
        size=1.0,
    ),
    Claim(
        "blocks-beat-dense-below-30-percent",
        "with less than 30 % of a layer kept, dense blocks are computed faster than the dense layer",
        "faster",
        tuple(
            KernelSpeed("block-inference", f"layer={case}", "conv2d", "blocks")
            for case in ("conv4_[23]*", "conv5*")
        ),
        combine="each",
        reason="the paper's layers are faster below some density; in a first measurement ours were below 30 %",
        minimal_units=3,
        size=1.0,
    ),
    Claim(
        "dispatch-never-slower-than-dense",
        "with the fastest implementation of each layer, no layer is slower than dense",
        "faster",
        (KernelSpeed("block-inference", "layer=conv*", "conv2d", "dispatch"),),
        combine="each",
        reason="three per cent: a short measurement may choose the second best of two nearly equal implementations",
        minimal_units=3,
        size=1.0,
        tolerance=0.03,
        provenance="ours",
    ),
)

CLAIMS = (
    *ORDER,
    *WEIGHTS,
    *WINNING,
    Claim(
        "tickets-regroup-beats-refill-at-the-sparsest-level",
        "dense blocks keep their accuracy at higher sparsity than whole channels",
        "superiority",
        at(((MLP, 26), (CONV, 26)), "regroup", "refill"),
        reason=NO_SIZE,
        minimal_units=5,
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "tickets-postprocessing-beats-group-aware-pruning",
        "regrouping the last mask is more accurate than regrouping in every round",
        "superiority",
        at(LEVELS, "regroup", "regroup-group-aware"),
        reason=NO_SIZE,
        minimal_units=5,
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "tickets-row-groups-matter",
        "row groups that share columns give more accurate tickets than groups drawn at random",
        "superiority",
        at(LEVELS, "regroup", "regroup-random-partition"),
        reason="an effect of the partition of any size",
        minimal_units=5,
        provenance="ours",
        uncontrolled=NO_CONTROL,
    ),
    *KERNELS,
    Claim(
        "tickets-regroup-saves-time",
        "a trained regrouped ticket is computed in less time than the dense network",
        "faster",
        time_at((MLP, 41), (MLP, 26), (CONV, 41), (CONV, 26)),
        reason="a saving of any size: the paper's factors are of other networks on a GPU",
        minimal_units=5,
        size=1.0,
        provenance="ours",
        uncontrolled=NO_CONTROL,
    ),
    Claim(
        "tickets-regroup-saves-58-percent-vgg16",
        "the regrouped ticket of VGG-16 at about 80 % sparsity saves 57.75 % of the time",
        "faster",
        time_at((VGG, 21)),
        reason="the paper's saving, of a GPU; here on the CPU",
        minimal_units=5,
        size=0.4225,
        reported=Reported(0.4225),
        uncontrolled=NO_CONTROL,
    ),
)

"""The contenders and the kernel of DRAGONN; tasks of variants name those after `dragonn-no-feedback`."""

from harness.contract.roster import ContenderEntry, KernelEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("dragonn", "gradient-compression", "method", "DRAGONN: hash table, sampled threshold, error feedback", "methods.dragonn.contenders:Dragonn"),
        ContenderEntry("dragonn-no-feedback", "gradient-compression", "control", "DRAGONN without error feedback", "methods.dragonn.contenders:DragonnNoFeedback"),
        ContenderEntry("dragonn-sampled", "gradient-compression", "method", "DRAGONN, the default", "methods.dragonn.contenders:DragonnSampled"),
        ContenderEntry("dragonn-exact", "gradient-compression", "control", "DRAGONN, threshold of rank k", "methods.dragonn.contenders:DragonnExact"),
        ContenderEntry("dragonn-ema", "gradient-compression", "control", "DRAGONN, threshold that follows the count", "methods.dragonn.contenders:DragonnEMA"),
        ContenderEntry("dragonn-exp", "gradient-compression", "control", "DRAGONN, threshold of an exponential law", "methods.dragonn.contenders:DragonnExponential"),
        ContenderEntry("dragonn-max-abs", "gradient-compression", "control", "DRAGONN, largest magnitude in a slot stays", "methods.dragonn.contenders:DragonnMaxAbs"),
        ContenderEntry("dragonn-probe2", "gradient-compression", "control", "DRAGONN, first empty of two slots", "methods.dragonn.contenders:DragonnProbe2"),
        ContenderEntry("dragonn-probe4", "gradient-compression", "control", "DRAGONN, first empty of four slots", "methods.dragonn.contenders:DragonnProbe4"),
        ContenderEntry("dragonn-fixed-wire", "gradient-compression", "control", "DRAGONN, whole table on the wire", "methods.dragonn.contenders:DragonnFixedWire"),
        ContenderEntry("dragonn-dgc-memory", "gradient-compression", "control", "DRAGONN, momentum in its memory", "methods.dragonn.contenders:DragonnDGCMemory"),
        ContenderEntry("dragonn-cost", "gradient-compression", "control", "DRAGONN, buckets chosen by measured cost", "methods.dragonn.contenders:DragonnCost"),
    ),
    kernels=(
        KernelEntry("hash-sparsification", "hash selection of large gradient entries", "methods.dragonn.kernel:KERNEL"),
    ),
)  # fmt: skip

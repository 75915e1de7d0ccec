"""The contenders and the kernel of SEP."""

from harness.contract.roster import ContenderEntry, KernelEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("sep-g", "graph-classification", "method", "SEP-G: pooling by coding trees of minimal structural entropy", "methods.sep.graph_classification:SEPG"),
        ContenderEntry("sep-g-random-tree", "graph-classification", "control", "SEP-G on random trees with the same level sizes", "methods.sep.controls:SEPGRandomTree"),
        ContenderEntry("sep-g-louvain", "graph-classification", "control", "SEP-G on Louvain levels", "methods.sep.controls:SEPGLouvain"),
        ContenderEntry("sep-n", "node-classification", "method", "SEP-N as in the paper's code: U-Net over coding-tree levels, raw features", "methods.sep.node_classification:SEPN"),
        ContenderEntry("sep-n-normalised", "node-classification", "method", "SEP-N with row-normalised features, our variant", "methods.sep.node_classification:SEPNNormalised"),
        ContenderEntry("sep-n-random-tree", "node-classification", "control", "SEP-N on a random tree with the same level sizes", "methods.sep.node_controls:SEPNRandomTree"),
        ContenderEntry("sep-n-louvain", "node-classification", "control", "SEP-N on Louvain levels", "methods.sep.node_controls:SEPNLouvain"),
        ContenderEntry("sep-u", "graph-reconstruction", "method", "auto-encoder through the lowest coding-tree level", "methods.sep.reconstruction:SEPU"),
    ),
    kernels=(
        KernelEntry("coding-tree", "structural-entropy coding tree of a graph", "methods.sep.coding_tree_kernel:KERNEL"),
    ),
)  # fmt: skip

"""The contenders and the kernels of structured lottery tickets."""

from harness.contract.roster import ContenderEntry, KernelEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("regroup", "network-pruning", "method", "IMP-Regroup: dense blocks from a pruned mask", "methods.structured_tickets.contenders:Regroup"),
        ContenderEntry("refill", "network-pruning", "method", "IMP-Refill: whole channels from a pruned mask", "methods.structured_tickets.contenders:Refill"),
        ContenderEntry("refill-plus", "network-pruning", "method", "IMP-Refill+: a tenth of the remaining channels as well", "methods.structured_tickets.contenders:RefillPlus"),
        ContenderEntry("imp", "network-pruning", "method", "iterative magnitude pruning with rewinding, unstructured", "methods.structured_tickets.contenders:IMP"),
        ContenderEntry("regroup-group-aware", "network-pruning", "method", "Regroup after every round of pruning (the paper's ablation)", "methods.structured_tickets.contenders:RegroupGroupAware"),
        ContenderEntry("regroup-random-partition", "network-pruning", "control", "Regroup with row groups drawn at random", "methods.structured_tickets.controls:RegroupRandomPartition"),
        ContenderEntry("regroup-random-ticket", "network-pruning", "control", "masks of regroup on fresh weights", "methods.structured_tickets.controls:RegroupRandomTicket"),
        ContenderEntry("refill-random-ticket", "network-pruning", "control", "masks of refill on fresh weights", "methods.structured_tickets.controls:RefillRandomTicket"),
        ContenderEntry("imp-random-ticket", "network-pruning", "control", "masks of imp on fresh weights", "methods.structured_tickets.controls:IMPRandomTicket"),
    ),
    kernels=(
        KernelEntry("regrouping", "dense blocks from an unstructured mask", "methods.structured_tickets.regrouping_kernel:KERNEL"),
        KernelEntry("block-inference", "convolution by the dense blocks of a ticket", "methods.structured_tickets.inference.kernel:KERNEL"),
    ),
)  # fmt: skip

"""Baselines and controls of the family `pruning`."""

from harness.contract.roster import ContenderEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("dense", "network-pruning", "baseline", "the network without masks", "baselines.pruning.unstructured:Unpruned"),
        ContenderEntry("one-shot-magnitude", "network-pruning", "baseline", "largest weights of the trained network, in one shot", "baselines.pruning.unstructured:OneShotMagnitude"),
        ContenderEntry("random-mask", "network-pruning", "control", "weights kept at random", "baselines.pruning.unstructured:RandomMask"),
        ContenderEntry("snip", "network-pruning", "baseline", "SNIP, connection sensitivity at initialisation", "baselines.pruning.unstructured:SNIP"),
        ContenderEntry("grasp", "network-pruning", "baseline", "GraSP, gradient flow at initialisation", "baselines.pruning.unstructured:GraSP"),
        ContenderEntry("synflow", "network-pruning", "baseline", "SynFlow, synaptic flow without data", "baselines.pruning.unstructured:SynFlow"),
        ContenderEntry("admm", "network-pruning", "baseline", "ADMM with an l1 penalty, then magnitude", "baselines.pruning.unstructured:ADMM"),
        ContenderEntry("channel-l1", "network-pruning", "baseline", "channels of smallest l1 norm, in one shot", "baselines.pruning.channelwise:ChannelL1"),
        ContenderEntry("network-slimming", "network-pruning", "baseline", "network slimming: l1 penalty on batch-norm scales", "baselines.pruning.channelwise:NetworkSlimming"),
        ContenderEntry("group-lasso", "network-pruning", "baseline", "group lasso on channels", "baselines.pruning.channelwise:GroupLassoPruner"),
    ),
)  # fmt: skip

"""Baselines of the family `gradients`."""

from harness.contract.roster import ContenderEntry, Roster

ROSTER = Roster(
    contenders=(
        ContenderEntry("sgd-dense", "gradient-compression", "baseline", "dense gradients, torch's all-reduce", "baselines.gradients.contenders:DenseSGD"),
        ContenderEntry("sgd-fp16", "gradient-compression", "baseline", "torch's fp16 hook", "baselines.gradients.contenders:FP16"),
        ContenderEntry("sgd-bf16", "gradient-compression", "baseline", "bfloat16 gradients", "baselines.gradients.contenders:BF16"),
        ContenderEntry("sgd-powersgd", "gradient-compression", "baseline", "torch's PowerSGD, rank 2", "baselines.gradients.contenders:LowRank"),
        ContenderEntry("sgd-topk", "gradient-compression", "baseline", "exact top-k, error feedback", "baselines.gradients.contenders:TopK"),
        ContenderEntry("sgd-append", "gradient-compression", "baseline", "one-pass append at the exact threshold, error feedback", "baselines.gradients.contenders:Append"),
        ContenderEntry("sgd-randomk", "gradient-compression", "baseline", "random-k, error feedback", "baselines.gradients.contenders:RandomK"),
        ContenderEntry("sgd-dgc", "gradient-compression", "baseline", "Deep Gradient Compression, momentum in its memory", "baselines.gradients.contenders:DGC"),
        ContenderEntry("sgd-redsync", "gradient-compression", "baseline", "RedSync's threshold, error feedback", "baselines.gradients.contenders:RedSync"),
        ContenderEntry("sgd-gaussian-k", "gradient-compression", "baseline", "Gaussian-k's threshold, error feedback", "baselines.gradients.contenders:GaussianK"),
        ContenderEntry("sgd-sidco", "gradient-compression", "baseline", "SIDCo's threshold, error feedback", "baselines.gradients.contenders:SIDCo"),
        ContenderEntry("sgd-threshold", "gradient-compression", "baseline", "threshold fixed at 0.01, error feedback", "baselines.gradients.contenders:FixedThreshold"),
    ),
)  # fmt: skip

"""Baselines of structured tickets: other methods to find a mask of a given density.

    irregular        random_masks, magnitude (one-shot), saliency (SNIP, GraSP), synaptic_flow, admm
    by channel       channel_norm (one-shot l1), slimming (batch-norm scales), group_lasso
    any masks        random_ticket: on fresh weights
    contenders       unstructured, channelwise: all trained from the same rewound weights

Dense training is `retrain` of `harness.protocols.pruning.training.retraining` without masks; unstructured
iterative pruning, the accuracy ceiling, is `harness.protocols.pruning.training.iterative`. Masks
are keyed by parameter name.
"""

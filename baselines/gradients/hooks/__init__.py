"""The baselines as compressors of data-parallel gradients, and torch's own hooks."""

"""Baselines of the family `gradients`: torch's hooks and other sparsifiers, and their timed kernels."""

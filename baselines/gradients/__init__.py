"""Baselines of the family `gradients`: torch's hooks and other sparsifiers, and their kernels for the clock."""

"""Baselines of the family `noisy_labels`, and the kernel of its slowest noise."""

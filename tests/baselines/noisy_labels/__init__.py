"""Tests of the baselines of the family `noisy_labels`."""

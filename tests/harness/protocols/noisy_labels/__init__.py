"""Tests of the family `noisy_labels`."""

"""Baselines of the family `attacks`: other classifiers and detectors, and peers of block-sparse recovery."""

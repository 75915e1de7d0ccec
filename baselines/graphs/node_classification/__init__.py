"""Baselines of node classification."""

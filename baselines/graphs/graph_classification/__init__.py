"""Baselines of graph classification; all neural ones share head, training loop, folds and tuning budget."""

"""Pruning: one network at fixed densities, by one schedule."""

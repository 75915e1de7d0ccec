"""Pruning: one network at fixed densities, by one schedule; imports the family `images`."""

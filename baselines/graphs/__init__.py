"""Baselines of the family `graphs`: other pooling layers, flat networks, and peers of the coding tree."""

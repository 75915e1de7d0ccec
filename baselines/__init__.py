"""Baselines: the contenders and peers that the systems are measured against, one folder a family."""

"""Baselines that use side information in training: a network with it, made to predict without it, and a student."""

"""Baselines of graph reconstruction: auto-encoders through other pooling layers."""

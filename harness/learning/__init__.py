"""Supervised learning on graphs: batches, layers and the training loop that all neural contenders share."""

"""Graphs: arrays, protocols, readers and the training code that their contenders share."""

"""Readers and generators of graph data sets, one file a source."""

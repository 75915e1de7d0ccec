"""Families, one folder each: arrays, protocols, options, metrics, charts, data sets and shared training code."""

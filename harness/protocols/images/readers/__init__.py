"""Readers and generators of image data sets, one file a source."""

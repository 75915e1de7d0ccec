"""Noise in labels: by class, by image, by similarity, and by simulated annotators."""

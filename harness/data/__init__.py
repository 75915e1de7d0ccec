"""Data sets of any family: their places, downloads, copies, fingerprints and splits."""

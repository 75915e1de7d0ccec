"""DRAGONN in data-parallel training: the hash as a compressor of the shared hook, and a check.

See README.md here for runs over several machines.
"""

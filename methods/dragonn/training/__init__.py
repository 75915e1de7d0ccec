"""DRAGONN in data-parallel training: the hash as a compressor of the shared hook, what it costs, and a check.

See README.md here for runs over several machines.
"""

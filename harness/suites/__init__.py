"""Suites: one file each, with tasks, contenders by name and kernels in ``SUITE``."""

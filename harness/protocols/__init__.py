"""Families of tasks and the contracts that their contenders meet, one file a protocol."""

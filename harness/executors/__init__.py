"""Executors: each trial runs in a process of its own, under limits that hold."""

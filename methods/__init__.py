"""The systems under test, one folder a paper."""

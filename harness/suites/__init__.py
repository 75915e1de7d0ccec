"""The suites, one file each: reading it tells the whole suite and nothing else."""

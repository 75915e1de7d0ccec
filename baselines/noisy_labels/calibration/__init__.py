"""Post-processors of noisy predictions."""

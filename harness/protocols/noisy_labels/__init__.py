"""Learning from noisy labels: noise, protocols, metrics and shared training; uses the family `images`."""

"""Networks and training that contenders on noisy labels share."""
